import { setMaxListeners } from 'node:events';
import { InterruptedError, StorylineError } from '../errors.ts';
import type { PostSource } from '../media/item.ts';
import type { BackfillEvent } from './events.ts';
import { keepAll, preview } from './keep.ts';
import type { Library, PostPage, Source } from './ports.ts';
import { emptyReport, tally } from './report.ts';
import { select } from './select.ts';
import { type Window, within } from './window.ts';

/** What a person asks for. */
export interface BackfillRequest {
  /** What to walk, in this order. */
  readonly listings: readonly PostSource[];
  readonly window: Window;
  /** Items newly downloaded at most; absent for all. */
  readonly limit?: number;
  readonly dryRun: boolean;
  /** Downloads at once. */
  readonly concurrency: number;
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
  let stoppedBy: StorylineError | undefined;
  try {
    for await (const event of stages(request, deps, signal)) {
      report = tally(report, event);
      yield event;
    }
  } catch (error) {
    if (signal.aborted) stoppedBy = signal.reason instanceof StorylineError ? signal.reason : new InterruptedError();
    else if (error instanceof StorylineError) stoppedBy = error;
    else throw error;
  }
  yield { type: 'ended', report, ...(stoppedBy ? { stoppedBy } : {}) };
}

function stages(request: BackfillRequest, { source, library }: BackfillDeps, outer: AbortSignal) {
  const { limit, concurrency, window } = request;
  const abort = new AbortController();
  const signal = AbortSignal.any([outer, abort.signal]);
  // Every download listens: many of them are no leak.
  setMaxListeners(0, signal);

  const pages = walkAll(request, source, signal);
  // The newest few are what a limit asks for; where everything is asked for, what expires first goes first.
  const decided = select(pages, library.known, { window, videosFirst: limit === undefined });
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
