import type { Entity } from './contract.ts';
import { parseHtml } from './html.ts';
import { parseMarkdownV2 } from './markdown.ts';
import { isObject, type Params, structureOf, textOf } from './params.ts';
import { badRequest } from './refusal.ts';

export interface Formatted {
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly raw: string;
}

/** core.telegram.org/bots/api#messageentity; those that Telegram finds itself are let through and forgotten. */
const GIVEN = new Set([
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
const FOUND = new Set('mention hashtag cashtag bot_command url email phone_number bank_card_number'.split(' '));

const codePoints = (text: string) => [...text].length;

/** A message's text; the limit is 4096 characters after the markup is parsed (core.telegram.org/bots/api#sendmessage). */
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

function formattedText(params: Params, name: string, entitiesName: string): Formatted {
  const raw = textOf(params, name);
  const mode = textOf(params, 'parse_mode').toLowerCase();
  const parsed = mode === '' ? { text: raw, entities: given(params, entitiesName, raw) } : parse(raw, mode);
  return { ...trimmed(parsed.text, parsed.entities), raw };
}

/** The old `Markdown` mode is not played: nobody should begin to use it. */
function parse(raw: string, mode: string) {
  if (mode !== 'html' && mode !== 'markdownv2') throw badRequest('unsupported parse_mode');
  try {
    return mode === 'html' ? parseHtml(raw) : parseMarkdownV2(raw);
  } catch (error) {
    throw badRequest(`can't parse entities: ${(error as Error).message}`);
  }
}

/** Words: tdlib, MessageEntity.cpp (fix_formatted_text, clean_input_string_with_entities). */
function given(params: Params, name: string, text: string): Entity[] {
  const list = structureOf(params, name, 'entities');
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown) => {
    if (!isObject(value)) throw badRequest("can't parse MessageEntity: expected an Object");
    for (const field of ['offset', 'length'])
      if (!Number.isInteger(value[field]))
        throw badRequest(`can't parse MessageEntity: Field "${field}" must be of type Number`);
    const entity = value as unknown as Entity;
    if (FOUND.has(entity.type)) return [];
    if (!GIVEN.has(entity.type)) throw badRequest("can't parse MessageEntity: Unsupported type specified");
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
 * Telegram drops space at both ends, the leading one as far as no entity covers it, and makes control characters space
 * (tdlib, fix_formatted_text and clean_input_string; the latter drops CR, which keeps its place here).
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
