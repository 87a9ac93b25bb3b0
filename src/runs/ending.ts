import { isAway } from './finish-later.ts';
import type { RunLock } from './lock.ts';
import type { ProgressWriter } from './progress.ts';
import type { RunEnd } from './records.ts';

/** What a job adds to the end of its run. */
export interface JobEnd {
  /** The record of what the run did so far, as its row keeps it. */
  result(end: RunEnd): object;
  /** The last writes of a run that was begun, done only if it still has its lock. */
  finish?(error: Error | undefined): Promise<void>;
  /** Notes that are written even if another run has the lock by now. */
  note?(error: Error | undefined): Promise<void>;
}

interface EndingOptions {
  lock: RunLock;
  progress: ProgressWriter;
  job: JobEnd;
  closeRow: (error: Error | undefined) => Promise<void>;
}

/** How a run gives back what it holds: once, and all of it, whatever fails on the way. */
export interface Ending {
  /** Adds something to close in the end, before everything that was added earlier. */
  also(close: () => Promise<void>): void;
  /** From now on the job has last writes to do. */
  begin(): void;
  /**
   * Closes everything, lets the job do its last writes, closes the run's row, and releases the lock. A second call does
   * nothing.
   *
   * @throws what failed first; the rest is done all the same.
   */
  end(error?: Error): Promise<void>;
}

export function createEnding({ lock, progress, job, closeRow }: EndingOptions): Ending {
  const closing: (() => Promise<void>)[] = [];
  let hasBegun = false;
  let isOver = false;

  return {
    also: (close) => void closing.unshift(close),
    begin() {
      hasBegun = true;
    },
    async end(error) {
      if (isOver) return;
      isOver = true;
      const failures: Error[] = [];
      const attempt = async (work: () => Promise<void> | undefined): Promise<boolean> => {
        try {
          await work();
          return true;
        } catch (failure) {
          failures.push(failure instanceof Error ? failure : new Error(String(failure)));
          return false;
        }
      };
      await progress.stop();
      for (const close of closing) await attempt(close);
      if (hasBegun && (await attempt(lock.confirmNow))) await attempt(() => job.finish?.(error));
      const close = () => closeRow(error ?? failures[0]);
      // A database that is away is not waited for again and again: the rest is done once it is back.
      const isDatabaseAway = failures.some(isAway);
      if (!isDatabaseAway) await attempt(() => job.note?.(error));
      const isClosed = !isDatabaseAway && (await attempt(close));
      await attempt(() => lock.release(isClosed ? undefined : close));
      if (failures[0]) throw failures[0];
    },
  };
}
