import { BackfillMediaWithheldError } from '../errors.ts';
import type { MediaId } from '../media/item.ts';
import type { RunEvent } from './events.ts';
import { PINNED_AT_MOST } from './window.ts';

/** A period, both ends included, of which every item is kept or accounted for. */
export interface Interval {
  /** Undefined: back to the account's first post. */
  readonly oldest: Date | undefined;
  readonly newest: Date;
}

/** Instagram's moments are whole seconds. */
const SECOND = 1000;

/** What a run proved of the feed's past: the periods that are complete, and the moments of posts that failed. */
export interface Proof {
  readonly complete: readonly Interval[];
  readonly holes: readonly Date[];
}

/** What is kept of a post until the run ends: its moment and not the post, since there may be ten thousand. */
interface Walked {
  /** Milliseconds since 1970; undefined if the post has no usable moment. */
  readonly at: number | undefined;
  /** Items that are neither kept nor accounted for yet. */
  open: number;
}

interface HistoryOptions {
  /** Everything up to here was complete when the run began. */
  completeUpTo: Date | undefined;
  /** False if posts were requested one by one: what lies between them was not seen. */
  isWalk: boolean;
}

/** Follows a run's events and says what they prove. Posts outside the requested time, or not reached, prove nothing. */
export function createHistory({ completeUpTo, isWalk }: HistoryOptions) {
  const walked = new Map<MediaId, Walked>();
  const holes: Date[] = [];
  let reachedFirstPost = false;

  const settle = (postId: MediaId) => {
    const entry = walked.get(postId);
    if (entry) entry.open -= 1;
  };

  return {
    follow(event: RunEvent): void {
      if (event.type === 'read' && event.page.source === 'feed') {
        for (const { id, postedAt, items } of event.page.posts) {
          walked.set(id, { at: postedAt?.getTime(), open: Math.max(items.length, 1) });
        }
        reachedFirstPost ||= event.page.isLast;
      } else if (event.type === 'kept' || (event.type === 'skipped' && event.reason !== 'outside')) {
        settle(event.item.postId);
      } else if (event.type === 'failed') {
        if (event.error instanceof BackfillMediaWithheldError) settle(event.item.postId);
        else {
          const at = walked.get(event.item.postId)?.at;
          if (at !== undefined) holes.push(new Date(at));
        }
      }
    },

    proof(): Proof {
      const posts = [...walked.values()];
      const last = posts.findLast(({ at }) => at !== undefined)?.at;
      if (last === undefined || !isWalk) return { complete: [], holes };
      const connected = reachedFirstPost || (completeUpTo !== undefined && last <= completeUpTo.getTime());
      // An open post without a moment could be anywhere; a few posts could all be pinned, with newer ones unseen.
      const isSure = posts.every(({ at, open }) => at !== undefined || open <= 0);
      if (!isSure || (!connected && posts.length <= PINNED_AT_MOST)) return { complete: [], holes };

      const openAt = new Set(posts.filter(({ open }) => open > 0).map(({ at }) => at));
      const moments = posts
        .flatMap(({ at }) => at ?? [])
        // Maybe not all posts of the last moment were listed.
        .filter((at) => connected || at > last)
        .toSorted((a, b) => b - a);
      const complete = stretches(moments, openAt);
      const deepest = moments.at(-1);
      if (!connected || deepest === undefined || openAt.has(deepest)) return { complete, holes };
      return { complete: [...complete.slice(0, -1), ...complete.slice(-1).map(downToFirstPost)], holes };
    },
  };
}

const downToFirstPost = ({ newest }: Interval): Interval => ({ newest, oldest: undefined });

function stretches(descending: readonly number[], openAt: ReadonlySet<number | undefined>): Interval[] {
  const found: { newest: Date; oldest: Date }[] = [];
  let current: { newest: Date; oldest: Date } | undefined;
  for (const at of descending) {
    if (openAt.has(at)) current = undefined;
    else if (current) current.oldest = new Date(at);
    else {
      current = { newest: new Date(at), oldest: new Date(at) };
      found.push(current);
    }
  }
  return found;
}

/** Joins what was known with what a run proved, newest first; the moments of failed items are cut out. */
export function mergeIntervals(known: readonly Interval[], { complete, holes }: Proof): Interval[] {
  const bottom = (interval: Interval) => interval.oldest?.getTime() ?? Number.NEGATIVE_INFINITY;
  const merged: Interval[] = [];
  for (const next of [...known, ...complete].toSorted((a, b) => b.newest.getTime() - a.newest.getTime())) {
    const last = merged.at(-1);
    if (last && next.newest.getTime() + SECOND >= bottom(last)) {
      merged[merged.length - 1] = bottom(next) < bottom(last) ? { ...last, oldest: next.oldest } : last;
    } else merged.push(next);
  }
  return holes.reduce<Interval[]>((left, hole) => left.flatMap((interval) => without(interval, hole)), merged);
}

function without(interval: Interval, hole: Date): Interval[] {
  const { oldest, newest } = interval;
  if (hole > newest || (oldest && hole < oldest)) return [interval];
  const above = new Date(hole.getTime() + SECOND);
  const below = new Date(hole.getTime() - SECOND);
  return [
    ...(above <= newest ? [{ newest, oldest: above }] : []),
    ...(!oldest || below >= oldest ? [{ newest: below, oldest }] : []),
  ];
}
