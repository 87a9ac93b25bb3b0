import { setMaxListeners } from 'node:events';
import {
  InstagramApiError,
  InterruptedError,
  RateLimitError,
  StorylineError,
  TokenExpiredError,
  UnreadableEndError,
} from '../errors.ts';
import { linkSignals } from '../lib/link-signals.ts';
import type { PostSource } from '../media/item.ts';
import { createCompleteness } from './completeness.ts';
import type { Finished } from './ended.ts';
import type { RunEvent } from './events.ts';
import { createForecast } from './forecast.ts';
import { keepAll, preview } from './keep.ts';
import type { BrokenListing, Library, PostPage, Source } from './ports.ts';
import { retryFailed } from './retry-failed.ts';
import { select } from './select.ts';
import { type Window, within } from './window.ts';

/** What a run is to do. */
export interface BackfillRequest {
  /** The listings to read, in this order. */
  readonly listings: readonly PostSource[];
  readonly window: Window;
  /** Only what failed in earlier runs: no listing is read. */
  readonly retryFailed: boolean;
  /** The library treats a few items as unknown and all others as known: nothing can be said of the whole. */
  readonly isRepair: boolean;
  /** New downloads at most; undefined for all. */
  readonly limit?: number;
  readonly dryRun: boolean;
  /** Parallel downloads, now. */
  readonly concurrency: () => number;
}

interface BackfillDeps {
  readonly source: Source;
  readonly library: Library;
}

/**
 * Runs a backfill as it is pulled: lists posts, decides on each item, downloads and keeps the chosen ones.
 *
 * What stops the run early is part of its `finished` event, which is always the last; only a bug throws. What was kept
 * by then stays. Aborting `signal`, or leaving the iteration, drops the downloads in flight; a `StorylineError` as the
 * signal's reason is what stopped the run.
 */
export async function* backfill(
  request: BackfillRequest,
  deps: BackfillDeps,
  signal: AbortSignal,
): AsyncGenerator<RunEvent | Finished> {
  const completeness = createCompleteness(request.window);
  const forecast = createForecast();
  let found: Pick<Finished, 'completeness' | 'forecast'> = {};
  let stoppedBy: StorylineError | undefined;
  const abort = new AbortController();
  const linked = linkSignals([signal, abort.signal]);
  // Every download listens: many listeners are no leak.
  setMaxListeners(0, linked.signal);
  try {
    for await (const event of stages(request, deps, { signal: linked.signal, abort })) {
      completeness.follow(event);
      forecast.follow(event);
      yield event;
    }
    const isWalk = !request.retryFailed && !request.isRepair;
    const end = isWalk ? await completeness.finish({ ...deps, dryRun: request.dryRun, signal }) : undefined;
    if (end) found = { completeness: end.completeness };
    if (request.dryRun) {
      const files = forecast.sampleSize(deps.source);
      if (files > 0) yield { type: 'measuring', files };
      const made = await forecast.make(deps.source, {
        concurrency: request.concurrency(),
        furtherCalls: end?.wouldCount ? 1 : 0,
        freeBytes: await deps.library.freeBytes(),
        signal,
      });
      found = { ...found, forecast: made };
    }
  } catch (error) {
    if (signal.aborted) stoppedBy = signal.reason instanceof StorylineError ? signal.reason : new InterruptedError();
    else if (error instanceof StorylineError) stoppedBy = error;
    else throw error;
  } finally {
    linked.dispose();
  }
  const usage = deps.source.usage?.();
  yield { type: 'finished', ...found, ...(usage ? { usage } : {}), ...(stoppedBy ? { stoppedBy } : {}) };
}

/** `signal` is aborted by `abort` too. */
interface Stop {
  readonly signal: AbortSignal;
  readonly abort: AbortController;
}

function stages(request: BackfillRequest, { source, library }: BackfillDeps, { signal, abort }: Stop) {
  const { limit, concurrency, window } = request;
  const decided = request.retryFailed
    ? retryFailed({ source, library, window, signal })
    : // A limit asks for the newest few; without one, what expires first goes first.
      select(walkAll(request, source, signal), library.known, { window, videosFirst: limit === undefined });
  return request.dryRun
    ? preview(decided, { library, limit })
    : keepAll(decided, { source, library, concurrency, limit, signal, abort });
}

/** Reads one listing after the other: one that cannot be read does not stop the others, unless none can be read. */
async function* walkAll(
  { listings, window }: BackfillRequest,
  source: Source,
  signal: AbortSignal,
): AsyncGenerator<PostPage | BrokenListing> {
  const { completeUpTo, ...bounds } = window;
  let broken = 0;
  for (const listing of listings) {
    try {
      // Only the feed is ever known to be complete.
      yield* within(source.pages(listing, signal), listing === 'feed' ? window : bounds);
    } catch (error) {
      if (error instanceof UnreadableEndError) {
        yield { listing, error };
        continue;
      }
      broken += 1;
      if (!costsItsListing(error, listing) || broken === listings.length) throw error;
      yield { listing, error };
    }
  }
}

/** Limits and tokens are the same for every listing; if the feed fails for a while, so may the others. */
const costsItsListing = (error: unknown, listing: PostSource): error is InstagramApiError =>
  error instanceof InstagramApiError &&
  !(error instanceof RateLimitError || error instanceof TokenExpiredError) &&
  !(listing === 'feed' && error.isTransient);
