import type { MediaUrl } from './media-url.ts';

/** Instagram's id of a post, a child or a story: decimal digits that may exceed 2^53, so never a number. */
export type MediaId = string;

/** Where a post was listed. */
export type PostSource = 'feed' | 'stories' | 'collaborations';

/** One downloadable file: an image post, a video post, one child of an album, one story. */
export interface Item {
  readonly id: MediaId;
  /** The post that the item belongs to; for a post without children its own id. */
  readonly postId: MediaId;
  /** Position in its album, from 1. */
  readonly position: number;
  /** `unknown` until its file is downloaded. */
  readonly kind: 'image' | 'video' | 'unknown' | 'unsupported';
  /** Instagram's own name for the kind, such as `IMAGE`; {@link UNTOLD_TYPE} if it gave none that can be parsed. */
  readonly mediaType: string;
  /** Where the file can be downloaded now; undefined if Instagram withholds it. */
  readonly url?: MediaUrl;
  /** The still image of a video. */
  readonly cover?: MediaUrl;
  readonly postedAt?: Date;
  readonly caption?: string;
  readonly altText?: string;
  /** Why Instagram's response about it cannot be used: it fails, and is not proven complete. */
  readonly problem?: string;
}

/** A type that was not given, or could not be parsed. */
export const UNTOLD_TYPE = 'UNKNOWN';

/**
 * A post of the feed: its facts, and its files. An album has one item per child.
 *
 * An undefined fact was not requested, not given, or could not be parsed: the known value stays. This includes captions:
 * Instagram leaves them out if a post has none, and also if it does not want to say.
 */
export interface Post {
  readonly id: MediaId;
  readonly source: PostSource;
  readonly mediaType: string;
  readonly isAlbum: boolean;
  readonly productType?: string;
  readonly caption?: string;
  readonly permalink?: string;
  readonly shortcode?: string;
  readonly username?: string;
  readonly postedAt?: Date;
  readonly likeCount?: number;
  readonly commentsCount?: number;
  readonly isSharedToFeed?: boolean;
  readonly items: readonly Item[];
  /** Facts that could not be parsed, by Instagram's names; those of children begin with `children.`. */
  readonly unread?: readonly string[];
}

/** True for a video of which Instagram only gives the still: kept as an image until the video is available. */
export const isPosterOnly = (item: Item): boolean =>
  item.kind === 'video' && item.url === undefined && item.cover !== undefined;

/** What an item's file must be; undefined if its content decides. */
export function expectedKind(item: Item): 'image' | 'video' | undefined {
  if (isPosterOnly(item)) return 'image';
  return item.kind === 'image' || item.kind === 'video' ? item.kind : undefined;
}
