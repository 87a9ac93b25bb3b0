import {
  type BackfillError,
  BackfillMediaExpiredError,
  BackfillMediaIncompleteError,
  BackfillMediaNotFoundError,
  BackfillMediaTypeError,
  BackfillMediaWithheldError,
} from '../errors.ts';
import { type Item, isPosterOnly, type MediaId } from '../media/item.ts';
import type { RunEvent } from './events.ts';
import type { FeedCount, Library, Source } from './ports.ts';
import type { Window } from './window.ts';

/** Instagram lists the most recent posts only, and no more than this many. */
export const LISTED_AT_MOST = 10_000;

/** Why an item is not in the library as it is on Instagram. */
export type Lack =
  | 'still only'
  | 'withheld'
  | 'gone'
  | 'link expired'
  | 'cut short'
  | 'not a picture or video'
  | 'unsupported'
  | 'not downloaded yet'
  | 'missing on disk'
  | 'changed on disk'
  | 'unreadable on disk'
  | 'failed';

/** How much of an account's feed is in the library, at the end of a walk through all of it. */
export interface Completeness {
  /** Posts, as Instagram counts them; undefined if it does not say. Not every counted post is listed. */
  readonly reported: number | undefined;
  /** Posts that the walk saw. */
  readonly listed: number;
  /** Posts that are in the library with all of their items. */
  readonly whole: number;
  /** Posts of which some items are in the library, or a video's still. */
  readonly partial: number;
  /** Posts of which nothing is in the library. */
  readonly missing: number;
  /** Posts in the library that Instagram no longer lists; undefined if that is unknown. */
  readonly unlisted?: number;
  /** Why items are lacking, and how many for each reason. */
  readonly lacking: Readonly<Partial<Record<Lack, number>>>;
}

interface Seen {
  open: number;
  had: number;
  lacked: number;
}

interface FinishOptions {
  source: Pick<Source, 'countPosts'>;
  library: Pick<Library, 'lastCount' | 'noteCount' | 'countUnlisted'>;
  dryRun: boolean;
  signal: AbortSignal;
}

/** What a walk through the whole feed found, and what its run has to ask Instagram for once more. */
export interface Accounted {
  readonly completeness: Completeness;
  /** Set for a dry run if the real one would ask Instagram for its own count: one more call. */
  readonly wouldCount: boolean;
}

/** Follows a run's events; if they are a walk through the whole feed, says what the library has of it. */
export function createCompleteness({ since, until, completeUpTo }: Window) {
  const posts = new Map<MediaId, Seen>();
  const lacking: Partial<Record<Lack, number>> = {};
  let reachedEnd = false;
  let downloaded = 0;

  const settle = (postId: MediaId, lack?: Lack) => {
    const post = posts.get(postId);
    if (!post) return;
    post.open -= 1;
    if (lack) lacking[lack] = (lacking[lack] ?? 0) + 1;
    if (lack) post.lacked += 1;
    // A still, or a file with other bytes, is in the library, but is not what it should be.
    if (!lack || lack === 'still only' || lack === 'changed on disk') post.had += 1;
  };

  /** Undefined if part of the feed was left out. */
  const seen = (): Omit<Completeness, 'reported' | 'unlisted'> | undefined => {
    const all = [...posts.values()];
    if (since || until || completeUpTo || !reachedEnd || all.some(({ open }) => open > 0)) return undefined;
    const partial = all.filter(({ had, lacked }) => had > 0 && lacked > 0).length;
    const missing = all.filter(({ had, lacked }) => had === 0 && lacked > 0).length;
    return { listed: all.length, whole: all.length - partial - missing, partial, missing, lacking };
  };

  /** Instagram's own count, and the posts that are no longer listed: a walk does not show them. */
  const countBeyond = async (listed: number, isDue: boolean, last: FeedCount | undefined, options: FinishOptions) => {
    const { source, library, signal } = options;
    const reported = isDue ? await source.countPosts?.(signal) : last?.reported;
    if (isDue && reported !== undefined) await library.noteCount({ reported, listed });
    // Beyond what Instagram lists, this is unknown.
    return { reported, ...(listed >= LISTED_AT_MOST ? {} : { unlisted: await library.countUnlisted() }) };
  };

  return {
    follow(event: RunEvent): void {
      if (event.type === 'read' && event.page.source === 'feed') {
        for (const { id, items } of event.page.posts) posts.set(id, { open: items.length, had: 0, lacked: 0 });
        reachedEnd ||= event.page.isLast;
      }
      if (event.type === 'kept' || event.type === 'chosen') downloaded += 1;
      if (isDecided(event)) settle(event.item.postId, lackOf(event));
    },

    /** To be called after the last event. Undefined if part of the feed was left out. */
    async finish(options: FinishOptions): Promise<Accounted | undefined> {
      const found = seen();
      if (!found) return undefined;
      const { listed } = found;
      const last = await options.library.lastCount();
      // If a feed is as it was, counting it again would be a wasted call.
      const isNew = last?.listed !== listed;
      const isDue = isNew || downloaded > 0;
      if (!options.dryRun) {
        return { completeness: { ...found, ...(await countBeyond(listed, isDue, last, options)) }, wouldCount: false };
      }
      // A dry run asks only for what it cannot see.
      const isCounted = isNew && listed >= LISTED_AT_MOST;
      const reported = isCounted
        ? await options.source.countPosts?.(options.signal)
        : isNew
          ? undefined
          : last?.reported;
      return {
        completeness: { ...found, reported },
        wouldCount: isDue && !isCounted && options.source.countPosts !== undefined,
      };
    },
  };
}

type Decided = Extract<RunEvent, { item: Item }>;

const isDecided = (event: RunEvent): event is Decided => 'item' in event;

/** Why an item is not in the library; undefined if it is. */
function lackOf(event: Decided): Lack | undefined {
  switch (event.type) {
    case 'kept':
      return isPosterOnly(event.item) ? 'still only' : undefined;
    case 'chosen':
      return event.onDisk === 'missing' ? 'missing on disk' : 'not downloaded yet';
    case 'failed':
      if (event.onDisk === 'missing') return 'missing on disk';
      if (event.onDisk === 'unreadable') return 'unreadable on disk';
      return FAILURES.find(([type]) => event.error instanceof type)?.[1] ?? 'failed';
    case 'skipped':
      if (event.reason === 'unsupported') return 'unsupported';
      if (event.onDisk === 'changed') return 'changed on disk';
      // Its file comes with that of another item.
      if (event.onDisk === 'missing' && event.reason === 'duplicate') return 'missing on disk';
      return event.isStillOnly ? 'still only' : undefined;
    default:
      return event satisfies never;
  }
}

const FAILURES: readonly (readonly [new (message: string) => BackfillError, Lack])[] = [
  [BackfillMediaWithheldError, 'withheld'],
  [BackfillMediaNotFoundError, 'gone'],
  [BackfillMediaExpiredError, 'link expired'],
  [BackfillMediaIncompleteError, 'cut short'],
  [BackfillMediaTypeError, 'not a picture or video'],
];

/** Posts that Instagram counts, but does not list because there are too many newer ones. */
export const beyondReach = ({ reported = 0, listed }: Completeness): number =>
  listed >= LISTED_AT_MOST ? Math.max(0, reported - listed) : 0;
