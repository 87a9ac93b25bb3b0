import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBatcher } from '../../src/lib/batcher.ts';

test('what comes together is done together, and each hears of its own result', async () => {
  const batches: number[][] = [];
  const double = createBatcher(
    async (inputs: readonly number[]) => {
      batches.push([...inputs]);
      return inputs.map((input) => input * 2);
    },
    { gather: 1, most: 3 },
  );
  expect(await Promise.all([1, 2, 3, 4].map(double))).toEqual([2, 4, 6, 8]);
  expect(batches).toEqual([[1, 2, 3], [4]]);
  expect(await double(5)).toBe(10);
});

test('one batch is done after the other', async () => {
  let working = 0;
  let most = 0;
  const work = createBatcher(
    async (inputs: readonly number[]) => {
      most = Math.max(most, ++working);
      await sleep(2);
      working -= 1;
      return inputs;
    },
    { gather: 0, most: 2 },
  );
  await Promise.all(Array.from({ length: 9 }, (_, input) => work(input)));
  expect(most).toBe(1);
});

test('an error is told to all of its batch, and to nobody else', async () => {
  const work = createBatcher(
    async (inputs: readonly number[]) => {
      if (inputs.includes(1)) throw new Error('broken');
      return inputs;
    },
    { gather: 0, most: 2 },
  );
  const results = await Promise.allSettled([1, 2, 3].map(work));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
