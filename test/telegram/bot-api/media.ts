import { randomUUID } from 'node:crypto';
import type { Answering } from './answering.ts';
import type { Upload } from './body.ts';
import { captionText } from './formatted.ts';
import { imageSize } from './image.ts';
import { keyboardOf } from './keyboard.ts';
import { replyOf } from './messages.ts';
import { isObject, structureOf, textOf } from './params.ts';
import { badRequest, Refusal } from './refusal.ts';
import { messageJson } from './wire.ts';
import { type Media, post, roomOf, type World } from './world.ts';

type Files = ReadonlyMap<string, Upload>;
type Kind = Media['kind'];

/** core.telegram.org/bots/api#sending-files. */
const PHOTO_LIMIT = 10 * 1024 * 1024;
const FILE_LIMIT = 50 * 1024 * 1024;

export const sendPhoto: Answering = (call) => sendFile(call, 'photo');
export const sendVideo: Answering = (call) => sendFile(call, 'video');

function sendFile({ world, params, files }: Parameters<Answering>[0], kind: Kind) {
  const text = captionText(params);
  const keyboard = keyboardOf(params);
  const source = sourceOf(world, files, textOf(params, kind), kind);
  if (!source) throw badRequest(`there is no ${kind} in the request`);
  const { chat } = roomOf(world, params);
  const media = toMedia(world, source, kind);
  return messageJson(world, post(world, { chat, text, media, keyboard, ...replyOf(world, chat.id, params) }));
}

/** core.telegram.org/bots/api#sendmediagroup; the words are those of tdlib/telegram-bot-api, Client.cpp. */
export const sendMediaGroup: Answering = ({ world, params, files }) => {
  const list = structureOf(params, 'media', 'media');
  if (list === undefined) throw badRequest('parameter "media" is required');
  if (!Array.isArray(list)) throw badRequest('expected an Array of InputMedia');
  const items = list.map((item: unknown) => itemOf(world, files, item));
  if (items.length === 0) throw badRequest('there are no messages to send');
  if (items.length > 10) throw badRequest('too many messages to send as an album');
  // Telegram has been seen to take a single one; its documentation says 2-10, and here that is the rule.
  if (items.length === 1) throw badRequest('media must include 2-10 items');
  const { chat } = roomOf(world, params);
  const reply = replyOf(world, chat.id, params);
  const all = items.map(({ source, kind, text }, i) => {
    try {
      return { text, media: toMedia(world, source, kind) };
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 400) throw error;
      const why = error.message.replace(/^Bad Request: /, '');
      throw badRequest(`failed to send message #${i + 1} with the error message "${why}"`);
    }
  });
  const albumId = randomUUID();
  return all.map(({ text, media }) => messageJson(world, post(world, { chat, text, media, albumId, ...reply })));
};

function itemOf(world: World, files: Files, item: unknown) {
  const refuse = (why: string) => badRequest(`can't parse InputMedia: ${why}`);
  if (!isObject(item)) throw refuse('expected an Object');
  const text = captionText(item);
  const source = sourceOf(world, files, textOf(item, 'media'), undefined);
  if (!source) throw refuse('media not found');
  const type = textOf(item, 'type');
  if (type === '') throw refuse(`Can't find field "type"`);
  if (type === 'animation') throw refuse(`type "animation" can't be used in sendMediaGroup`);
  if (type !== 'photo' && type !== 'video') throw refuse(`type "${type}" is unsupported`);
  return { source, kind: type as Kind, text };
}

/** A file is a part of the same name, a part named by attach://, or a file_id: core.telegram.org/bots/api#inputfile. */
function sourceOf(world: World, files: Files, value: string, ownPart: string | undefined): Upload | Media | undefined {
  if (value === '') return ownPart === undefined ? undefined : files.get(ownPart);
  const attached = /^attach:\/\/(.*)$/s.exec(value)?.[1];
  if (attached !== undefined) return files.get(attached);
  const known = world.files.get(value);
  if (known) return known;
  // Telegram would fetch it, and cannot reach what serves tests.
  if (/^https?:\/\//i.test(value)) throw badRequest('failed to get HTTP URL content');
  throw badRequest('wrong file identifier/HTTP URL specified');
}

function toMedia(world: World, source: Upload | Media, kind: Kind): Media {
  if ('fileId' in source) {
    if (source.kind === kind) return source;
    throw badRequest(`can't use file of type ${source.kind} as ${kind}`);
  }
  const { length } = source.bytes;
  if (length === 0) throw badRequest('file must be non-empty');
  if (length > FILE_LIMIT) throw new Refusal(413, 'Request Entity Too Large');
  const size = kind === 'photo' ? photoSize(source.bytes) : { width: 100, height: 100 };
  const media: Media = { kind, fileId: `${kind}-${world.files.size + 1}-${length}`, bytes: length, ...size };
  world.files.set(media.fileId, media);
  return media;
}

/** At most 10 MB, 10000 for width and height together, 20 for their ratio: core.telegram.org/bots/api#sendphoto. */
function photoSize(bytes: Buffer) {
  if (bytes.length > PHOTO_LIMIT)
    throw badRequest(
      `file of size ${bytes.length} bytes is too big for a photo; the maximum size is ${PHOTO_LIMIT} bytes`,
    );
  const size = bytes.length < 24 ? undefined : imageSize(bytes);
  if (!size) throw badRequest('IMAGE_PROCESS_FAILED');
  const { width, height } = size;
  if (width + height > 10_000 || Math.max(width, height) > 20 * Math.min(width, height))
    throw badRequest('PHOTO_INVALID_DIMENSIONS');
  return size;
}
