import type { Chat, Entity, Person, SentMessage } from './contract.ts';
import type { Bot, Media, Message, World } from './world.ts';
import { find } from './world.ts';

/** Objects as the Bot API gives them: core.telegram.org/bots/api#available-types. */
export const userJson = (person: Person) => ({
  id: person.id,
  is_bot: false,
  first_name: person.firstName,
  ...(person.lastName === undefined ? {} : { last_name: person.lastName }),
  ...(person.username === undefined ? {} : { username: person.username }),
  ...(person.languageCode === undefined ? {} : { language_code: person.languageCode }),
});

export const botJson = (bot: Bot) => ({ id: bot.id, is_bot: true, first_name: bot.username, username: bot.username });

export function chatJson(chat: Chat, person?: Person) {
  if (chat.type !== 'private') return { id: chat.id, type: chat.type, title: chat.title ?? `Chat ${-chat.id}` };
  const { is_bot: _, language_code: __, ...name } = person ? userJson(person) : { is_bot: false, language_code: '' };
  return { ...name, id: chat.id, type: chat.type };
}

export function messageJson(world: World, message: Message): Record<string, unknown> {
  const reply = message.replyTo === undefined ? undefined : find(world, message.chat.id, message.replyTo);
  return { ...bareJson(world, message), ...(reply ? { reply_to_message: bareJson(world, reply) } : {}) };
}

/** Without what it answers: core.telegram.org/bots/api#message has no replies within replies. */
function bareJson(world: World, message: Message): Record<string, unknown> {
  const { text, entities } = message.text;
  const [textKey, entitiesKey] = message.media ? ['caption', 'caption_entities'] : ['text', 'entities'];
  return {
    message_id: message.id,
    from: message.from ? userJson(message.from) : botJson(world.bot),
    chat: chatJson(message.chat, world.rooms.get(message.chat.id)?.people.get(message.chat.id)),
    date: message.date,
    ...(message.editDate === undefined ? {} : { edit_date: message.editDate }),
    ...(message.albumId === undefined ? {} : { media_group_id: message.albumId }),
    ...(message.media ? mediaJson(message.media) : {}),
    ...(text === '' ? {} : { [textKey as string]: text }),
    ...(entities.length === 0 ? {} : { [entitiesKey as string]: entities.map(entityJson) }),
    ...(message.keyboard.markup ? { reply_markup: message.keyboard.markup } : {}),
  };
}

const entityJson = ({ user, ...rest }: Entity) =>
  user ? { ...rest, user: { id: user.id, is_bot: false, first_name: String(user.id) } } : rest;

function mediaJson({ kind, fileId, bytes, width, height }: Media) {
  const size = { file_id: fileId, file_unique_id: `u${fileId}`, width, height, file_size: bytes };
  return kind === 'photo' ? { photo: [size] } : { video: { ...size, duration: 0 } };
}

export function sentMessage(message: Message): SentMessage {
  const { media, text, keyboard } = message;
  return {
    id: message.id,
    ...text,
    buttons: keyboard.buttons,
    photos: media?.kind === 'photo' ? [media.bytes] : [],
    videos: media?.kind === 'video' ? [media.bytes] : [],
    ...(message.albumId === undefined ? {} : { albumId: message.albumId }),
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
    edits: message.edits,
    isDeleted: message.isDeleted,
  };
}
