import type { JsonObject } from '../db/schema.ts';
import type { RunLock } from './lock.ts';

export interface ProgressWriter {
  /** Something changed; `latest` is called when it is written. Urgent changes are written immediately. */
  note(latest: () => object, urgent?: boolean): void;
  /** Nothing is written any longer once this resolves. */
  stop(): Promise<void>;
}

/**
 * Writes how far a run is, at its pace, so that other processes see it and may cancel the run; if nothing changed, it
 * only looks for a cancellation. No caller waits for a write, no two run in parallel, and after a failed one the next
 * makes up for it.
 *
 * @param pace in milliseconds.
 */
export function createProgressWriter(
  lock: Pick<RunLock, 'writeProgress' | 'checkCancelled'>,
  pace: number,
): ProgressWriter {
  let latest: (() => object) | undefined;
  let isChanged = false;
  let isUrgent = false;
  let busy: Promise<void> | undefined;

  const write = async () => {
    do {
      isUrgent = false;
      if (!isChanged || !latest) await lock.checkCancelled();
      else {
        isChanged = false;
        await lock.writeProgress({ ...latest() } satisfies JsonObject);
      }
    } while (isUrgent);
  };
  const go = () => {
    busy ??= write()
      .catch(() => {
        isChanged = true;
      })
      .finally(() => {
        busy = undefined;
      });
  };
  const ticking = setInterval(go, pace);
  ticking.unref();

  return {
    note(current, urgent = false) {
      latest = current;
      isChanged = true;
      isUrgent ||= urgent;
      if (urgent) go();
    },
    async stop() {
      clearInterval(ticking);
      await busy;
    },
  };
}
