import { expect, test } from 'vitest';
import type { PostFilter } from '../../src/contract/posts.ts';
import type { PostOrder } from '../../src/contract/values.ts';
import { findNeighbours, listMonths, listPosts } from '../../src/gallery/posts.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf } from '../support/posts.ts';
import { addAccount, found, measures, note, post } from './support.ts';

eachDatabase((databases) => {
  /** Sixty posts over five months; some at the same moment, some without one, some without likes. */
  const filled = async () => {
    const db = await databases.openMigrated();
    const [one, two] = [await addAccount(db), await addAccount(db, 'two')];
    const posts = Array.from({ length: 60 }, (_, at) => {
      const day = at + 1;
      const { postedAt, ...undated } = post(day, {
        mediaType: day % 3 === 0 ? 'VIDEO' : 'IMAGE',
        ...(day % 6 === 0 ? { productType: 'REELS' } : {}),
        ...(day % 7 === 0 ? {} : { likeCount: (day * 7) % 10 }),
        caption: `Day ${day} ${day % 2 === 0 ? 'even #pair' : 'odd'}`,
        postedAt: new Date(Date.UTC(2026, Math.floor(at / 12), 1 + Math.floor((at % 12) / 2), 12)),
      });
      return day % 20 === 0 ? undated : { ...undated, ...(postedAt ? { postedAt } : {}) };
    });
    await note(db, one, posts.slice(0, 40));
    await note(db, two, posts.slice(40));
    return { db, one, two };
  };

  const FILTERS: readonly (readonly [string, PostFilter])[] = [
    ['all', {}],
    ['one kind', { kind: ['reel'] }],
    ['two kinds', { kind: ['reel', 'video'] }],
    ['a time', { since: '2026-02-02', until: '2026-04-02' }],
    ['a word', { search: 'even' }],
    ['a hashtag of a kind', { hashtag: 'pair', kind: ['image'] }],
    ['a word in a time', { search: 'od', since: '2026-02-02' }],
    ['what is missing', { state: 'missing', kind: ['video'] }],
  ];

  test.each(FILTERS)('pages are complete and without duplicates, month by month: %s', async (_, filter) => {
    const { db } = await filled();
    const { posts: all, months } = await listMonths(db, filter);
    const listed: string[] = [];
    for (const { month, posts } of months) {
      for (let offset = 0; offset < posts; offset += 4) {
        const options = { filter, order: 'newest', month: month ?? 'none', offset, limit: 4, measures } as const;
        const page = await listPosts(db, options);
        expect(page.total).toBe(posts);
        listed.push(...page.posts.map(({ id }) => id));
      }
    }
    expect(all).toBeGreaterThan(3);
    expect(listed).toHaveLength(all);
    expect(new Set(listed).size).toBe(all);
    const { posts } = await listPosts(db, { filter, order: 'newest', offset: 0, limit: 200, measures });
    expect(posts.map(({ id }) => id)).toEqual(listed);
    const key = (tile: (typeof posts)[number]) => `${tile.postedAt ?? ''} ${tile.id}`;
    expect(posts.map(key)).toEqual(posts.map(key).toSorted().toReversed());
  });

  test.each(FILTERS.flatMap(([name, filter]) => [['newest', name, filter] as const, ['likes', name, filter] as const]))(
    'neighbours walk the order of the list: %s, %s',
    async (order: PostOrder, _, filter) => {
      const { db } = await filled();
      const { posts } = await listPosts(db, { filter, order, offset: 0, limit: 200, measures });
      const ids = posts.map(({ id }) => id);
      const walked = await Promise.all(ids.map((id) => findNeighbours(db, id, { filter, order })));
      expect(walked).toEqual(ids.map((_id, at) => ({ newer: ids[at - 1] ?? null, older: ids[at + 1] ?? null })));
    },
  );

  test('the most liked posts come first, posts with hidden likes last', async () => {
    const { db } = await filled();
    const { posts } = await listPosts(db, { filter: {}, order: 'likes', offset: 0, limit: 200, measures });
    const likes = posts.map((tile) => tile.likes ?? -1);
    expect(likes).toEqual(likes.toSorted((a, b) => b - a));
    expect(likes.filter((count) => count === -1)).toHaveLength(8);
  });

  test('a post has to match all filters', async () => {
    const { db, one, two } = await filled();
    expect(await found(db, { account: two, kind: ['reel'], search: 'ev' })).toEqual([54, 48, 42, 60]);
    expect(await found(db, { account: one, hashtag: 'pair', until: '2026-01-03' })).toEqual([4, 2]);
    expect(await found(db, { account: one, search: 'even odd' })).toEqual([]);
    expect(await found(db, { since: '2026-01-02', until: '2026-01-03' })).toEqual([4, 3]);
  });

  test('a post that does not match the filter has neighbours; an unknown post has none', async () => {
    const { db } = await filled();
    const options = { filter: { search: 'even' }, order: 'newest' } as const;
    expect(await findNeighbours(db, idOf(3), options)).toEqual({ newer: idOf(4), older: idOf(2) });
    expect(await findNeighbours(db, '999', options)).toBeUndefined();
  });

  test('an empty library has no months and no posts', async () => {
    const db = await databases.openMigrated();
    expect(await listMonths(db, {})).toEqual({ posts: 0, months: [] });
    expect(await found(db, {})).toEqual([]);
  });
});
