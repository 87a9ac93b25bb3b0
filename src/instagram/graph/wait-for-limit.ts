import type { RateLimitError } from '../../errors.ts';
import type { MetaClock } from './meta-clock.ts';

/** The longest wait without a new call, in milliseconds: a header that names a distant day may be a mistake. */
const LONGEST_WAIT = 24 * 60 * 60 * 1000;

interface Clocks {
  readonly now: () => Date;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly metaClock: MetaClock;
}

interface Listeners {
  /** Called with the end of the wait by this machine's clock: the user's, and that of a countdown. */
  waiting(until: Date): void;
  resumed(): void;
}

/** Waits until a rate limit resets, a day at most, and once for all calls that met it. */
export function waitForLimit({ now, sleep, metaClock }: Clocks, { waiting, resumed }: Listeners) {
  let current: Promise<void> | undefined;
  const wait = async ({ until }: RateLimitError, signal: AbortSignal) => {
    const left = Math.min(LONGEST_WAIT, Math.max(0, until.getTime() - metaClock.now().getTime()));
    waiting(new Date(now().getTime() + left));
    await sleep(left, signal);
    resumed();
  };
  return (limit: RateLimitError, signal: AbortSignal): Promise<void> => {
    current ??= wait(limit, signal).finally(() => {
      current = undefined;
    });
    return current;
  };
}
