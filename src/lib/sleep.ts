import { setTimeout as delay } from 'node:timers/promises';

/** Node's timers hold 2^31 - 1 ms, and end immediately for more. */
const LONGEST = 24 * 60 * 60 * 1000;

/** Waits, however long; what is no number of milliseconds is no wait. @throws what `delay` throws where the signal aborts. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let left = milliseconds; left > 0; left -= LONGEST) await delay(Math.min(left, LONGEST), undefined, { signal });
  signal.throwIfAborted();
}
