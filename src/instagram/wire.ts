import * as z from 'zod';
import { InstagramApiError } from '../errors.ts';
import type { Item, Post, PostSource } from '../media/item.ts';
import { mediaUrl } from '../media/media-url.ts';
import { parseMoment } from '../media/moment.ts';

/** Absent, null and empty texts are one thing to us. */
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const count = z
  .int()
  .nonnegative()
  .nullish()
  .transform((value) => value ?? undefined);

const paging = z
  .object({ cursors: z.object({ after: text }).nullish(), next: text })
  .nullish()
  .transform((value) => value ?? undefined);

const node = z.object({
  id: z.string().min(1),
  media_type: text,
  media_product_type: text,
  media_url: text,
  thumbnail_url: text,
  timestamp: text,
  caption: text,
  permalink: text,
  shortcode: text,
  username: text,
  alt_text: text,
  like_count: count,
  comments_count: count,
  is_shared_to_feed: z
    .boolean()
    .nullish()
    .transform((value) => value ?? undefined),
});

const post = node.extend({
  children: z
    .object({ data: z.array(node), paging })
    .nullish()
    .transform((value) => value ?? undefined),
});

const listing = <T extends z.ZodType>(entry: T) => z.object({ data: z.array(entry), paging });

export type Node = z.infer<typeof node>;
export type PostNode = z.infer<typeof post>;
type Paging = z.infer<typeof paging>;

/** A page of posts, each with its children. Fields that we do not know are ignored. */
export const postListing = listing(post);
/** One post, with its children. */
export const postNode = post;
/** A page of an album's children. */
export const nodeListing = listing(node);
/** One media object. */
export const mediaNode = node;
/** The account itself. */
export const accountNode = z.object({
  id: z.string().optional(),
  user_id: z.union([z.string(), z.number().transform(String)]).optional(),
  username: text,
  media_count: count,
  account_type: text,
});
/** Meta's sample wraps the answer of `/me` in a list; clients get the bare object. */
export const meAnswer = z.union([
  z.object({ data: z.array(accountNode).min(1) }).transform(({ data }) => data[0] as z.infer<typeof accountNode>),
  accountNode,
]);
const grant = z.object({
  access_token: z.string().min(20),
  /** A token without end comes without it. */
  expires_in: z
    .number()
    .nonnegative()
    .nullish()
    .transform((seconds) => seconds || undefined),
  /** A list, or as older answers have it a text with commas. */
  permissions: z
    .union([z.array(z.string()), z.string().transform((names) => names.split(','))])
    .nullish()
    .transform((value) => value ?? undefined),
});
/** A token that Meta gives, and its life in seconds. Meta's sample of Instagram Login wraps it in a list. */
export const grantedToken = z.union([
  z.object({ data: z.array(grant).min(1) }).transform(({ data }) => data[0] as z.infer<typeof grant>),
  grant,
]);
const seconds = z
  .number()
  .nullish()
  .transform((value) => value ?? undefined);
/** What Facebook says of a token; moments are Unix seconds, 0 for no end. */
export const debuggedToken = z.object({
  data: z.object({
    is_valid: z.boolean(),
    type: text,
    app_id: z
      .union([z.string(), z.number().transform(String)])
      .nullish()
      .transform((value) => value ?? undefined),
    profile_id: text,
    scopes: z
      .array(z.string())
      .nullish()
      .transform((value) => value ?? []),
    expires_at: seconds,
    issued_at: seconds,
    data_access_expires_at: seconds,
  }),
});
export const permissionListing = z.object({
  data: z.array(z.object({ permission: z.string(), status: z.string() })),
});
/** A Page of Facebook's, and the professional account linked to it. */
export const pageNode = z.object({
  id: z.string(),
  name: text,
  access_token: text,
  instagram_business_account: z.object({ id: z.string(), username: text, media_count: count }).nullish(),
});
/** The Pages that a Facebook token reaches. */
export const pageListing = listing(pageNode);

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

/** The cursor of the next page; nothing on the last one, where `next` is absent though a cursor may still be there. */
export function nextCursor(page: Paging): string | undefined {
  if (page?.next === undefined) return undefined;
  if (page.cursors?.after) return page.cursors.after;
  // `next` holds the token: only its cursor is taken out of it.
  return URL.canParse(page.next) ? (new URL(page.next).searchParams.get('after') ?? undefined) : undefined;
}

/** A listed post as our noun. Children take from their album what they lack. */
export function toPost(from: PostNode, source: PostSource, children: readonly Node[]): Post {
  const isAlbum = from.media_type === 'CAROUSEL_ALBUM';
  const postedAt = moment(from.timestamp);
  const inherited = { ...optional('postedAt', postedAt), ...optional('caption', from.caption) };
  // An album's own `media_url` is its first child's file: it is no item. Only an album that shows no children stands
  // for itself, without an address, so that it is counted as failed.
  const items =
    children.length > 0
      ? children.map((child, index) => toItem(child, { postId: from.id, position: index + 1, inherited }))
      : [toItem(isAlbum ? { ...from, media_url: undefined } : from, { postId: from.id, position: 1, inherited })];
  return {
    id: from.id,
    source,
    mediaType: from.media_type ?? 'UNKNOWN',
    isAlbum,
    items,
    ...optional('postedAt', postedAt),
    ...optional('productType', from.media_product_type),
    ...optional('caption', from.caption),
    ...optional('permalink', from.permalink),
    ...optional('shortcode', from.shortcode),
    ...optional('username', from.username),
    ...optional('likeCount', from.like_count),
    ...optional('commentsCount', from.comments_count),
    ...optional('isSharedToFeed', from.is_shared_to_feed),
  };
}

const KINDS: Readonly<Record<string, Item['kind']>> = { IMAGE: 'image', VIDEO: 'video', CAROUSEL_ALBUM: 'image' };

interface Belonging {
  postId: string;
  position: number;
  inherited: Pick<Item, 'postedAt' | 'caption'>;
}

function toItem(from: Node, { postId, position, inherited }: Belonging): Item {
  return {
    id: from.id,
    postId,
    position,
    kind: KINDS[from.media_type ?? ''] ?? 'unsupported',
    mediaType: from.media_type ?? 'UNKNOWN',
    ...inherited,
    ...optional('postedAt', moment(from.timestamp)),
    ...optional('caption', from.caption),
    ...optional('altText', from.alt_text),
    ...addresses(from),
  };
}

/** Where a media object's file and its still can be had. */
export const addresses = (from: Pick<Node, 'media_url' | 'thumbnail_url'>): Pick<Item, 'url' | 'cover'> => ({
  ...optional('url', from.media_url && mediaUrl(from.media_url)),
  ...optional('cover', from.thumbnail_url && mediaUrl(from.thumbnail_url)),
});

const moment = (timestamp: string | undefined) => (timestamp ? parseMoment(timestamp) : undefined);

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined | '',
): { [key in Name]?: Exclude<Value, undefined | ''> } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as {
    [key in Name]?: Exclude<Value, undefined | ''>;
  };
}
