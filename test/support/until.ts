import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until it is so; a minute at most. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
    await sleep(10);
  }
}
