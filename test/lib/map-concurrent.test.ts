import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mapConcurrent } from '../../src/lib/map-concurrent.ts';

function setUp(room: () => number) {
  const abort = new AbortController();
  return { abort, signal: abort.signal, room };
}

async function* count(to: number, pulled: number[] = []): AsyncGenerator<number> {
  for (let n = 1; n <= to; n += 1) {
    pulled.push(n);
    yield n;
  }
}

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}

test('all work is done, and never more at once than there is room', async () => {
  let working = 0;
  let most = 0;
  const work = async (n: number) => {
    most = Math.max(most, ++working);
    await tick();
    working -= 1;
    return n * 2;
  };
  const results = await collect(
    mapConcurrent(
      count(50),
      work,
      setUp(() => 4),
    ),
  );
  expect(results.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => (n + 1) * 2));
  expect(most).toBe(4);
});

test('no more is pulled than there is room for', async () => {
  const pulled: number[] = [];
  let kept = 0;
  const results = mapConcurrent(
    count(100, pulled),
    async (n) => n,
    setUp(() => Math.min(4, 5 - kept)),
  );
  for await (const _ of results) kept += 1;
  expect(kept).toBe(5);
  expect(pulled).toEqual([1, 2, 3, 4, 5]);
});

test('when the source breaks, the work under way is finished first', async () => {
  async function* breaking() {
    yield 1;
    yield 2;
    throw new Error('source');
  }
  const results: number[] = [];
  const work = async (n: number) => {
    await tick();
    await tick();
    return n;
  };
  const run = async () => {
    for await (const n of mapConcurrent(
      breaking(),
      work,
      setUp(() => 8),
    ))
      results.push(n);
  };
  await expect(run()).rejects.toThrow('source');
  expect(results.toSorted()).toEqual([1, 2]);
});

test('when work breaks, the rest is aborted and awaited, and the source is closed', async () => {
  let closed = false;
  let ended = 0;
  async function* source() {
    try {
      yield* [1, 2, 3];
      await new Promise(() => undefined);
    } finally {
      closed = true;
    }
  }
  const options = setUp(() => 2);
  const work = async (n: number) => {
    if (n === 2) throw new Error('work');
    await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
    ended += 1;
    return n;
  };
  await expect(collect(mapConcurrent(source(), work, options))).rejects.toThrow('work');
  expect({ closed, ended }).toEqual({ closed: true, ended: 1 });
});

test('what ends well after other work broke is yielded before the error', async () => {
  const options = setUp(() => 3);
  const work = async (n: number) => {
    if (n === 2) throw new Error('work');
    await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
    await tick();
    if (n === 3) throw new Error('aborted');
    return n;
  };
  const results: number[] = [];
  const run = async () => {
    for await (const n of mapConcurrent(count(9), work, options)) results.push(n);
  };
  await expect(run()).rejects.toThrow('work');
  expect(results).toEqual([1]);
});

test('when the caller leaves, nothing outlives it', async () => {
  let ended = 0;
  const options = setUp(() => 3);
  const work = async (n: number) => {
    if (n > 1) await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
    else for (let turn = 0; turn < 5; turn += 1) await tick();
    ended += 1;
    return n;
  };
  for await (const _ of mapConcurrent(count(3), work, options)) break;
  expect(ended).toBe(3);
});
