import assert from 'node:assert/strict';
import { test } from 'vitest';
import { retry, retryAfter } from '../../src/lib/retry.ts';
import { sleep } from '../../src/lib/sleep.ts';

test.each([2 ** 31, 40_000 * 60_000, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
  'a wait of %s ms does not end at once, and can be interrupted',
  async (milliseconds) => {
    const abort = new AbortController();
    let isOver = false;
    const waiting = sleep(milliseconds, abort.signal).finally(() => {
      isOver = true;
    });
    waiting.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isOver, false);
    abort.abort();
    await assert.rejects(waiting);
  },
);

test.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY])('%s ms is no wait', async (milliseconds) => {
  await sleep(milliseconds, new AbortController().signal);
  await assert.rejects(sleep(milliseconds, AbortSignal.abort()));
});

const now = new Date('2026-11-20T10:00:00Z');
const DAY = 24 * 60 * 60 * 1000;
test.each([
  ['30', 30_000],
  [' 30 ', 30_000],
  ['1.5', 1500],
  ['999999999999', DAY],
  ['9'.repeat(400), DAY],
  ['Fri, 20 Nov 2026 10:01:00 GMT', 60_000],
  ['Fri, 20 Nov 2099 10:01:00 GMT', DAY],
  ['Fri, 20 Nov 1999 10:01:00 GMT', 0],
  ['-5', undefined],
  ['soon', undefined],
  ['NaN', undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('Retry-After: %s is a wait of %s ms', (header, milliseconds) => {
  assert.equal(retryAfter(header, now), milliseconds);
});

test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 1e300])(
  'a server that asks for %s ms gets a sane wait',
  async (after) => {
    const slept: number[] = [];
    let tries = 0;
    await retry(
      async () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
      },
      {
        attempts: 3,
        firstDelay: 500,
        longestDelay: 60_000,
        passes: () => ({ after }),
        sleep: async (milliseconds) => void slept.push(milliseconds),
        signal: new AbortController().signal,
      },
    );
    assert.equal(slept.length, 2);
    for (const milliseconds of slept) assert.ok(milliseconds >= 250 && milliseconds <= 60_000, String(milliseconds));
  },
);
