import type { StorylineError } from '../errors.ts';
import type { ContentType } from '../media/content.ts';
import type { Item, MediaId, Post, PostSource } from '../media/item.ts';

/** How much of an API quota is used up. */
export interface ApiUsage {
  /** Calls made by this run. */
  readonly calls: number;
  /** The highest of the percentages that the API reports; undefined until it reports one. Throttling starts at 100. */
  readonly percent: number | undefined;
  /** Time spent waiting for responses. */
  readonly seconds: number;
}

/** An item's file, or the cover image of a video. */
export type MediaPart = 'file' | 'cover';

/** A file's size, and how fast its beginning arrived. */
export interface Sample {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Seconds until the response began. */
  readonly waited: number;
  /** Bytes read from its beginning, and the seconds that took. */
  readonly received: number;
  readonly took: number;
}

/** One page of a listing, newest posts first. A post from an earlier page is not repeated. */
export interface PostPage {
  readonly source: PostSource;
  /** From 1. */
  readonly number: number;
  readonly posts: readonly Post[];
  /** True for the listing's last page. */
  readonly isLast: boolean;
  /** Set if the source is {@link Metered}. */
  readonly usage?: ApiUsage;
  /** Fields of this listing's posts that Instagram has refused so far, by its own names. */
  readonly notAvailable?: readonly string[];
  /** Posts that were requested one by one and refused, with the reason: they may still exist. */
  readonly unreadable?: ReadonlyMap<MediaId, string>;
}

/** A listing that could not be read, or not to its end. */
export interface BrokenListing {
  readonly listing: PostSource;
  readonly error: StorylineError;
}

/** A downloaded file, complete and checked, that is not in the library yet: keep it or discard it. */
export interface Body {
  readonly type: ContentType;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** Set if all announced bytes arrived, but the file does not end like one of its type. */
  readonly isUnusual?: boolean;
  /** Moves the file to its final name in one step; `stem` is its key in the store, without the extension. */
  place(stem: string, modifiedAt: Date | undefined): Promise<{ readonly key: string }>;
  discard(): Promise<void>;
}

/** A post that was listed before and is to be listed again. */
export interface WantedPost {
  readonly id: MediaId;
  readonly source: PostSource;
  /** How many of the account's known posts are as new or newer. */
  readonly depth: number;
}

/** An item that the library lacks, or has only as a still image. */
export interface Unfinished {
  readonly item: Item;
  readonly post: WantedPost;
  /** True if the library has its still image. */
  readonly hasPoster: boolean;
  /** Set if it has a row, and only its file or its cover is missing. */
  readonly known?: KnownItem;
}

/**
 * Where posts come from. A source lists posts and downloads their files; everything else is a capability that it may have
 * or lack, and a run does without the ones that it lacks.
 */
export interface Source
  extends Partial<Metered>,
    Partial<Relistable>,
    Partial<Countable>,
    Partial<Sampleable>,
    Partial<WithCovers> {
  /** Lists posts newest first; each page is requested only when it is pulled. Throws what stops a run. */
  pages(listing: PostSource, signal: AbortSignal): AsyncIterable<PostPage>;
  /** @throws {BackfillError} if only this item cannot be downloaded; any other error stops the run. */
  download(item: Item, signal: AbortSignal): Promise<Body>;
}

/** Its calls are limited by a quota. */
export interface Metered {
  /** The usage now, including calls that renewed links. */
  usage(): ApiUsage;
}

/** It can list single posts. Without it, posts are found by reading the listing again. */
export interface Relistable {
  /** Lists these posts again, with as few calls as possible; leaves out those that no longer exist. */
  relist(posts: readonly WantedPost[], signal: AbortSignal): AsyncIterable<PostPage>;
}

/** It can count an account's posts. Without it, a run reports only how many it listed. */
export interface Countable {
  /** Undefined if the count is not available. */
  countPosts(signal: AbortSignal): Promise<number | undefined>;
}

/** It can measure a file without downloading it. Without it, a dry run estimates neither bytes nor time. */
export interface Sampleable {
  /** Reads the beginning of a file and keeps nothing; undefined if that fails or takes too long. */
  sample(item: Item, part: MediaPart, signal: AbortSignal): Promise<Sample | undefined>;
}

/** Its videos have cover images. */
export interface WithCovers {
  /** Undefined if the item has no cover, or it cannot be downloaded. */
  downloadCover(item: Item, signal: AbortSignal): Promise<Body | undefined>;
}

/** A file that is in the library, with its row. */
export interface KeptFile {
  readonly path: string;
  /** Bytes, without its cover. */
  readonly size: number;
  readonly hash: string;
  readonly mime: string;
  /** See {@link Body.isUnusual}. */
  readonly isUnusual?: boolean;
}

/**
 * The state on disk of a known item's file. `missing`: it does not exist or is empty; `changed`: its size or its bytes
 * differ from what was stored; `unreadable`: it could not be checked.
 */
export type OnDisk = 'there' | 'missing' | 'changed' | 'unreadable';

/** An item that has a row in the library. */
export interface KnownItem {
  /** True if only a video's still image is in the library. */
  readonly isStillOnly: boolean;
  /** Undefined if its file was not checked. */
  readonly onDisk?: OnDisk;
  /** Why its file cannot be checked or replaced. */
  readonly problem?: string;
  /** Set for a video whose cover is not on disk. */
  readonly lacksCover?: boolean;
}

/** Which items are in the library. */
export type Known = ReadonlyMap<MediaId, KnownItem>;

/** How many posts Instagram counted, and how many it listed, when the feed was last read to its end. */
export interface FeedCount {
  readonly reported: number;
  readonly listed: number;
}

/** Where one run puts its files. */
export interface Library {
  /** Which of these items are in the library, with the state of each file on disk. Called once a page. */
  known(ids: readonly MediaId[]): Promise<Known>;
  /**
   * The account's items that failed in earlier runs, those whose files are missing on disk, and videos saved only as
   * still images; newest first.
   */
  unfinished(): Promise<readonly Unfinished[]>;
  /**
   * For a dry run: whether the library needs no download for a chosen item. `adopted`: a crashed run left its complete
   * file without a row; `duplicate`: it shares a missing file with an item that was chosen before.
   */
  holdsFile(item: Item): Promise<'adopted' | 'duplicate' | undefined>;
  /** Runs work for items that share a missing file one after the other: the first one restores it for all. */
  inTurn<T>(item: Item, work: () => Promise<T>): Promise<T>;
  /** True if the item's missing file exists again. */
  isBack(item: Item): Promise<boolean>;
  /** Checks an existing file and adds its row; undefined if there is no such file. */
  adopt(item: Item): Promise<KeptFile | undefined>;
  /** Stores the fields of listed posts. */
  notePosts(posts: readonly Post[]): Promise<void>;
  /** Writes the sidecars of posts that changed. */
  describePosts(): Promise<void>;
  /**
   * Stores a file, then adds its row; a video replaces its still image. `duplicate`: the library has the same bytes
   * under another id.
   */
  keep(item: Item, body: Body, cover: Body | undefined): Promise<KeptFile | 'duplicate'>;
  /** True for a video whose cover is not on disk. */
  lacksCover(item: Item): Promise<boolean>;
  /** Stores the cover of a video that is in the library. */
  keepCover(item: Item, cover: Body): Promise<void>;
  /** Counts the feed's posts that are in the library and that this run did not see listed. */
  countUnlisted(): Promise<number>;
  lastCount(): Promise<FeedCount | undefined>;
  noteCount(count: FeedCount): Promise<void>;
  /** Free bytes where files are stored; undefined if unknown. */
  freeBytes(): Promise<number | undefined>;
  /** Records why an item failed. */
  noteFailure(item: Item, error: Error): Promise<void>;
}
