import type { MediaUrl } from './media-url.ts';

/** Instagram's id of a post, a child or a story: decimal digits, beyond 2^53, never a number. */
export type MediaId = string;

/** Where a post was listed. */
export type PostSource = 'feed' | 'stories' | 'collaborations';

/** One downloadable file: an image post, a video post, one child of an album, one story. */
export interface Item {
  readonly id: MediaId;
  /** The post that the item belongs to; for a post without children its own id. */
  readonly postId: MediaId;
  /** Place in its album, from 1. */
  readonly position: number;
  /** `unknown`: its file tells, once it is there. */
  readonly kind: 'image' | 'video' | 'unknown' | 'unsupported';
  /** Instagram's own word for the kind, as `IMAGE`; {@link UNTOLD_TYPE} where it gave none that can be read. */
  readonly mediaType: string;
  /** Where the file can be had now; absent where Instagram withholds it. */
  readonly url?: MediaUrl;
  /** The still that stands for a video. */
  readonly cover?: MediaUrl;
  readonly postedAt?: Date;
  readonly caption?: string;
  readonly altText?: string;
  /** Why Instagram's answer about it cannot be used: it fails, and is not proven complete. */
  readonly problem?: string;
}

/** Stands for a type that was not given, or could not be read. */
export const UNTOLD_TYPE = 'UNKNOWN';

/**
 * What one call of the feed returns: its facts, and the files in it. An album has one item per child.
 *
 * A fact that is absent was not asked for, was not given, or could not be read: what is known of it stays as it is. That
 * goes for a caption too: Instagram leaves it out where a post has none, and also where it does not want to say.
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
  /** Facts that came and could not be read, by Instagram's names; those of children begin with `children.`. */
  readonly unread?: readonly string[];
}

/** True for a video that Instagram gives only as its still: kept as an image until the video can be had. */
export const isPosterOnly = (item: Item): boolean =>
  item.kind === 'video' && item.url === undefined && item.cover !== undefined;

/** What an item's file has to be; undefined where its content alone decides. */
export function expectedKind(item: Item): 'image' | 'video' | undefined {
  if (isPosterOnly(item)) return 'image';
  return item.kind === 'image' || item.kind === 'video' ? item.kind : undefined;
}
