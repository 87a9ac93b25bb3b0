import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition is true. @throws after a minute. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
    await sleep(10);
  }
}
