import type { Look } from './media/jpeg.ts';

/** A file that the sandbox serves. Without `asset` it is a small generated file: a picture of one colour, or a short clip. */
export interface SandboxMedia {
  /** Makes the bytes unique. Defaults to the post's id. */
  readonly seed?: string | number;
  /** Name of a picture or clip in media/assets, without its extension. Width, height and seconds are then those of the asset. */
  readonly asset?: string;
  /** How a picture of the assets is developed; in colour by default. */
  readonly look?: Look;
  readonly width?: number;
  readonly height?: number;
  /** Videos only. */
  readonly seconds?: number;
  /** The exact size, reached by padding. Making a file that needs more throws a RangeError. */
  readonly bytes?: number;
  readonly type?: MediaType;
  /** Number of bytes missing at the file's end. */
  readonly cutTail?: number;
  /** Number of zero bytes after the file's end. */
  readonly zeroTail?: number;
}

/** `heic` is a container without a picture in it; the other pictures and the videos can be decoded. */
export type MediaType = 'jpeg' | 'png' | 'gif' | 'webp' | 'heic' | 'mp4' | 'mov' | 'html' | 'json' | 'empty';

/** A post of the sandbox. The list's order is the feed's order, pinned posts apart, which come first. */
export interface SandboxPost {
  readonly id: string;
  readonly mediaType: 'IMAGE' | 'VIDEO' | 'CAROUSEL_ALBUM' | (string & {});
  readonly productType?: 'FEED' | 'REELS' | 'STORY' | 'AD';
  readonly caption?: string;
  readonly altText?: string;
  /** As the API writes it, `2019-09-26T22:36:43+0000`; null or left out: the field is absent. */
  readonly timestamp?: string | null;
  readonly likeCount?: number;
  readonly commentsCount?: number;
  readonly isSharedToFeed?: boolean;
  readonly pinned?: boolean;
  readonly children?: readonly SandboxPost[];
  readonly media?: SandboxMedia;
  readonly withoutMediaUrl?: boolean;
  readonly withoutThumbnail?: boolean;
  /** Raw fields laid over the node's own, whatever their shape; undefined takes a field away. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface SandboxAccount {
  readonly id: string;
  readonly appScopedId: string;
  readonly username: string;
  readonly name: string;
}

export const isAlbum = (post: SandboxPost) => post.mediaType === 'CAROUSEL_ALBUM';
export const isVideo = (post: SandboxPost) => post.mediaType === 'VIDEO';

/** The downloadable items of a post, albums opened. Unknown types have none. */
export function itemsOf(post: SandboxPost): readonly SandboxPost[] {
  if (isAlbum(post)) return (post.children ?? []).flatMap(itemsOf);
  return isVideo(post) || post.mediaType === 'IMAGE' ? [post] : [];
}

/** The post's file. A post without `media` gets a picture or video of its own. */
export function mediaOf(post: SandboxPost): SandboxMedia {
  const first = isAlbum(post) ? itemsOf(post)[0] : undefined;
  if (first) return mediaOf(first);
  return { seed: post.id, type: isVideo(post) ? 'mp4' : 'jpeg', ...post.media };
}

/** The cover of a video: a JPEG with bytes of its own. A clip of the assets has its cover next to it. */
export function coverOf(post: SandboxPost): SandboxMedia {
  const { seed = post.id, asset, width = 360, height = 640 } = mediaOf(post);
  if (asset !== undefined) return { type: 'jpeg', seed: `cover ${seed}`, asset };
  return { type: 'jpeg', seed, width: width * 2, height: height * 2 };
}

const SHORTCODE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Instagram's own way from a number to a shortcode: base 64. Ids that are no numbers have a fixed one. */
export function shortcodeOf(id: string): string {
  if (!/^\d+$/.test(id)) return 'DAAAAAAAAAA';
  let rest = BigInt(id);
  let code = '';
  for (; rest > 0n; rest /= 64n) code = `${SHORTCODE[Number(rest % 64n)]}${code}`;
  return `D${code}`;
}
