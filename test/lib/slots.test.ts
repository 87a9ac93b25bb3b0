import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createSlots } from '../../src/lib/slots.ts';

const signal = new AbortController().signal;

test('no more work is done at once than there are slots, first come, first served', async () => {
  const slots = createSlots(() => 2);
  const order: number[] = [];
  let working = 0;
  let most = 0;
  const work = (n: number) => async () => {
    order.push(n);
    most = Math.max(most, ++working);
    await tick();
    working -= 1;
    if (n === 2) throw new Error('two');
    return n;
  };
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => slots.use(work(n), signal)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect({ order, most }).toEqual({ order: [1, 2, 3, 4, 5], most: 2 });
});

test('who is called off while waiting begins nothing, and takes no slot', async () => {
  const slots = createSlots(() => 1);
  const abort = new AbortController();
  let free: () => void = () => undefined;
  const first = slots.use(
    () =>
      new Promise<void>((resolve) => {
        free = resolve;
      }),
    signal,
  );
  await tick();
  let begun = false;
  const second = slots.use(async () => {
    begun = true;
  }, abort.signal);
  abort.abort(new Error('enough'));
  free();
  await first;
  await expect(second).rejects.toThrow('enough');
  expect(begun).toBe(false);
  expect(await slots.use(async () => 'free again', signal)).toBe('free again');
});
