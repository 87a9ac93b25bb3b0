import type { BackfillEvent, LiveStatus } from '../backfill/ended.ts';
import type { RunLock } from './lock.ts';

/** How often a run says how far it is, and hears whether it is to end, in milliseconds. */
const PACE = 1000;

/** How far a run is, as its lock's row keeps it. */
export interface ProgressRecord {
  readonly downloaded: number;
  readonly skipped_duplicate: number;
  readonly skipped_unsupported: number;
  readonly failed: number;
  readonly total_api_items: number;
  readonly posters: number;
  readonly bytes: number;
  readonly api_calls: number;
  readonly pages: number;
  readonly usage_percent: number | null;
  /** Set while it waits for Instagram's rate limit to end. */
  readonly waiting_until: string | null;
  readonly measuring: boolean;
  /** How many files a dry run foretold. */
  readonly expected_files: number | null;
  /** From its beginning to this moment. */
  readonly seconds: number;
}

interface WatchedOptions {
  lock: Pick<RunLock, 'tell' | 'listen'>;
  expectedFiles: number | undefined;
}

/**
 * Passes a run's events on, and says beside them how far it is, so that other processes see it and may ask it to end.
 * No event waits for that, and a database that does not take it breaks nothing: the next news makes up for it.
 */
export async function* watched(
  events: AsyncIterable<BackfillEvent>,
  { lock, expectedFiles }: WatchedOptions,
): AsyncGenerator<BackfillEvent> {
  const began = performance.now();
  let status: LiveStatus | undefined;
  const teller = createTeller(
    lock,
    () => status && toRecord(status, { expectedFiles, seconds: (performance.now() - began) / 1000 }),
  );
  try {
    for await (const event of events) {
      // The run's record comes next, and then it lets go of its lock.
      if (event.type === 'ended') await teller.stop();
      else {
        const isNews = !status || NEWS.has(event.type);
        status = event.status;
        teller.note(isNews);
      }
      yield event;
    }
  } finally {
    await teller.stop();
  }
}

/** What is told at once: after it there may be silence for a long time. */
const NEWS: ReadonlySet<BackfillEvent['type']> = new Set(['waiting', 'resumed', 'measuring']);

/** Tells the latest at its pace, never twice at once; where there is nothing new, it only listens. */
function createTeller(lock: WatchedOptions['lock'], latest: () => ProgressRecord | undefined) {
  let isChanged = false;
  let isUrgent = false;
  let busy: Promise<void> | undefined;

  const step = async () => {
    do {
      isUrgent = false;
      if (!isChanged) await lock.listen();
      else {
        isChanged = false;
        await lock.tell({ ...latest() });
      }
    } while (isUrgent);
  };
  const go = () => {
    busy ??= step()
      .catch(() => {
        isChanged = true;
      })
      .finally(() => {
        busy = undefined;
      });
  };
  const ticking = setInterval(go, PACE);
  ticking.unref();

  return {
    /** Something changed; where it is urgent, that is told at once. */
    note(urgent: boolean): void {
      isChanged = true;
      isUrgent ||= urgent;
      if (urgent) go();
    },
    /** Nothing is told any more once this is done. */
    async stop(): Promise<void> {
      clearInterval(ticking);
      await busy;
    },
  };
}

const toRecord = (
  { report, waitingUntil, measuring }: LiveStatus,
  { expectedFiles, seconds }: { expectedFiles: number | undefined; seconds: number },
): ProgressRecord => ({
  downloaded: report.downloaded,
  skipped_duplicate: report.skippedDuplicate,
  skipped_unsupported: report.skippedUnsupported,
  failed: report.failed,
  total_api_items: report.totalApiItems,
  posters: report.posters,
  bytes: report.bytes,
  api_calls: report.apiCalls,
  pages: report.pages,
  usage_percent: report.usagePercent ?? null,
  waiting_until: waitingUntil?.toISOString() ?? null,
  measuring,
  expected_files: expectedFiles ?? null,
  seconds,
});
