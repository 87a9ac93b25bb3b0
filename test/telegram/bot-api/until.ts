import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every few milliseconds until there is something; fails with what `failed` says. */
export async function until<T>(
  look: () => T | undefined | null | false,
  milliseconds: number,
  failed: () => string,
): Promise<T> {
  for (const deadline = performance.now() + milliseconds; ; await sleep(5)) {
    const found = look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > deadline) throw new Error(failed());
  }
}
