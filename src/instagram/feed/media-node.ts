import { parseMoment } from '../../media/moment.ts';

/**
 * Media objects as Instagram lists them, taken leniently: what cannot be read costs itself, never its post, and a post
 * that cannot be read costs no more than that post.
 */

/** Reads a value that is there; undefined if it is not what it should be. */
type Reader<T> = (value: unknown) => T | undefined;

const text =
  (longest: number): Reader<string> =>
  (value) =>
    typeof value === 'string' && value.length <= longest ? value : undefined;
const matching =
  (pattern: RegExp): Reader<string> =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined;
const word: Reader<string> = (value) => matching(/^[A-Za-z][A-Za-z0-9_]{0,49}$/)(value)?.toUpperCase();
const moment: Reader<Date> = (value) => (typeof value === 'string' ? parseMoment(value) : undefined);
const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** The largest integer of the databases' columns. */
const LARGEST_COUNT = 2 ** 31 - 1;
export const count: Reader<number> = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST_COUNT
    ? (value as number)
    : undefined;

/** Instagram takes 2,200 characters. What is far longer is not cut, which would be a lie, and PostgreSQL's index of words takes 1 MB. */
const LONGEST_TEXT = 50_000;
const LONGEST_ADDRESS = 16_384;

/** Every fact of a media object that is asked for, and what it must look like. */
const READERS = {
  media_type: word,
  media_product_type: word,
  media_url: text(LONGEST_ADDRESS),
  thumbnail_url: text(LONGEST_ADDRESS),
  timestamp: moment,
  caption: text(LONGEST_TEXT),
  permalink: matching(/^https:\/\/[^\s"'<>]{1,1000}$/),
  shortcode: matching(/^[\w-]{1,100}$/),
  username: text(100),
  alt_text: text(LONGEST_TEXT),
  like_count: count,
  comments_count: count,
  is_shared_to_feed: flag,
};

type Facts = { readonly [Name in keyof typeof READERS]?: NonNullable<ReturnType<(typeof READERS)[Name]>> };

/** A media object. A fact that is absent was not asked for, was not given, or could not be read: then `unread` names it. */
export interface Node extends Facts {
  /** Made up where there is none that can be read; then `problem` says so. */
  readonly id: string;
  readonly unread: readonly string[];
  /** Why this object cannot be used, as a clause: `it has no id`. */
  readonly problem?: string;
}

/** How a listing goes on. `hasNext` without `after`: there is more, and it cannot be asked for. */
export interface Paging {
  readonly hasNext: boolean;
  readonly after: string | undefined;
}

export interface PostNode extends Node {
  readonly children?: { readonly data: readonly Node[]; readonly paging: Paging };
}

type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Null and empty texts are absent: Instagram leaves out what a post does not have. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

/** An id: a text, or an integer. Whether it is digits is for those who use it. */
export const readId: Reader<string> = (value) => {
  if (typeof value === 'string') return value || undefined;
  return Number.isSafeInteger(value) ? String(value) : undefined;
};

/** One entry of a listing, or what was read by its id. */
export function readNode(entry: unknown, ownId?: string): Node {
  if (!isObject(entry)) return { id: '', unread: [], problem: `it is ${nameOf(entry)} and not an object` };
  const facts: Record<string, unknown> = {};
  const unread: string[] = [];
  for (const [name, read] of Object.entries(READERS)) {
    const told = entry[name];
    if (isAbsent(told)) continue;
    const value = read(told);
    if (value === undefined) unread.push(name);
    else facts[name] = value;
  }
  const id = readId(entry.id) ?? ownId;
  if (id !== undefined) return { ...(facts as Facts), id, unread };
  const problem = isAbsent(entry.id) ? 'it has no id' : `its id is ${nameOf(entry.id)}`;
  return { ...(facts as Facts), id: '', unread, problem };
}

export function readPostNode(entry: unknown, ownId?: string): PostNode {
  const node = readNode(entry, ownId);
  const children = isObject(entry) ? entry.children : undefined;
  if (isAbsent(children)) return node;
  if (!isObject(children) || !Array.isArray(children.data)) return { ...node, unread: [...node.unread, 'children'] };
  const data = children.data.map((child: unknown) => readNode(child));
  return { ...node, children: { data, paging: readPaging(children.paging) } };
}

/** No `next` is the end of a listing, though cursors may still be there. */
export function readPaging(paging: unknown): Paging {
  // PHP writes an empty object as an empty list.
  if (isAbsent(paging) || (Array.isArray(paging) && paging.length === 0)) return { hasNext: false, after: undefined };
  if (!isObject(paging)) return { hasNext: true, after: undefined };
  const { next, cursors } = paging;
  if (isAbsent(next) || next === false) return { hasNext: false, after: undefined };
  return { hasNext: true, after: (isObject(cursors) ? readId(cursors.after) : undefined) ?? cursorIn(next) };
}

/** `next` holds the token: only its cursor is taken out of it. */
const cursorIn = (next: unknown): string | undefined =>
  typeof next === 'string' && URL.canParse(next) ? (new URL(next).searchParams.get('after') ?? undefined) : undefined;

/** True for what has children, also where its type is another or cannot be read. */
export const isAlbum = ({ media_type, children, unread }: PostNode): boolean =>
  media_type === 'CAROUSEL_ALBUM' ||
  (children?.data.length ?? 0) > 0 ||
  (media_type === undefined && unread.includes('children'));

/** True where an id came and nothing that says what it is. */
export const isBare = (node: PostNode): boolean =>
  !node.problem && !node.media_type && !node.media_url && !node.thumbnail_url && !node.children;

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
