import type { BackfillError } from '../errors.ts';
import type { Item, Post } from '../media/item.ts';
import type { BrokenListing, KeptFile, OnDisk, PostPage } from './ports.ts';

/** A page was listed. */
export interface Read {
  readonly type: 'read';
  readonly page: PostPage;
  /** The page's posts within the requested time. */
  readonly wanted: readonly Post[];
  /** The same, with only the items that this run is about. */
  readonly asked: readonly Post[];
}

/** A listing could not be read, or not to its end; the run continues with the others. */
export interface Unlisted extends BrokenListing {
  readonly type: 'unlisted';
}

/** The state on disk of an item that was in the library already; undefined if it was not. */
interface LookedAt {
  readonly onDisk?: OnDisk;
}

/** An item will be downloaded. Only a dry run emits this. */
export interface Chosen extends LookedAt {
  readonly type: 'chosen';
  readonly item: Item;
}

/**
 * An item was skipped. `duplicate`: known, or its bytes are; `adopted`: its file was in place and got its row;
 * `unsupported`: neither image nor video; `outside`: posted outside the requested time.
 */
export interface Skipped extends LookedAt {
  readonly type: 'skipped';
  readonly item: Item;
  readonly reason: 'duplicate' | 'adopted' | 'unsupported' | 'outside';
  /** Set if the library only has a still of the video. */
  readonly isStillOnly?: boolean;
  /** For a video in the library: its cover is not on disk, or was downloaded again by this run. */
  readonly cover?: 'missing' | 'kept';
}

/** An item is in the library now. */
export interface Kept extends LookedAt {
  readonly type: 'kept';
  readonly item: Item;
  readonly file: KeptFile;
}

/** An item could not be downloaded; the run continues. */
export interface Failed extends LookedAt {
  readonly type: 'failed';
  readonly item: Item;
  readonly error: BackfillError;
}

/** The run waits until Instagram's rate limit resets. */
export interface Waiting {
  readonly type: 'waiting';
  readonly until: Date;
}

/** The run continues after a wait. */
export interface Resumed {
  readonly type: 'resumed';
}

/** A dry run measures a sample of this many files, to estimate what the real run would take. */
export interface Measuring {
  readonly type: 'measuring';
  readonly files: number;
}

/** Everything that happens during a run. How it ends is in ended.ts. */
export type RunEvent = Read | Unlisted | Chosen | Skipped | Kept | Failed | Waiting | Resumed | Measuring;
