/** What a file of the stand-in is. Everything left out follows from the seed, and the seed from the post's id. */
export interface SandboxMedia {
  readonly seed?: string | number;
  /** Drawn large on the picture. */
  readonly label?: string;
  /** Drawn small under the label. */
  readonly sublabel?: string;
  readonly width?: number;
  readonly height?: number;
  /** Videos only. */
  readonly seconds?: number;
  /** The exact size, reached by padding; below what the picture itself needs it is an error. */
  readonly bytes?: number;
  readonly type?: MediaType;
  /** So many bytes are missing at the file's end. */
  readonly cutTail?: number;
  /** So many zero bytes follow its end. */
  readonly zeroTail?: number;
  /** What is to be seen; by default the seed decides. */
  readonly scene?: SceneName;
}

export type SceneName = 'mountains' | 'sea' | 'city' | 'forest' | 'tiles' | 'bloom';

/** `heic` is a container without a picture in it; `webp` is one flat colour; the rest can be looked at. */
export type MediaType = 'jpeg' | 'png' | 'gif' | 'webp' | 'heic' | 'mp4' | 'mov' | 'html' | 'json' | 'empty';

/** A post as it is told to the stand-in. The list's order is the feed's order, pinned posts apart, which come first. */
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

/** What the post's file is; a post that says nothing gets a picture or a video of its own. */
export function mediaOf(post: SandboxPost): SandboxMedia {
  const first = isAlbum(post) ? itemsOf(post)[0] : undefined;
  if (first) return mediaOf(first);
  return { seed: post.id, type: isVideo(post) ? 'mp4' : 'jpeg', ...post.media };
}

/** The cover of a video: a JPEG with the video's scene, and bytes of its own. */
export function coverOf(post: SandboxPost): SandboxMedia {
  const { seed, label, sublabel, width, height, scene } = mediaOf(post);
  return {
    type: 'jpeg',
    seed: seed ?? post.id,
    ...(label !== undefined && { label }),
    ...(sublabel !== undefined && { sublabel }),
    ...(scene && { scene }),
    width: (width ?? 360) * 2,
    height: (height ?? 640) * 2,
  };
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
