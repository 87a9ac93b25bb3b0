import { InterruptedError } from '../../src/errors.ts';

/** Pending work may take several turns of the event loop. */
const TURNS = 6;
const settled = async () => {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A clock that only the test moves. */
export function virtualClock(start = '2026-01-01T00:00:00Z') {
  let time = new Date(start).getTime();
  const sleeping = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => new Date(time),
    sleep: (milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(new InterruptedError());
        const sleeper = { at: time + milliseconds, wake: resolve };
        sleeping.add(sleeper);
        signal.addEventListener('abort', () => {
          sleeping.delete(sleeper);
          reject(new InterruptedError());
        });
        return undefined;
      }),
    /** Advances the time; sleepers wake in order. */
    async pass(milliseconds: number): Promise<void> {
      const end = time + milliseconds;
      while (true) {
        await settled();
        const [next] = [...sleeping].toSorted((a, b) => a.at - b.at);
        if (!next || next.at > end) break;
        sleeping.delete(next);
        time = Math.max(time, next.at);
        next.wake();
      }
      time = end;
      await settled();
    },
    /** Sets the system's clock. */
    set(moment: string): void {
      time = new Date(moment).getTime();
    },
  };
}
