import { afterEach, expect, test } from 'vitest';
import type { Accounts, Health, LibraryPicture, Months, Neighbours, Post, Posts } from '../../src/web/contract.ts';
import { libraryRoutes } from '../../src/web/routes/library.ts';
import { postRoutes } from '../../src/web/routes/posts.ts';
import { measures } from '../gallery/support.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

const POSTS = [
  image(9, { caption: 'Long words #Sea_Side 🌅', altText: '' }),
  video(8, { caption: 'A reel über den See #sea_side#reels', likeCount: 500 }),
  album(7, 3, { caption: `${'🌊'.repeat(150)} end` }),
  video(6, { productType: 'FEED', caption: 'Only its still', extra: { media_url: undefined } }),
  image(5, { caption: 'Withheld', extra: { media_url: undefined } }),
  album(4, 2, { caption: 'Half\nof  an album' }),
  image(3, { altText: 'A harbour\nin the morning', caption: 'Not shown' }),
];
const STORIES = [image(10, { productType: 'STORY' })];

eachDatabase((databases) => {
  let opened: TestApp | undefined;
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  /** A library that two real runs filled, with some that could not be had. */
  const filled = async () => {
    const running = await testApp({
      database: await databases.create(),
      posts: POSTS,
      stories: STORIES,
      faults: [{ on: 'media', id: childId(4, 2), status: 404 }],
    } as never);
    opened = running;
    await running.run();
    await running.run({ mediaType: 'stories' });
    const posts = postRoutes(running.app, measures);
    const library = libraryRoutes(running.app);
    const ask = async <T>(path: string, expected = 200): Promise<T> => {
      const routes = /^\/(months|posts)/.test(path) ? posts : library;
      const answer = await routes.request(path);
      expect(answer.status, `${path}: ${await answer.clone().text()}`).toBe(expected);
      return (await answer.json()) as T;
    };
    return { running, ask };
  };

  test('a page tells of each post what its tile shows', async () => {
    const { ask } = await filled();
    const { total, posts } = await ask<Posts>('/posts');
    expect(total).toBe(8);
    expect(posts.map(({ id, kind, state, items, kept }) => [Number(id.slice(-5)), kind, state, items, kept])).toEqual([
      [10, 'story', 'whole', 1, 1],
      [9, 'image', 'whole', 1, 1],
      [8, 'reel', 'whole', 1, 1],
      [7, 'album', 'whole', 3, 3],
      [6, 'video', 'poster', 1, 1],
      [5, 'image', 'missing', 1, 0],
      [4, 'album', 'whole', 2, 2],
      [3, 'image', 'whole', 1, 1],
    ]);
  });
});
