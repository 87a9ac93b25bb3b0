import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/backfill/events.ts';
import { createHistory, type Interval, mergeIntervals } from '../../src/backfill/history.ts';
import { BackfillError, BackfillMediaWithheldError } from '../../src/errors.ts';
import type { Post } from '../../src/media/item.ts';

/** A post of the given day of January 2026; `0` has no moment. */
const post = (day: number, items = 1): Post => ({
  id: String(1000 + day),
  source: 'feed',
  mediaType: 'IMAGE',
  isAlbum: items > 1,
  ...(day > 0 ? { postedAt: at(day) } : {}),
  items: Array.from({ length: items }, (_, index) => ({
    id: `${1000 + day}${index}`,
    postId: String(1000 + day),
    position: index + 1,
    kind: 'image',
    mediaType: 'IMAGE',
  })),
});

const at = (day: number) => new Date(Date.UTC(2026, 0, day));
const day = (moment: Date | undefined) => moment && moment.getUTCDate() + moment.getUTCSeconds() / 100;

const read = (posts: readonly Post[], isLast: boolean): RunEvent => ({
  type: 'read',
  page: { source: 'feed', number: 1, posts, isLast, usage: { calls: 1, percent: undefined, seconds: 0 } },
  wanted: posts,
  asked: posts,
});
const known = (one: Post): RunEvent[] => one.items.map((item) => ({ type: 'skipped', item, reason: 'duplicate' }));
const failed = (one: Post, error = new BackfillError('no')): RunEvent[] =>
  one.items.slice(0, 1).map((item) => ({ type: 'failed', item, error }));

function proofOf(events: readonly RunEvent[], completeUpTo?: Date) {
  const history = createHistory({ completeUpTo, isWalk: true });
  for (const event of events) history.follow(event);
  const { complete, holes } = history.proof();
  return { complete: complete.map(({ newest, oldest }) => [day(newest), day(oldest)]), holes: holes.map(day) };
}

describe('what a run proves', () => {
  test('a walk to the end, with every item kept, reaches down to the first post', () => {
    const posts = [post(9), post(8, 3), post(5)];
    expect(proofOf([read(posts, true), ...posts.flatMap(known)]).complete).toEqual([[9, undefined]]);
  });

  test('a walk that stops early proves what lies above the last listed moment', () => {
    const posts = [post(9), post(8), post(7), post(6), post(5)];
    expect(proofOf([read(posts, false), ...posts.flatMap(known)]).complete).toEqual([[9, 6]]);
  });

  test('an album with one child missing is a gap', () => {
    const posts = [post(9), post(8, 2), post(7), post(6)];
    const events = [read(posts, true), ...posts.flatMap(known).filter((_, index) => index !== 1)];
    expect(proofOf(events).complete).toEqual([
      [9, 9],
      [7, undefined],
    ]);
  });

  test('a failed item is a hole, and one that Instagram withholds is accounted for', () => {
    const posts = [post(9), post(8), post(7), post(6)] as const;
    const withheld = new BackfillMediaWithheldError('none');
    const events = [
      read(posts, true),
      ...known(posts[0]),
      ...failed(posts[1]),
      ...failed(posts[2], withheld),
      ...known(posts[3]),
    ];
    expect(proofOf(events)).toEqual({
      complete: [
        [9, 9],
        [7, undefined],
      ],
      holes: [8],
    });
  });

  test('the first posts alone prove nothing: they could all be pinned', () => {
    const posts = [post(3), post(2), post(1)];
    expect(proofOf([read(posts, false), ...posts.flatMap(known)]).complete).toEqual([]);
  });

  test('a pinned older post does not stretch the proof down to itself', () => {
    const posts = [post(1), post(9), post(8), post(7), post(6)];
    expect(proofOf([read(posts, false), ...posts.flatMap(known)]).complete).toEqual([[9, 7]]);
  });

  test('a missing post without a moment could lie anywhere, so nothing is proven', () => {
    const posts = [post(9), post(0), post(8), post(7), post(6)];
    expect(proofOf([read(posts, true), ...posts.filter((one) => one.postedAt).flatMap(known)]).complete).toEqual([]);
  });

  test('a walk that ends in what is known to be complete joins it', () => {
    const posts = [post(9), post(8), post(7), post(6)];
    expect(proofOf([read(posts, false), ...posts.flatMap(known)], at(6)).complete).toEqual([[9, undefined]]);
  });

  test('posts outside the asked time prove nothing', () => {
    const posts = [post(9), post(8), post(7), post(6)];
    const events = [read(posts, true), ...posts.slice(0, 2).flatMap(known)];
    expect(proofOf(events).complete).toEqual([[9, 8]]);
  });
});

describe('joining intervals', () => {
  const interval = (newest: number, oldest?: number): Interval => ({
    newest: at(newest),
    oldest: oldest === undefined ? undefined : at(oldest),
  });
  const merge = (left: Interval[], right: Interval[], holes: Date[] = []) =>
    mergeIntervals(left, { complete: right, holes }).map(({ newest, oldest }) => [day(newest), day(oldest)]);

  test('what overlaps becomes one', () => {
    expect(merge([interval(5)], [interval(9, 4)])).toEqual([[9, undefined]]);
  });

  test('what has a gap between stays apart', () => {
    expect(merge([interval(5)], [interval(9, 7)])).toEqual([
      [9, 7],
      [5, undefined],
    ]);
  });

  test('what lies inside disappears', () => {
    expect(merge([interval(9, 2)], [interval(8, 5)])).toEqual([[9, 2]]);
  });

  test('the moment of a failed item is not complete', () => {
    const [above, below] = mergeIntervals([interval(9)], { complete: [], holes: [at(5)] });
    expect(above).toEqual({ newest: at(9), oldest: new Date(at(5).getTime() + 1000) });
    expect(below).toEqual({ newest: new Date(at(5).getTime() - 1000), oldest: undefined });
  });
});
