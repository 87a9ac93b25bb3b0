import { afterEach, expect, test } from 'vitest';
import type { Accounts, Health, LibraryOverview } from '../../src/contract/library.ts';
import type { Months, Neighbours, Post, Posts } from '../../src/contract/posts.ts';
import { createMeasures } from '../../src/gallery/measure.ts';
import { libraryRoutes } from '../../src/web/api/routes/library.ts';
import { postRoutes } from '../../src/web/api/routes/posts.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

const POSTS = [
  image(9, { caption: 'Long words #Sea_Side 🌅' }),
  video(8, { caption: 'A reel über den See #sea_side#reels', likeCount: 500 }),
  album(7, 3, { caption: `${'🌊'.repeat(150)} end` }),
  video(6, { productType: 'FEED', caption: 'Only its still', withoutMediaUrl: true }),
  image(5, { caption: 'Withheld', withoutMediaUrl: true }),
  album(4, 2, { caption: 'Half\nof  an album' }),
  image(3, { altText: 'A harbour\nin the morning', caption: 'Not shown' }),
];
const STORIES = [image(10, { productType: 'STORY', caption: undefined } as never)];

eachDatabase((databases) => {
  let opened: TestApp | undefined;
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  /** A library that two real runs filled, with some items that failed. */
  const filled = async () => {
    const running = await testApp({
      database: await databases.create(),
      posts: POSTS,
      stories: STORIES,
      now: () => new Date('2026-01-11T00:00:00Z'),
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [childId(4, 2)] } }],
    });
    opened = running;
    const { report } = await running.run();
    await running.run({ mediaType: 'stories' });
    const { db, stores, outside } = running.app;
    const posts = postRoutes(running.app, createMeasures({ db, stores, log: outside.log }));
    const library = libraryRoutes(running.app);
    const ask = async <T>(path: string, expected = 200): Promise<T> => {
      const routes = /^\/(months|posts)/.test(path) ? posts : library;
      const answer = await routes.request(path);
      expect(answer.status, `${path}: ${await answer.clone().text()}`).toBe(expected);
      return (await answer.json()) as T;
    };
    return { running, report, ask };
  };
  const days = ({ posts }: Posts) => posts.map(({ id }) => Number(id.slice(-5)));

  test('a page of posts has what their tiles show', async () => {
    const { ask } = await filled();
    const { total, posts } = await ask<Posts>('/posts');
    expect(total).toBe(8);
    expect(
      posts.map(({ id, kind, state, itemCount, kept }) => [Number(id.slice(-5)), kind, state, itemCount, kept]),
    ).toEqual([
      [10, 'story', 'whole', 1, 1],
      [9, 'image', 'whole', 1, 1],
      [8, 'reel', 'whole', 1, 1],
      [7, 'album', 'whole', 3, 3],
      [6, 'video', 'poster', 1, 1],
      [5, 'image', 'missing', 1, 0],
      [4, 'album', 'partial', 2, 1],
      [3, 'image', 'whole', 1, 1],
    ]);
    expect(posts.map(({ text }) => text)).toEqual([
      '',
      'Long words #Sea_Side 🌅',
      'A reel über den See #sea_side#reels',
      `${'🌊'.repeat(140)}…`,
      'Only its still',
      'Withheld',
      'Half of an album',
      'A harbour in the morning',
    ]);
    expect(posts.map(({ duration }) => duration)).toEqual([null, null, 1, null, null, null, null, null]);
    expect(posts.map(({ cover }) => cover !== null)).toEqual([true, true, true, true, true, false, true, true]);
    expect(posts[1]?.cover?.version).toMatch(/^[\da-f]{8}$/);
    expect(posts[1]?.postedAt).toBe('2026-01-09T12:00:00.000Z');
    expect(posts[2]?.likes).toBe(500);
  });

  test('filters, order, month and paging come from the query, and unknown parameters are ignored', async () => {
    const { running, ask } = await filled();
    const of = async (query: string) => days(await ask<Posts>(`/posts?${query}`));
    expect(await of('kind=reel,album')).toEqual([8, 7, 4]);
    expect(await of('since=2026-01-04&until=2026-01-07')).toEqual([6, 5, 4]);
    expect(await of('search=%23sea_s')).toEqual([9, 8]);
    expect(await of('search=%C3%9Cber+see')).toEqual([8]);
    expect(await of('hashtag=reels')).toEqual([8]);
    expect(await of('state=missing')).toEqual([5, 4]);
    expect(await of('state=poster')).toEqual([6]);
    expect(await of('order=likes&limit=2')).toEqual([8, 10]);
    expect(await of('month=2026-01&offset=6&limit=2')).toEqual([4, 3]);
    expect(await of('month=none')).toEqual([]);
    expect(await of('utm_source=x&limit=1')).toEqual([10]);
    const runs = await running.app.runs.recent(2);
    const [stories, feed] = ['stories', 'feed'].map((type) => runs.find(({ input }) => input.media_type === type));
    expect(await of(`run=${stories?.id}`)).toEqual([10]);
    expect(await of(`run=${feed?.id}`)).toEqual([9, 8, 7, 6, 4, 3]);
    const [account] = await running.app.accounts.list();
    expect(await of(`account=${account?.id}&kind=story`)).toEqual([10]);
    expect(await of('account=00000000-0000-4000-8000-000000000000')).toEqual([]);
    expect(await ask<Months>('/months?kind=album')).toEqual({ posts: 2, months: [{ month: '2026-01', posts: 2 }] });
  });

  test('a post describes each of its items: the file, the run that downloaded it, or why it failed', async () => {
    const { running, ask } = await filled();
    const post = await ask<Post>(`/posts/${idOf(4)}`);
    const [kept, failed] = post.items;
    expect(post).toMatchObject({ caption: 'Half\nof  an album', comments: 1, state: 'partial', productType: 'FEED' });
    expect(post.account?.name).toBe(`@${running.sandbox.account.username}`);
    expect(kept).toMatchObject({
      id: childId(4, 1),
      position: 1,
      kind: 'image',
      failure: null,
      run: { triggeredBy: 'system' },
    });
    expect(kept?.media).toMatchObject({
      width: 64,
      height: 64,
      duration: null,
      isPoster: false,
      mimeType: 'image/jpeg',
    });
    expect(kept?.media?.sha256.slice(0, 8)).toBe(post.cover?.version);
    expect(await running.files()).toContain(kept?.media?.fileName);
    expect(failed).toMatchObject({ id: childId(4, 2), kind: 'video', media: null, run: null, failure: { times: 1 } });
    expect(failed?.failure?.reason).toContain('not found');
    const still = await ask<Post>(`/posts/${idOf(6)}`);
    expect(still.items[0]?.media).toMatchObject({ isPoster: true, mimeType: 'image/jpeg' });
  });

  test('neighbours follow the filter and the order', async () => {
    const { ask } = await filled();
    const of = (day: number, query = '') => ask<Neighbours>(`/posts/${idOf(day)}/neighbours${query}`);
    expect(await of(10)).toEqual({ newer: null, older: idOf(9) });
    expect(await of(3)).toEqual({ newer: idOf(4), older: null });
    expect(await of(7, '?kind=image')).toEqual({ newer: idOf(9), older: idOf(5) });
    expect(await of(8, '?order=likes')).toEqual({ newer: null, older: idOf(10) });
  });

  test('invalid parameters and unknown posts are refused with a reason', async () => {
    const { ask } = await filled();
    const wrong = [
      '/posts/abc',
      '/posts/1/neighbours?order=best',
      '/posts?kind=picture',
      '/posts?since=2026-02-30',
      '/posts?until=0000-01-01',
      '/posts?month=0000-01',
      '/posts?limit=0',
      '/posts?offset=-1',
      '/posts?account=me',
      '/posts?hashtag=%23a',
      '/posts?state=whole',
      '/months?run=1',
      `/months?search=${'x'.repeat(201)}`,
    ];
    for (const path of wrong) {
      const { error } = await ask<{ error: { message: string } }>(path, 400);
      expect(error.message, path).toMatch(
        /^(id|order|kind|since|until|month|limit|offset|account|hashtag|state|run|search)/,
      );
    }
    const { error } = await ask<{ error: { message: string } }>('/posts/123', 404);
    expect(error.message).toBe('Post 123 is not in the library');
    await ask('/posts/123/neighbours', 404);
    expect((await ask<Posts>('/posts?month=0001-12')).total).toBe(0);
  });

  test('the overview counts what the list shows', async () => {
    const { running, report, ask } = await filled();
    const picture = await ask<LibraryOverview>('/library');
    expect(picture).toMatchObject({
      posts: 8,
      files: 9,
      folder: running.config.mediaDir,
      otherMedia: 0,
      states: { whole: 5, partial: 1, poster: 1, missing: 1 },
      months: [{ month: '2026-01', posts: { album: 2, image: 3, reel: 1, story: 1, video: 1 } }],
      hashtags: [
        { hashtag: 'Sea_Side', posts: 2 },
        { hashtag: 'reels', posts: 1 },
      ],
    });
    expect(picture.kinds.map(({ kind, posts, files }) => [kind, posts, files])).toEqual([
      ['album', 2, 4],
      ['image', 3, 2],
      ['reel', 1, 1],
      ['story', 1, 1],
      ['video', 1, 1],
    ]);
    const bytes = (chosen: (kind: string) => boolean) =>
      picture.kinds.filter(({ kind }) => chosen(kind)).reduce((sum, kind) => sum + kind.bytes, 0);
    expect(bytes((kind) => kind !== 'story')).toBe(report.bytes);
    expect(picture.bytes).toBe(bytes(() => true));
    expect(picture.freeBytes).toBeGreaterThan(0);
  });

  test('a file shared by two posts counts once, and media of other programs separately', async () => {
    const { running, ask } = await filled();
    const before = await ask<LibraryOverview>('/library');
    const { query } = running.app.db;
    const { media_item_id } = await query
      .selectFrom('instagram_items')
      .select('media_item_id')
      .where('instagram_media_id', '=', idOf(9))
      .executeTakeFirstOrThrow();
    await query
      .updateTable('instagram_items')
      .set({ media_item_id })
      .where('instagram_media_id', '=', idOf(5))
      .execute();
    const row = { file_size: 5, file_hash: 'h', source_type: 'local' };
    await query
      .insertInto('media_items')
      .values([
        { ...row, file_path: '/other/1.jpg', file_name: '1.jpg', is_active: true },
        { ...row, file_path: '/other/2.jpg', file_name: '2.jpg', is_active: false },
      ])
      .execute();
    const after = await ask<LibraryOverview>('/library');
    expect(after).toMatchObject({
      files: before.files,
      bytes: before.bytes,
      otherMedia: 1,
      states: { whole: 6, missing: 0 },
    });
  });

  test('an account has its number of posts, the state of its token, and its completeness after the last full run', async () => {
    const { running, ask } = await filled();
    const { accounts } = await ask<Accounts>('/accounts');
    expect(accounts).toMatchObject([
      {
        name: `@${running.sandbox.account.username}`,
        isEnabled: true,
        isActive: true,
        posts: 8,
        check: { state: 'ok', remedy: null },
        completeness: {
          listed: 7,
          whole: 4,
          partial: 2,
          missing: 1,
          lacking: { withheld: 1, gone: 1, 'still only': 1 },
        },
      },
    ]);
    const [account] = await running.app.accounts.list();
    if (account) await running.app.accounts.setEnabled(account, false);
    expect((await ask<Accounts>('/accounts')).accounts).toMatchObject([
      { isEnabled: false, isActive: false, check: null, posts: 8 },
    ]);
  });

  test('the health check sends no requests to Instagram', async () => {
    const { running, ask } = await filled();
    const asked = running.sandbox.requests.length;
    const { checks } = await ask<Health>('/health');
    expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'Database ok',
      'Key ok',
      'Media folder ok',
      'Disk ok',
      'Files ok',
    ]);
    expect(running.sandbox.requests.length).toBe(asked);
  });
});
