import type { BackfillError } from '../errors.ts';
import type { Item, Post } from '../media/item.ts';
import type { BrokenListing, KeptFile, OnDisk, PostPage } from './ports.ts';

/** A page was listed. */
export interface Read {
  readonly type: 'read';
  readonly page: PostPage;
  /** Those of the page's posts that were posted in the asked time. */
  readonly wanted: readonly Post[];
  /** The same with those of their items only that this run asks for. */
  readonly asked: readonly Post[];
}

/** A listing could not be read, or not to its end; the run goes on with the others. */
export interface Unlisted extends BrokenListing {
  readonly type: 'unlisted';
}

/** What the look at the disk found of an item that was in the library already; absent where it was not. */
interface LookedAt {
  readonly onDisk?: OnDisk;
}

/** An item is to be downloaded. Leaves the run only when it is dry. */
export interface Chosen extends LookedAt {
  readonly type: 'chosen';
  readonly item: Item;
}

/**
 * An item was passed over. `duplicate`: known, or its bytes are; `adopted`: its file was in place and got its row;
 * `unsupported`: neither image nor video; `outside`: posted outside the asked time.
 */
export interface Skipped extends LookedAt {
  readonly type: 'skipped';
  readonly item: Item;
  readonly reason: 'duplicate' | 'adopted' | 'unsupported' | 'outside';
  /** Set where the library has a video's still only. */
  readonly isStillOnly?: boolean;
  /** The cover of a video that is in the library: not on disk, or downloaded again by this run. */
  readonly cover?: 'missing' | 'kept';
}

/** An item is in the library now. */
export interface Kept extends LookedAt {
  readonly type: 'kept';
  readonly item: Item;
  readonly file: KeptFile;
}

/** An item was wanted and could not be had; the run goes on. */
export interface Failed extends LookedAt {
  readonly type: 'failed';
  readonly item: Item;
  readonly error: BackfillError;
}

/** Instagram lets the account in again at this moment; the run waits for it. */
export interface Waiting {
  readonly type: 'waiting';
  readonly until: Date;
}

/** The run goes on after a wait. */
export interface Resumed {
  readonly type: 'resumed';
}

/** A dry run asks for the lengths of a sample of so many files, to say what the real run would take. */
export interface Measuring {
  readonly type: 'measuring';
  readonly files: number;
}

/** Everything that happens while a run goes on. How it ends is in ended.ts. */
export type RunEvent = Read | Unlisted | Chosen | Skipped | Kept | Failed | Waiting | Resumed | Measuring;
