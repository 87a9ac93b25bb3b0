import type { Entity } from './contract.ts';
import { linkEntity } from './links.ts';

/** How each kind begins and ends, and its name in errors: core.telegram.org/bots/api#markdownv2-style. */
const MARKS = [
  { mark: '__', type: 'underline', name: 'Underline' },
  { mark: '||', type: 'spoiler', name: 'Spoiler' },
  { mark: '```', type: 'pre', name: 'Pre' },
  { mark: '_', type: 'italic', name: 'Italic' },
  { mark: '*', type: 'bold', name: 'Bold' },
  { mark: '~', type: 'strikethrough', name: 'Strikethrough' },
  { mark: '`', type: 'code', name: 'Code' },
  { mark: '[', type: 'text_link', name: 'TextUrl' },
] as const;
const QUOTE = { mark: '>', type: 'blockquote', name: 'BlockQuote' } as const;
const RESERVED = '_*[]()~`>#+-=|{}.!';

interface Open {
  readonly mark: string;
  readonly type: string;
  readonly name: string;
  readonly offset: number;
  readonly byte: number;
  readonly language?: string;
}

interface Reading {
  readonly source: string;
  at: number;
  text: string;
  readonly open: Open[];
  readonly entities: Entity[];
}

/**
 * Parses parse_mode=MarkdownV2; throws an Error with Telegram's words (tdlib, MessageEntity.cpp, parse_markdown_v2).
 * Custom emoji and expandable quotes are not played: their marks are refused as unescaped.
 */
export function parseMarkdownV2(source: string): { text: string; entities: Entity[] } {
  const reading: Reading = { source, at: 0, text: '', open: [], entities: [] };
  while (reading.at < source.length) readNext(reading);
  if (reading.open.at(-1)?.type === 'blockquote') close(reading, 0);
  const last = reading.open.at(-1);
  if (last) throw unclosed(last);
  return { text: reading.text, entities: reading.entities };
}

const isAscii = (char: string | undefined) => char !== undefined && char > '\0' && char <= '~';

const reserved = (char: string) =>
  new Error(`Character '${char}' is reserved and must be escaped with the preceding '\\'`);

const unclosed = ({ name, byte }: Open) => new Error(`Can't find end of ${name} entity at byte offset ${byte}`);

function readNext(reading: Reading): void {
  const { source, at, open } = reading;
  const char = source[at] ?? '';
  const inner = open.at(-1);
  const isQuoted = open.some(({ type }) => type === 'blockquote');
  const isLineStart = at === 0 || source[at - 1] === '\n';
  const mark = MARKS.find(({ mark }) => source.startsWith(mark, at));
  if (char === '\\' && isAscii(source[at + 1])) take(reading, source[at + 1] ?? '', 2);
  else if (inner?.type === 'code' || inner?.type === 'pre') readCode(reading, inner);
  else if (char === '\n' && isQuoted) readQuotedLineEnd(reading);
  else if (char === '>' && isLineStart && !isQuoted) begin(reading, QUOTE);
  else if (inner?.type === 'text_link' && char === ']') closeLink(reading);
  else if (inner && closes(inner, source, at)) close(reading, inner.mark.length);
  else if (mark) begin(reading, mark);
  else if (RESERVED.includes(char)) throw reserved(char);
  else take(reading, char, 1);
}

function take(reading: Reading, text: string, length: number): void {
  reading.text += text;
  reading.at += length;
}

function begin(reading: Reading, { mark, type, name }: Pick<Open, 'mark' | 'type' | 'name'>): void {
  const byte = Buffer.byteLength(reading.source.slice(0, reading.at));
  reading.at += mark.length;
  const [head = '', language] =
    type === 'pre' ? (/^(?:([^\s`]+)(?=\s))?(?:\r\n|\n\r|\n|\r)?/.exec(reading.source.slice(reading.at)) ?? []) : [];
  reading.at += head.length;
  const offset = reading.text.length;
  reading.open.push({ mark, type, name, offset, byte, ...(language === undefined ? {} : { language }) });
}

/** An underscore ends italics only where it is alone: two of them are always an underline. */
function closes({ mark, type }: Open, source: string, at: number): boolean {
  if (type === 'text_link' || type === 'blockquote') return false;
  return source.startsWith(mark, at) && !(mark === '_' && source[at + 1] === '_');
}

function readCode(reading: Reading, { mark }: Open): void {
  const char = reading.source[reading.at] ?? '';
  if (reading.source.startsWith(mark, reading.at)) close(reading, mark.length);
  else if (char === '`') throw reserved(char);
  else take(reading, char, 1);
}

/** A quote goes on as long as its lines begin with `>`; what was begun in it ends in it. */
function readQuotedLineEnd(reading: Reading): void {
  if (reading.source[reading.at + 1] === '>') {
    take(reading, '\n', 2);
    return;
  }
  const last = reading.open.at(-1);
  if (last && last.type !== 'blockquote') throw unclosed(last);
  close(reading, 0);
  take(reading, '\n', 1);
}

function close(reading: Reading, markLength: number): void {
  reading.at += markLength;
  const open = reading.open.pop();
  if (!open) return;
  const { type, offset, language } = open;
  const length = reading.text.length - offset;
  if (length > 0) reading.entities.push({ type, offset, length, ...(language === undefined ? {} : { language }) });
}

function closeLink(reading: Reading): void {
  const open = reading.open.pop();
  if (!open) return;
  reading.at += 1;
  const length = reading.text.length - open.offset;
  let url = reading.text.slice(open.offset);
  if (reading.source[reading.at] === '(') {
    const inside = /\(((?:\\.|[^)\\])*)(\)?)/sy;
    inside.lastIndex = reading.at;
    const [whole = '', escaped = '', end] = inside.exec(reading.source) ?? [];
    const byte = Buffer.byteLength(reading.source.slice(0, reading.at + 1));
    if (end !== ')') throw new Error(`Can't find end of a URL at byte offset ${byte}`);
    url = escaped.replace(/\\(.)/gs, (pair, char) => (isAscii(char) ? char : pair));
    reading.at += whole.length;
  }
  const entity = length > 0 ? linkEntity(url, open.offset, length) : undefined;
  if (entity) reading.entities.push(entity);
}
