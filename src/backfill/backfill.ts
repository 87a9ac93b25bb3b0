import { setMaxListeners } from 'node:events';
import { InterruptedError, StorylineError } from '../errors.ts';
import type { PostSource } from '../media/item.ts';
import { createCompleteness, LISTED_AT_MOST } from './completeness.ts';
import type { BackfillEvent } from './events.ts';
import { keepAll, preview } from './keep.ts';
import type { Library, PostPage, Source } from './ports.ts';
import { emptyReport, type Report, tally, withUsage } from './report.ts';
import { retryFailed } from './retry-failed.ts';
import { select } from './select.ts';
import { type Window, within } from './window.ts';

/** What a person asks for. */
export interface BackfillRequest {
  /** What to walk, in this order. */
  readonly listings: readonly PostSource[];
  readonly window: Window;
  /** Only what failed in earlier runs: nothing is walked. */
  readonly retryFailed: boolean;
  /** The library takes a few items for unknown and all others for known: nothing can be said of the whole. */
  readonly isRepair: boolean;
  /** Items newly downloaded at most; absent for all. */
  readonly limit?: number;
  readonly dryRun: boolean;
  /** Downloads at once, now. */
  readonly concurrency: () => number;
}

interface BackfillDeps {
  readonly source: Source;
  readonly library: Library;
}

/**
 * Runs a backfill, as it is pulled: lists posts, decides on each item, downloads and keeps the chosen ones.
 *
 * Whatever stops the run half-way is told in its `ended` event, which is always the last; only a bug throws. What was
 * kept by then stays. Aborting `signal`, or leaving the iteration, drops the downloads under way; a `StorylineError` as
 * the signal's reason is what stopped the run.
 */
export async function* backfill(
  request: BackfillRequest,
  deps: BackfillDeps,
  signal: AbortSignal,
): AsyncGenerator<BackfillEvent> {
  let report = emptyReport(request.dryRun);
  const completeness = createCompleteness(request.window);
  let stoppedBy: StorylineError | undefined;
  try {
    for await (const event of stages(request, deps, signal)) {
      report = tally(report, event);
      completeness.follow(event);
      yield event;
    }
    const account = completeness.account();
    if (account && !request.retryFailed && !request.isRepair) {
      report = {
        ...report,
        completeness: {
          ...account,
          reported: await reportedPosts(account.listed, report, deps, signal),
          // What was listed is noted in a real run only; and beyond what Instagram lists, nobody can tell.
          ...(request.dryRun || account.listed >= LISTED_AT_MOST
            ? {}
            : { unlisted: await deps.library.countUnlisted() }),
        },
      };
    }
  } catch (error) {
    if (signal.aborted) stoppedBy = signal.reason instanceof StorylineError ? signal.reason : new InterruptedError();
    else if (error instanceof StorylineError) stoppedBy = error;
    else throw error;
  }
  report = withUsage(report, deps.source.usage());
  yield { type: 'ended', report, ...(stoppedBy ? { stoppedBy } : {}) };
}

/** Instagram's own count of the posts. A feed that is as it was need not be counted again: that would cost a call. */
async function reportedPosts(
  listed: number,
  { dryRun, downloaded }: Report,
  { source, library }: BackfillDeps,
  signal: AbortSignal,
): Promise<number | undefined> {
  const last = await library.lastCount();
  if (last?.listed === listed && (dryRun || downloaded === 0)) return last.reported;
  if (dryRun && listed < LISTED_AT_MOST) return undefined;
  const reported = await source.countPosts(signal);
  if (reported !== undefined && !dryRun) await library.noteCount({ reported, listed });
  return reported;
}

function stages(request: BackfillRequest, { source, library }: BackfillDeps, outer: AbortSignal) {
  const { limit, concurrency, window } = request;
  const abort = new AbortController();
  const signal = AbortSignal.any([outer, abort.signal]);
  // Every download listens: many of them are no leak.
  setMaxListeners(0, signal);

  const decided = request.retryFailed
    ? retryFailed({ source, library, window, signal })
    : // The newest few are what a limit asks for; where everything is asked for, what expires first goes first.
      select(walkAll(request, source, signal), library.known, { window, videosFirst: limit === undefined });
  return request.dryRun
    ? preview(decided, { library, limit })
    : keepAll(decided, { source, library, concurrency, limit, signal, abort });
}

async function* walkAll(
  { listings, window }: BackfillRequest,
  source: Source,
  signal: AbortSignal,
): AsyncGenerator<PostPage> {
  const { completeUpTo, ...bounds } = window;
  for (const listing of listings) {
    // What is known to be complete is known of the feed alone.
    yield* within(source.pages(listing, signal), listing === 'feed' ? window : bounds);
  }
}
