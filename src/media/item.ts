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
  readonly kind: 'image' | 'video' | 'unsupported';
  /** Instagram's own word for the kind, as `IMAGE`. */
  readonly mediaType: string;
  /** Where the file can be had now; absent where Instagram withholds it. */
  readonly url?: MediaUrl;
  /** The still that stands for a video. */
  readonly cover?: MediaUrl;
  readonly postedAt?: Date;
  readonly caption?: string;
  readonly altText?: string;
}

/** What one call of the feed returns: its facts, and the files in it. An album has one item per child. */
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
}

/** True for a video that Instagram gives only as its still: kept as an image until the video can be had. */
export const isPosterOnly = (item: Item): boolean =>
  item.kind === 'video' && item.url === undefined && item.cover !== undefined;
