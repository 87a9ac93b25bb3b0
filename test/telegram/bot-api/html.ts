import type { Entity } from './contract.ts';
import { linkEntity } from './links.ts';

/** Tags and what they become: core.telegram.org/bots/api#html-style. */
const TYPES: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  'tg-emoji': 'custom_emoji',
  a: 'text_link',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
};
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly offset: number;
}

/** Parses parse_mode=HTML; throws an Error with Telegram's words (tdlib, MessageEntity.cpp, parse_html). */
export function parseHtml(source: string): { text: string; entities: Entity[] } {
  const open: OpenTag[] = [];
  const entities: Entity[] = [];
  let text = '';
  for (let at = 0; at < source.length; ) {
    if (source.startsWith('</', at)) {
      const end = closingTag(source, at, open.at(-1)?.tag);
      const tag = open.pop();
      if (tag) entities.push(...entitiesOf(tag, text));
      at = end;
    } else if (source[at] === '<') {
      const { tag, attributes, end } = openingTag(source, at);
      open.push({ tag, attributes, offset: text.length });
      at = end;
    } else {
      const next = source.indexOf('<', at);
      const piece = source.slice(at, next < 0 ? undefined : next);
      text += decode(piece);
      at += piece.length;
    }
  }
  const last = open.at(-1);
  if (last) throw new Error(`Can't find end tag corresponding to start tag ${last.tag}`);
  return { text, entities: joinPre(entities) };
}

const byteAt = (source: string, at: number) => Buffer.byteLength(source.slice(0, at));

function decode(piece: string): string {
  return piece.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));?/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code < 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function openingTag(source: string, start: number) {
  const place = `at byte offset ${byteAt(source, start)}`;
  const name = /[^\s>]*/y;
  name.lastIndex = start + 1;
  const tag = (name.exec(source)?.[0] ?? '').toLowerCase();
  let at = name.lastIndex;
  if (at >= source.length) throw new Error(`Unclosed start tag ${place}`);
  if (!Object.hasOwn(TYPES, tag)) throw new Error(`Unsupported start tag "${tag}" ${place}`);
  const attributes = new Map<string, string>();
  while (source[at] !== '>') {
    const attribute = /\s*(?:([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)(?=[\s>])))?)?\s*/y;
    attribute.lastIndex = at;
    const [whole = '', key, double, single, bare] = attribute.exec(source) ?? [];
    at += whole.length;
    if (at >= source.length || /^\s*=\s*["']/.test(source.slice(at))) throw new Error(`Unclosed start tag ${place}`);
    if (key === undefined && source[at] !== '>') throw new Error(`Empty attribute name in the tag "${tag}" ${place}`);
    if (key === undefined) continue;
    const value = double ?? single ?? bare?.toLowerCase();
    if (value === undefined && !(tag === 'blockquote' && key === 'expandable'))
      throw new Error(`Expected equal sign in declaration of an attribute of the tag "${tag}" ${place}`);
    attributes.set(key, decode(value ?? ''));
  }
  if (tag === 'span' && attributes.get('class') !== 'tg-spoiler')
    throw new Error(`Tag "span" must have class "tg-spoiler" ${place}`);
  return { tag, attributes, end: at + 1 };
}

function closingTag(source: string, start: number, expected: string | undefined): number {
  const place = `at byte offset ${byteAt(source, start)}`;
  if (expected === undefined) throw new Error(`Unexpected end tag ${place}`);
  const tag = /<\/([^\s>]*)\s*(>?)/y;
  tag.lastIndex = start;
  const [whole = '', name = '', end] = tag.exec(source) ?? [];
  if (end !== '>') throw new Error(`Unclosed end tag ${place}`);
  const found = name.toLowerCase();
  if (found !== '' && found !== expected)
    throw new Error(`Unmatched end tag ${place}, expected "</${expected}>", found "</${found}>"`);
  return start + whole.length;
}

function entitiesOf({ tag, attributes, offset }: OpenTag, text: string): Entity[] {
  const length = text.length - offset;
  if (length === 0) return [];
  if (tag === 'a') {
    const entity = linkEntity(attributes.get('href') || text.slice(offset), offset, length);
    return entity ? [entity] : [];
  }
  if (tag === 'tg-emoji') {
    const id = attributes.get('emoji-id') ?? '';
    if (!/^[1-9]\d*$/.test(id)) throw new Error('Invalid custom emoji identifier specified');
    return [{ type: 'custom_emoji', offset, length, custom_emoji_id: id }];
  }
  if (tag === 'blockquote' && attributes.has('expandable')) return [{ type: 'expandable_blockquote', offset, length }];
  const language = tag === 'code' ? /^language-(.+)$/.exec(attributes.get('class') ?? '')?.[1] : undefined;
  return [{ type: TYPES[tag] ?? tag, offset, length, ...(language === undefined ? {} : { language }) }];
}

/** `<pre><code class="language-x">` is one entity; a language on `<code>` alone is dropped. */
function joinPre(entities: Entity[]): Entity[] {
  const same = (a: Entity, b: Entity) => a.offset === b.offset && a.length === b.length;
  const joined = entities.flatMap((entity) => {
    const { language, ...plain } = entity;
    if (entity.type === 'pre') {
      const code = entities.find((other) => other.type === 'code' && other.language && same(entity, other));
      return code ? [{ ...entity, language: code.language }] : [entity];
    }
    if (entity.type !== 'code' || language === undefined) return [entity];
    return entities.some((other) => other.type === 'pre' && same(entity, other)) ? [] : [plain];
  });
  return joined as Entity[];
}
