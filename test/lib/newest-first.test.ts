import { expect, test } from 'vitest';
import { createNewestFirst } from '../../src/lib/newest-first.ts';

/** Work that ends when it is told to, and notes that it was begun. */
function bench() {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (text: string) => void; reject: (error: Error) => void }>();
  const aborted: string[] = [];
  const work = (key: string) => (signal: AbortSignal) => {
    begun.push(key);
    signal.addEventListener('abort', () => aborted.push(key));
    return new Promise<string>((resolve, reject) => ends.set(key, { resolve, reject }));
  };
  return { begun, aborted, work, end: (key: string) => ends.get(key)?.resolve(key.toUpperCase()), ends };
}
const waiting = () => new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('of what waits, the newest is begun first, and what is asked for again counts as new', async () => {
  const { begun, work, end } = bench();
  const queue = createNewestFirst<string>(1);
  const asked = ['a', 'b', 'c', 'd', 'b'].map((key) => queue.ask(key, work(key), waiting()));
  for (const key of ['a', 'b', 'd', 'c']) {
    end(key);
    await settle();
  }
  expect(begun).toEqual(['a', 'b', 'd', 'c']);
  expect(await Promise.all(asked)).toEqual(['A', 'B', 'C', 'D', 'B']);
});

test('no more is under way than may be, and the same is done once', async () => {
  const { begun, work, end } = bench();
  const queue = createNewestFirst<string>(2);
  const asked = ['a', 'a', 'b', 'c', 'a'].map((key) => queue.ask(key, work(key), waiting()));
  await settle();
  expect(begun).toEqual(['a', 'b']);
  for (const key of ['a', 'b', 'c']) {
    end(key);
    await settle();
  }
  await Promise.all(asked);
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('what nobody waits for any more is not begun, or told to end; what one still waits for goes on', async () => {
  const { begun, aborted, work, end } = bench();
  const queue = createNewestFirst<string>(1);
  const one = new AbortController();
  const other = new AbortController();
  const left = queue.ask('a', work('a'), one.signal);
  const stays = queue.ask('a', work('a'), other.signal);
  const never = queue.ask('b', work('b'), one.signal);
  const refused = [expect(left).rejects.toThrow('gone'), expect(never).rejects.toThrow('gone')];
  one.abort(new Error('gone'));
  await Promise.all(refused);
  expect(aborted).toEqual([]);
  end('a');
  expect(await stays).toBe('A');
  await settle();
  expect(begun).toEqual(['a']);

  const last = queue.ask('c', work('c'), other.signal);
  other.abort(new Error('gone as well'));
  await expect(last).rejects.toThrow('gone as well');
  expect(aborted).toEqual(['c']);
  await expect(queue.ask('d', work('d'), other.signal)).rejects.toThrow('gone as well');
  // Its place is free once it has ended, and it can be asked for anew meanwhile.
  const again = queue.ask('c', work('c'), waiting());
  end('c');
  await settle();
  end('c');
  expect(await again).toBe('C');
});

test('who asked hears what went wrong, and the rest goes on', async () => {
  const { ends, work, end } = bench();
  const queue = createNewestFirst<string>(1);
  const bad = [queue.ask('a', work('a'), waiting()), queue.ask('a', work('a'), waiting())];
  const good = queue.ask('b', work('b'), waiting());
  const refused = bad.map((one) => expect(one).rejects.toThrow('broken'));
  ends.get('a')?.reject(new Error('broken'));
  await Promise.all(refused);
  await settle();
  end('b');
  expect(await good).toBe('B');
});
