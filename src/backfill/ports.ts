import type { StorylineError } from '../errors.ts';
import type { ContentType } from '../media/content.ts';
import type { Item, MediaId, Post, PostSource } from '../media/item.ts';

/** How much of Instagram's budget of calls is used up. */
export interface ApiUsage {
  /** Calls made by this run. */
  readonly calls: number;
  /** The highest of the percentages that Instagram reports; absent until it reports any. Throttling starts at 100. */
  readonly percent: number | undefined;
  /** Spent waiting for answers. */
  readonly seconds: number;
}

/** A media object's file, or the still of a video. */
export type MediaPart = 'file' | 'cover';

/** The length of a file, and how quickly the beginning of it came. */
export interface Sample {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Seconds until the answer began. */
  readonly waited: number;
  /** Bytes of its beginning that were read, and the seconds that they took. */
  readonly received: number;
  readonly took: number;
}

/** One answer of a listing, newest posts first. A post that was on an earlier page is not repeated. */
export interface PostPage {
  readonly source: PostSource;
  /** From 1. */
  readonly number: number;
  readonly posts: readonly Post[];
  /** True for the page that ends its listing. */
  readonly isLast: boolean;
  readonly usage: ApiUsage;
  /** Facts that Instagram refused to give for posts of this listing so far, by its own names. */
  readonly notAvailable?: readonly string[];
  /** Posts that were asked for singly and that Instagram refused to show, with its reason: they may still be there. */
  readonly unreadable?: ReadonlyMap<MediaId, string>;
}

/** A listing could not be read, or not to its end. */
export interface BrokenListing {
  readonly listing: PostSource;
  readonly error: StorylineError;
}

/** A downloaded file, whole and checked, that is in no library yet: either kept or discarded. */
export interface Body {
  readonly type: ContentType;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** Set where as many bytes came as were announced, but they do not end as a file of this type does. */
  readonly isUnusual?: boolean;
  /** Puts the file in its place in one step; `stem` is its key in the store, without its extension. */
  place(stem: string, modifiedAt: Date | undefined): Promise<{ readonly key: string }>;
  discard(): Promise<void>;
}

/** A post that was listed before, and is wanted once more. */
export interface WantedPost {
  readonly id: MediaId;
  readonly source: PostSource;
  /** How many of the account's posts are as new, or newer, as far as they are known. */
  readonly depth: number;
}

/** An item that is not in the library, or only as its still, as the library remembers it. */
export interface Unfinished {
  readonly item: Item;
  readonly post: WantedPost;
  /** True where its still is kept. */
  readonly hasPoster: boolean;
  /** Set where it has a row, and its file or its cover is what is asked for. */
  readonly known?: KnownItem;
}

/** Where posts come from. */
export interface Source {
  /** Lists posts newest first; a page is asked for only when it is pulled. Throws what stops a run. */
  pages(listing: PostSource, signal: AbortSignal): AsyncIterable<PostPage>;
  /** Lists posts once more, at the lowest cost in calls; those that are not there any more are left out. */
  again(wanted: readonly WantedPost[], signal: AbortSignal): AsyncIterable<PostPage>;
  /** @throws {BackfillError} where this item alone cannot be had; anything else stops the run. */
  download(item: Item, signal: AbortSignal): Promise<Body>;
  /** Asks for a file's length and reads its beginning, keeping nothing; undefined if it cannot be had, or not in time. */
  sample(item: Item, part: MediaPart, signal: AbortSignal): Promise<Sample | undefined>;
  /** How many posts the account has, by Instagram's own count; undefined if it does not say. */
  countPosts(signal: AbortSignal): Promise<number | undefined>;
  /** As it stands now, calls for fresh links included. */
  usage(): ApiUsage;
  /** The still of a video; undefined if it has none or it cannot be had. */
  downloadCover(item: Item, signal: AbortSignal): Promise<Body | undefined>;
}

/** A file in its place, with its row. */
export interface KeptFile {
  readonly path: string;
  /** Bytes; what its cover takes is not counted. */
  readonly size: number;
  readonly hash: string;
  readonly mime: string;
  /** See {@link Body.isUnusual}. */
  readonly isUnusual?: boolean;
}

/**
 * What a look at the disk found of the file of an item in the library. `missing`: there is none, or an empty one;
 * `changed`: it has another size than was stored, or other bytes; `unreadable`: it could not be looked at.
 */
export type OnDisk = 'there' | 'missing' | 'changed' | 'unreadable';

/** An item that has a row in the library. */
export interface KnownItem {
  /** True where only a video's still is kept. */
  readonly isStillOnly: boolean;
  /** Absent where its file was not looked at. */
  readonly onDisk?: OnDisk;
  /** Why its file cannot be looked at or replaced. */
  readonly problem?: string;
  /** Set for a video whose cover is not on disk. */
  readonly lacksCover?: boolean;
}

/** Which items are in the library. */
export type Known = ReadonlyMap<MediaId, KnownItem>;

/** How many posts Instagram counted, and how many it listed, when the feed was last walked to its end. */
export interface FeedCount {
  readonly reported: number;
  readonly listed: number;
}

/** Where files go, in the name of one run. */
export interface Library {
  /** Which of these items are in the library, with a look at the file of each. Asked once a page, whatever the library's size. */
  known(ids: readonly MediaId[]): Promise<Known>;
  /**
   * The account's items that failed in earlier runs, those whose files are missing on disk, and videos of which only
   * the still is kept; newest first.
   */
  unfinished(): Promise<readonly Unfinished[]>;
  /**
   * What a dry run asks of a chosen item. `adopted`: its complete file is in place, left without its row by a run that
   * died; `duplicate`: it shares a missing file with an item that was chosen before.
   */
  holdsFile(item: Item): Promise<'adopted' | 'duplicate' | undefined>;
  /** Items that share a missing file wait for each other: the first that brings it back does so for all. */
  inTurn<T>(item: Item, work: () => Promise<T>): Promise<T>;
  /** True where the item's missing file is there again. */
  isBack(item: Item): Promise<boolean>;
  /** Gives a file that is in place its row, after checking it; undefined if there is none. */
  adopt(item: Item): Promise<KeptFile | undefined>;
  /** Notes the facts of posts that were listed. */
  notePosts(posts: readonly Post[]): Promise<void>;
  /** Keeps beside the media what is known of their posts, where it changed. */
  describePosts(): Promise<void>;
  /**
   * Puts a file in its place, and its row after it; a video takes the place of its still. `duplicate`: the same bytes
   * are there under another id.
   */
  keep(item: Item, body: Body, cover: Body | undefined): Promise<KeptFile | 'duplicate'>;
  /** True for a video whose cover is not on disk. */
  lacksCover(item: Item): Promise<boolean>;
  /** Puts the cover of a video that is in the library in its place. */
  keepCover(item: Item, cover: Body): Promise<void>;
  /** Posts of the feed of which something is in the library, and which this run has not seen listed. */
  countUnlisted(): Promise<number>;
  lastCount(): Promise<FeedCount | undefined>;
  noteCount(count: FeedCount): Promise<void>;
  /** Bytes that are free where files go; absent where that cannot be known. */
  freeBytes(): Promise<number | undefined>;
  /** Remembers that an item could not be had, and why. */
  noteFailure(item: Item, error: Error): Promise<void>;
}
