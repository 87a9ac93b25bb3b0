import type { Entity } from './contract.ts';
import { isObject, type Params, structureOf, textOf } from './params.ts';
import { badRequest } from './refusal.ts';

export interface Formatted {
  readonly text: string;
  readonly entities: readonly Entity[];
}

/** core.telegram.org/bots/api#messageentity; Telegram itself detects the others, and ignores them in a request. */
const ACCEPTED = new Set([
  'bold',
  'italic',
  'underline',
  'strikethrough',
  'spoiler',
  'blockquote',
  'expandable_blockquote',
  'code',
  'pre',
  'text_link',
  'text_mention',
  'custom_emoji',
]);
const DETECTED = new Set('mention hashtag cashtag bot_command url email phone_number bank_card_number'.split(' '));

const codePoints = (text: string) => [...text].length;

/** A message's text; at most 4096 characters (core.telegram.org/bots/api#sendmessage). */
export function messageText(params: Params, tooLong = 'message is too long'): Formatted {
  if (textOf(params, 'text') === '') throw badRequest('message text is empty');
  const formatted = formattedText(params, 'text', 'entities');
  if (formatted.text === '') throw badRequest('text must be non-empty');
  if (codePoints(formatted.text) > 4096) throw badRequest(tooLong);
  return formatted;
}

/** A caption, which may be empty; at most 1024 characters (core.telegram.org/bots/api#sendphoto). */
export function captionText(params: Params): Formatted {
  const formatted = formattedText(params, 'caption', 'caption_entities');
  if (codePoints(formatted.text) > 1024) throw badRequest('message caption is too long');
  return formatted;
}

/** The bot sends entities only: text with markup would be parsed, and any caption or name could break it. */
function formattedText(params: Params, name: string, entitiesName: string): Formatted {
  if (textOf(params, 'parse_mode') !== '') throw badRequest('this stand-in does not support parse_mode');
  const text = textOf(params, name);
  return trimmed(text, entitiesOf(params, entitiesName, text));
}

/** Error texts: tdlib, MessageEntity.cpp (fix_formatted_text, clean_input_string_with_entities). */
function entitiesOf(params: Params, name: string, text: string): Entity[] {
  const list = structureOf(params, name, 'entities');
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown) => {
    if (!isObject(value)) throw badRequest("can't parse MessageEntity: expected an Object");
    for (const field of ['offset', 'length'])
      if (!Number.isInteger(value[field]))
        throw badRequest(`can't parse MessageEntity: Field "${field}" must be of type Number`);
    const entity = value as unknown as Entity;
    if (DETECTED.has(entity.type)) return [];
    if (!ACCEPTED.has(entity.type)) throw badRequest("can't parse MessageEntity: Unsupported type specified");
    checkPlace(entity, text);
    return entity.length === 0 ? [] : [entity];
  });
}

function checkPlace({ offset, length }: Entity, text: string): void {
  if (offset < 0 || offset > 1_000_000) throw badRequest(`receive an entity with incorrect offset ${offset}`);
  if (length < 0 || length > 1_000_000) throw badRequest(`receive an entity with incorrect length ${length}`);
  const end = offset + length;
  if (end > text.length)
    throw badRequest(
      `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${end}`,
    );
  const isSplit = (at: number) => /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
  if (isSplit(offset)) throw badRequest(`entity begins in a middle of a UTF-16 symbol at byte offset ${offset}`);
  if (isSplit(end)) throw badRequest(`entity ends in a middle of a UTF-16 symbol at byte offset ${end}`);
}

/**
 * Telegram trims both ends, the start only up to the first entity, and replaces control characters with spaces (tdlib,
 * fix_formatted_text and clean_input_string; the latter drops CR, which is a space here).
 */
function trimmed(source: string, entities: readonly Entity[]) {
  const clean = source.replace(/\p{Cc}/gu, (control) => (control === '\n' ? control : ' '));
  const first = Math.min(clean.length, ...entities.map(({ offset }) => offset));
  const start = Math.min(clean.length - clean.replace(/^[ \n]+/, '').length, first);
  const text = clean.replace(/[ \n]+$/, '').slice(start);
  const moved = entities.flatMap((entity) => {
    const offset = entity.offset - start;
    const length = Math.min(entity.length, text.length - offset);
    return length > 0 ? [{ ...entity, offset, length }] : [];
  });
  return { text, entities: moved.sort((a, b) => a.offset - b.offset || b.length - a.length) };
}
