import { describe, expect, test } from 'vitest';
import {
  adaptiveConcurrency,
  type Concurrency,
  fixedConcurrency,
} from '../../../src/instagram/media/adaptive-concurrency.ts';

const BOUNDS = { begin: 16, least: 4, most: 48 };

/** A line: what each answer is waited for, and what comes a second, of one connection and of all together. */
interface Line {
  readonly latency: number;
  readonly each?: number;
  readonly total?: number;
  /** Downloads at once from which on the server answers one after the other. */
  readonly answering?: number;
}

const PICTURE = 200_000;
const VIDEO = 4_000_000;

/** Downloads over a line, as they would be measured; says how many there were at once after each. */
function over(concurrency: Concurrency, line: Line, downloads: number, bytesOf: (n: number) => number): number[] {
  const { latency, each = 50_000_000, total = 1e12, answering = 1e12 } = line;
  return Array.from({ length: downloads }, (_, n) => {
    const bytes = bytesOf(n);
    const speed = Math.min(each, total / concurrency.now());
    const waited = latency * Math.max(1, concurrency.now() / answering);
    concurrency.finished({ waited, took: (1000 * bytes) / speed, bytes });
    return concurrency.now();
  });
}

const pictures = () => PICTURE;
const mixed = (n: number) => (n % 5 === 0 ? VIDEO : PICTURE);

test('who names a number has it, whatever comes', () => {
  const concurrency = fixedConcurrency(3);
  over(concurrency, { latency: 1000 }, 1000, pictures);
  concurrency.refused();
  expect(concurrency.now()).toBe(3);
  expect(concurrency.most).toBe(3);
});

describe('it grows where downloads wait for answers, and only there', () => {
  test.each<[string, Line, (n: number) => number, number]>([
    ['pictures over a long way', { latency: 150 }, pictures, 48],
    ['pictures and videos over a long way', { latency: 150 }, mixed, 48],
    ['a line that gives each connection its share', { latency: 40, each: 500_000 }, pictures, 16],
    ['a line that is full', { latency: 40, total: 10_000_000 }, mixed, 16],
    ['a line that is full with a few more', { latency: 150, total: 22_000_000 }, pictures, 24],
    ['a server that answers no more at once', { latency: 150, answering: 16 }, pictures, 16],
    ['a server that answers a few more at once', { latency: 150, answering: 24 }, pictures, 24],
    ['no latency', { latency: 0 }, mixed, 16],
  ])('%s', (_, line, bytesOf, expected) => {
    const concurrency = adaptiveConcurrency(BOUNDS);
    const course = over(concurrency, line, 3000, bytesOf);
    expect(concurrency.now()).toBe(expected);
    expect(Math.min(...course)).toBe(16);
    expect(Math.max(...course)).toBeLessThanOrEqual(BOUNDS.most);
  });

  test('it shrinks again, and no further than where it began, when bytes are what takes the time', () => {
    const concurrency = adaptiveConcurrency(BOUNDS);
    over(concurrency, { latency: 150 }, 3000, pictures);
    expect(concurrency.now()).toBe(48);
    over(concurrency, { latency: 40, each: 500_000 }, 3000, pictures);
    expect(concurrency.now()).toBe(16);
    over(concurrency, { latency: 150 }, 3000, pictures);
    expect(concurrency.now()).toBe(48);
  });

  test('a few downloads prove nothing', () => {
    const concurrency = adaptiveConcurrency(BOUNDS);
    over(concurrency, { latency: 1000 }, 3 * 16 - 1, pictures);
    expect(concurrency.now()).toBe(16);
  });
});

describe('a refusal', () => {
  test('halves it once, for all that were under way, and never below the least', () => {
    const concurrency = adaptiveConcurrency(BOUNDS);
    for (let n = 0; n < 16; n += 1) concurrency.refused();
    expect(concurrency.now()).toBe(8);
    for (let n = 0; n < 100; n += 1) concurrency.refused();
    expect(concurrency.now()).toBe(4);
  });

  test('is made up for when nothing more is refused, up to where it began', () => {
    const concurrency = adaptiveConcurrency(BOUNDS);
    over(concurrency, { latency: 150 }, 3000, pictures);
    expect(concurrency.now()).toBe(48);
    concurrency.refused();
    over(concurrency, { latency: 150 }, 3000, pictures);
    expect(concurrency.now()).toBe(24);
    for (let n = 0; n < 200; n += 1) concurrency.refused();
    expect(concurrency.now()).toBe(4);
    over(concurrency, { latency: 0 }, 500, pictures);
    expect(concurrency.now()).toBe(16);
    over(concurrency, { latency: 1000 }, 3000, pictures);
    expect(concurrency.now()).toBe(16);
  });
});
