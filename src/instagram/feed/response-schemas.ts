import * as z from 'zod';
import { InstagramApiError } from '../../errors.ts';
import { isMediaId } from '../../media/file-name.ts';
import { type Item, type Post, type PostSource, UNTOLD_TYPE } from '../../media/item.ts';
import { mediaUrl } from '../../media/media-url.ts';
import {
  count,
  isAlbum,
  isObject,
  type Node,
  type Paging,
  type PostNode,
  readId,
  readNode,
  readPaging,
  readPostNode,
} from './media-node.ts';

/** An optional value: undefined if it cannot be read. */
const optionally = <T>(read: (value: unknown) => T | undefined) => z.unknown().optional().transform(read);
const string = (value: unknown): string | undefined => (typeof value === 'string' ? value || undefined : undefined);
const text = optionally(string);
const id = optionally(readId);
/** As long as its column; Instagram's own limit is 30. */
const username = optionally((value) => {
  const name = string(value);
  return name !== undefined && name.length <= 50 ? name : undefined;
});

/** The entries of a list that can be read; the others cost themselves. */
const entriesOf = <T extends z.ZodType>(entry: T) =>
  z.array(z.unknown()).transform((entries) =>
    entries.flatMap((one): z.infer<T>[] => {
      const { success, data } = entry.safeParse(one);
      return success ? [data] : [];
    }),
  );

const mediaListing = <T>(readEntry: (entry: unknown) => T) =>
  z
    .object({ data: z.array(z.unknown()), paging: z.unknown().optional() })
    .transform(({ data, paging }) => ({ data: data.map((entry) => readEntry(entry)), paging: readPaging(paging) }));

/** Of an answer that must be an object. */
const anyObject = z.custom<Readonly<Record<string, unknown>>>(isObject, 'expected an object');

/** A page of posts, each with its children. Only what is no listing at all is refused. */
export const postListing = mediaListing((entry) => readPostNode(entry));
/** A page of an album's children. */
export const nodeListing = mediaListing((entry) => readNode(entry));
/** The post that was asked for by its id, with its children. */
export const postNode = (ownId: string) => anyObject.transform((answer) => readPostNode(answer, ownId));
/** One media object. */
export const mediaNode = anyObject.transform((answer) => readNode(answer));
/** The account itself. */
export const accountNode = z.object({
  id,
  user_id: id,
  username,
  media_count: optionally(count),
  account_type: text,
});
/** Meta's sample wraps the answer of `/me` in a list; clients get the bare object. */
export const meAnswer = z.union([
  z.object({ data: z.array(accountNode).min(1) }).transform(({ data }) => data[0] as z.infer<typeof accountNode>),
  accountNode,
]);

/** Longer than any token lives; what is beyond cannot be added to a moment. */
const LONGEST_LIFE = 10 * 365 * 24 * 60 * 60;
/** A token without end comes without it. Some answers have numbers as texts. */
const lifetime = optionally((value) => {
  const seconds = number(value);
  return seconds !== undefined && seconds > 0 ? Math.min(seconds, LONGEST_LIFE) : undefined;
});
const number = (value: unknown): number | undefined => {
  const read = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
};

const grant = z.object({
  access_token: z.string().min(20),
  expires_in: lifetime,
  /** A list, or as older answers have it a text with commas. */
  permissions: optionally((value) => (typeof value === 'string' ? value.split(',') : strings(value))),
});
const strings = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
/** A token that Meta gives, and its life in seconds. Meta's sample of Instagram Login wraps it in a list. */
export const grantedToken = z.union([
  z.object({ data: z.array(grant).min(1) }).transform(({ data }) => data[0] as z.infer<typeof grant>),
  grant,
]);

/** In Unix seconds; what a `Date` cannot hold is absent. */
const LAST_MOMENT = Date.UTC(9999, 0, 1) / 1000;
const moment = optionally((value) => {
  const seconds = number(value);
  return seconds !== undefined && seconds >= 0 && seconds <= LAST_MOMENT ? seconds : undefined;
});
/** What Facebook says of a token; moments are Unix seconds, 0 for no end. */
export const debuggedToken = z.object({
  data: z.object({
    is_valid: z.boolean(),
    type: text,
    app_id: id,
    profile_id: id,
    scopes: optionally((value) => strings(value) ?? []).transform((scopes) => scopes ?? []),
    expires_at: moment,
    issued_at: moment,
    data_access_expires_at: moment,
  }),
});
export const permissionListing = z.object({
  data: entriesOf(z.object({ permission: z.string(), status: z.string() })),
});
const sureId = z.unknown().transform((value, context) => {
  const read = readId(value);
  if (read !== undefined) return read;
  context.addIssue({ code: 'custom', message: 'expected an id' });
  return z.NEVER;
});
const linkedAccount = z.object({ id: sureId, username, media_count: optionally(count) });
/** A Page of Facebook's, and the professional account linked to it. */
export const pageNode = z.object({
  id: sureId,
  name: text,
  access_token: text,
  instagram_business_account: optionally((value) => linkedAccount.safeParse(value).data),
});
/** The Pages that a Facebook token reaches. */
export const pageListing = z
  .object({ data: entriesOf(pageNode), paging: z.unknown().optional() })
  .transform(({ data, paging }) => ({ data, paging: readPaging(paging) }));

/** Reads an answer in the documented shape, or says what was unexpected, and where. */
export function read<T>(schema: z.ZodType<T>, answer: unknown, request: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join('.') || 'the top';
  throw new InstagramApiError(
    `Instagram's answer to ${request} is not of the documented shape: at ${where}: ${issue?.message}`,
    {
      hint: 'Set META_GRAPH_API_VERSION to another version if this stays.',
    },
  );
}

/** The cursor of the next page; nothing on the last one, and where it cannot be read. */
export const nextCursor = (paging: Paging): string | undefined => paging.after;

/** An album's children, and why there may be more of them. */
export interface Children {
  readonly nodes: readonly Node[];
  /** Why not all children may be listed, as a clause. */
  readonly unlisted?: string;
}

/**
 * A listed post as our noun. Children take from their album what they lack. What could not be read of it becomes an item
 * with a problem, so that it is counted as failed and nobody takes the post for complete.
 */
export function toPost(from: PostNode, source: PostSource, { nodes, unlisted }: Children): Post {
  const album = isAlbum(from);
  const inherited = { ...optional('postedAt', from.timestamp), ...optional('caption', from.caption) };
  const all = nodes.map((child, index) =>
    toItem(named(child, `Item ${index + 1} of the album ${from.id}`), {
      postId: from.id,
      position: index + 1,
      inherited,
    }),
  );
  const children = unlisted === undefined ? rememberedBy(from.id, all) : all;
  const rest = unlisted ?? (album && nodes.length === 0 ? 'Instagram shows none' : undefined);
  // An album's own `media_url` is its first child's file: it is no item. Only an album whose children are not all known
  // stands for them, without an address.
  const standIn = (): Item => ({
    id: from.id,
    postId: from.id,
    position: children.length + 1,
    kind: 'unknown',
    mediaType: from.media_type ?? UNTOLD_TYPE,
    ...inherited,
    problem: from.problem ?? `The items of this ${from.media_type ?? 'album'} could not be listed: ${rest}`,
  });
  const own = () => toItem(from, { postId: from.id, position: 1, inherited });
  const items = album ? [...children, ...(rest === undefined ? [] : [standIn()])] : [own()];
  const unread = [...from.unread, ...new Set(nodes.flatMap((node) => node.unread.map((name) => `children.${name}`)))];
  return {
    id: from.id,
    source,
    mediaType: album ? 'CAROUSEL_ALBUM' : (from.media_type ?? UNTOLD_TYPE),
    isAlbum: album,
    items,
    ...optional('postedAt', from.timestamp),
    ...optional('productType', from.media_product_type),
    ...optional('caption', from.caption),
    ...optional('permalink', from.permalink),
    ...optional('shortcode', from.shortcode),
    ...optional('username', from.username),
    ...optional('likeCount', from.like_count),
    ...optional('commentsCount', from.comments_count),
    ...optional('isSharedToFeed', from.is_shared_to_feed),
    ...(unread.length > 0 ? { unread } : {}),
  };
}

/** A child without an id cannot be remembered: its album stands for the first of them, so that the album does not count as complete. */
function rememberedBy(albumId: string, items: readonly Item[]): readonly Item[] {
  const first = items.findIndex(({ id }) => !isMediaId(id));
  return items.map((item, index) =>
    index === first
      ? {
          ...item,
          id: albumId,
          kind: 'unknown',
          problem: item.problem ?? `Item ${index + 1} of the album has no Instagram id`,
        }
      : item,
  );
}

/** Gives what cannot be read a name of its own; all else stays as it is. */
export function named<T extends Node>(node: T, name: string): T {
  if (node.problem === undefined) return node;
  const about = node.permalink ?? node.timestamp?.toISOString();
  return {
    ...node,
    id: node.id || name,
    problem: `${name} could not be read${about ? ` (${about})` : ''}: ${node.problem}`,
  };
}

interface Belonging {
  postId: string;
  position: number;
  inherited: Pick<Item, 'postedAt' | 'caption'>;
}

function toItem(from: Node, { postId, position, inherited }: Belonging): Item {
  const links = addresses(from);
  const kind = kindOf(from.media_type, links);
  return {
    id: from.id,
    postId,
    position,
    kind,
    mediaType: from.media_type ?? UNTOLD_TYPE,
    ...inherited,
    ...optional('postedAt', from.timestamp),
    ...optional('caption', from.caption),
    ...optional('altText', from.alt_text),
    ...links,
    ...optional('problem', from.problem ?? (links.url ? undefined : problemWithoutUrl(from, kind))),
  };
}

const KINDS: Readonly<Record<string, Item['kind']>> = { IMAGE: 'image', VIDEO: 'video' };
/** Words that stand for media elsewhere in Meta's products, and may come to stand for it here. */
const MEDIA_WORDS = /REEL|CLIP|VIDEO|IGTV|IMAGE|PHOTO|STORY|CAROUSEL/;

/** Where there is an address, what comes from it decides. Only what has none, and is known to be no media, is not kept. */
function kindOf(type: string | undefined, { url, cover }: Pick<Item, 'url' | 'cover'>): Item['kind'] {
  const known = KINDS[type ?? ''];
  if (known) return known;
  if (url) return 'unknown';
  // Videos alone have a still.
  if (cover) return 'video';
  return type === undefined || MEDIA_WORDS.test(type) ? 'unknown' : 'unsupported';
}

/** Why that is no answer, unless Instagram withholds the file of what it calls a picture or a video. */
function problemWithoutUrl(from: Node, kind: Item['kind']): string | undefined {
  if (kind === 'video' && from.thumbnail_url) return undefined;
  if (from.unread.includes('media_url')) return 'The address that Instagram gives for it could not be read';
  if (kind !== 'unknown') return undefined;
  return from.media_type
    ? `Instagram provides no URL for this ${from.media_type}`
    : 'Instagram says neither what it is nor where its file is';
}

/** Where a media object's file and its still are. */
export const addresses = (from: Pick<Node, 'media_url' | 'thumbnail_url'>): Pick<Item, 'url' | 'cover'> => ({
  ...optional('url', from.media_url && mediaUrl(from.media_url)),
  ...optional('cover', from.thumbnail_url && mediaUrl(from.thumbnail_url)),
});

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined | '',
): { [key in Name]?: Exclude<Value, undefined | ''> } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as {
    [key in Name]?: Exclude<Value, undefined | ''>;
  };
}
