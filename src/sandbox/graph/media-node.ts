import type { FaultOf, Flavour } from '../faults.ts';
import {
  coverOf,
  isAlbum,
  isVideo,
  itemsOf,
  mediaOf,
  type SandboxAccount,
  type SandboxMedia,
  type SandboxPost,
  shortcodeOf,
} from '../post.ts';
import type { Field } from './field-list.ts';
import { missingField, Refusal } from './graph-error.ts';

export type Node = Record<string, unknown>;

/** The node as the API answers it: only what was asked for, the id always. */
export interface NodeContext {
  readonly account: SandboxAccount;
  readonly flavour: Flavour;
  /** A URL for the post's file or its cover, newly signed. */
  sign(post: SandboxPost, media: SandboxMedia, endpoint: 'download' | 'cover'): string;
  /** Raw fields that faults lay over a node. */
  overlay(post: SandboxPost): Node;
  refuses(field: string, of: 'posts' | 'children'): FaultOf<'refuse-field'> | undefined;
}

type Reader = (
  post: SandboxPost,
  context: NodeContext,
  where: { album?: SandboxPost | undefined; field: Field },
) => unknown;

const never: Reader = () => undefined;
/** Only where the post stands by itself: the children of an album have none of it. */
const ofPosts =
  (read: Reader): Reader =>
  (post, context, where) =>
    where.album ? undefined : read(post, context, where);

const permalink: Reader = (post, { account }) => {
  if (post.productType === 'STORY') return `https://www.instagram.com/stories/${account.username}/${post.id}`;
  return `https://www.instagram.com/${post.productType === 'REELS' ? 'reel' : 'p'}/${shortcodeOf(post.id)}/`;
};

const mediaUrl: Reader = (post, { sign }) => {
  if (post.withoutMediaUrl || (!isAlbum(post) && itemsOf(post).length === 0)) return undefined;
  const file = isAlbum(post) ? itemsOf(post)[0] : post;
  return file && !file.withoutMediaUrl ? sign(file, mediaOf(file), 'download') : undefined;
};

const thumbnailUrl: Reader = (post, { sign }) =>
  isVideo(post) && !post.withoutThumbnail ? sign(post, coverOf(post), 'cover') : undefined;

const children: Reader = (post, context, { album, field }) => {
  if (album || !isAlbum(post)) return undefined;
  const asked = field.fields ?? [{ name: 'id', modifiers: {} }];
  const limit = Number(field.modifiers.limit ?? Number.POSITIVE_INFINITY);
  return { data: (post.children ?? []).slice(0, limit).map((child) => nodeOf(child, asked, context, post)) };
};

const READERS: Readonly<Record<string, Reader>> = {
  id: (post) => post.id,
  media_type: (post) => post.mediaType,
  media_product_type: ofPosts((post) => post.productType ?? 'FEED'),
  media_url: mediaUrl,
  thumbnail_url: thumbnailUrl,
  timestamp: (post, _, { album }) =>
    post.timestamp ?? (post.timestamp === null ? undefined : album?.timestamp) ?? undefined,
  caption: ofPosts((post) => post.caption || undefined),
  permalink: ofPosts(permalink),
  shortcode: (post) => shortcodeOf(post.id),
  username: (_, { account }) => account.username,
  owner: (_, { account }) => ({ id: account.id }),
  children,
  alt_text: (post) => post.altText,
  like_count: ofPosts((post) => post.likeCount),
  comments_count: ofPosts((post) => post.commentsCount),
  is_comment_enabled: ofPosts(() => true),
  is_shared_to_feed: ofPosts((post) => (post.productType === 'REELS' ? (post.isSharedToFeed ?? true) : undefined)),
  is_ai_generated: ofPosts(() => false),
  media_audio_type: ofPosts((post) => (isVideo(post) ? 'ORIGINAL_SOUND' : undefined)),
  copyright_check_information: never,
  legacy_instagram_media_id: never,
  ig_id: (post) => `3${post.id}0`,
};

const COUNTS = [
  'saved_count',
  'shares_count',
  'reposts_count',
  'total_like_count',
  'total_comments_count',
  'total_views_count',
];
const FACEBOOK_READERS: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(COUNTS.map((name) => [name, ofPosts((post) => Math.round((post.likeCount ?? 0) / 7))])),
  boost_ads_list: never,
  boost_eligibility_info: never,
  collaborators: never,
};

const NODE_TYPE: Readonly<Record<Flavour, string>> = { facebook: 'ShadowIGMedia', instagram: 'IGMedia' };

/** Answers the fields asked for of a post, or of a child of an album. An unknown field refuses the whole call. */
export function nodeOf(post: SandboxPost, fields: readonly Field[], context: NodeContext, album?: SandboxPost): Node {
  const node: Node = { id: post.id };
  const raw: Node = { ...post.extra, ...context.overlay(post) };
  for (const field of fields) {
    const { name } = field;
    const read = READERS[name] ?? (context.flavour === 'facebook' ? FACEBOOK_READERS[name] : undefined);
    const refused = context.refuses(name, album ? 'children' : 'posts');
    if (refused?.message) throw new Refusal({ code: 100, message: refused.message });
    if (!read || refused) throw new Refusal(missingField(name, NODE_TYPE[context.flavour]));
    if (!(name in raw)) node[name] = read(post, context, { album, field });
  }
  return { ...node, ...raw };
}

/** Of a node that is no media: the fields asked for, and the id always. An unknown field refuses the whole call. */
export function pickFields(values: Node, fields: readonly Field[], nodeType: string): Node {
  const missing = fields.find(({ name }) => !(name in values));
  if (missing) throw new Refusal(missingField(missing.name, nodeType));
  return Object.fromEntries(['id', ...fields.map(({ name }) => name)].map((name) => [name, values[name]]));
}
