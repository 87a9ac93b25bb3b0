import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const sidecars = () => world.files('instagram_backfill/.posts');
const pathOf = (id: string) => join(world.config.mediaDir, 'instagram_backfill', '.posts', `${id}.json`);
const sidecar = async (id: string) => JSON.parse(await readFile(pathOf(id), 'utf8'));

eachDatabase(({ create }) => {
  test('each post has a sidecar next to its media, with the size of each file', async () => {
    const posts = [album(8, 3, { caption: '🎡 “fair”', productType: 'FEED' }), video(7), image(6)];
    world = await testApp({ database: await create(), posts });
    await world.run();

    expect(await sidecars()).toEqual([6, 7, 8].map((day) => `${idOf(day)}.json`));
    const described = await sidecar(idOf(8));
    expect(described).toMatchObject({
      format: 'storyline-post/1',
      id: idOf(8),
      instagram_account_id: world.sandbox.account.id,
      source: 'feed',
      media_type: 'CAROUSEL_ALBUM',
      caption: '🎡 “fair”',
      username: world.sandbox.account.username,
      posted_at: '2026-01-08T12:00:00.000Z',
      like_count: 8,
    });
    const expected = world.sandbox.expectedItems().filter(({ postId }) => postId === idOf(8));
    expect(described.items).toMatchObject(
      expected.map(({ id, size, sha256, extension }, index) => ({
        id,
        position: index + 1,
        size,
        sha256,
        file: `instagram_backfill/20260108_120000_${id}${extension}`,
        is_poster: false,
      })),
    );
    const all = (await Promise.all(posts.map(({ id }) => readFile(pathOf(id), 'utf8')))).join('');
    expect(all).not.toMatch(/127\.0\.0\.1|oh=|oe=|access_token/);
  });

  test('a sidecar is rewritten if its post changes, and only then', async () => {
    const posts = [video(3), album(2, 2), image(1)];
    world = await testApp({
      database: await create(),
      posts,
      faults: [{ kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(3), childId(2, 1)] } }],
    });
    await world.run();
    expect((await sidecar(idOf(3))).items[0]).toMatchObject({ is_poster: true, mime_type: 'image/jpeg' });
    expect((await sidecar(idOf(2))).items[0]).toMatchObject({ id: childId(2, 1), file: null, sha256: null });

    await rm(pathOf(idOf(1)));
    world.sandbox.setFaults([
      { kind: 'raw-fields', fields: { caption: 'Another', like_count: 99 }, match: { ids: [idOf(2)] } },
    ]);
    await world.run({ retryFailed: true });

    expect((await sidecar(idOf(3))).items[0]).toMatchObject({ is_poster: false, mime_type: 'video/mp4' });
    expect(await sidecar(idOf(2))).toMatchObject({ caption: 'Another', items: [{ mime_type: 'image/jpeg' }, {}] });
    // Nothing of it has changed, so nobody wrote it again.
    expect(await sidecars()).toEqual([`${idOf(2)}.json`, `${idOf(3)}.json`]);
  });

  test('a sidecar that a run could not write is written by the next', async () => {
    world = await testApp({ database: await create(), posts: images(5) });
    await world.run({ limit: 3 });
    await world.app.db.query.updateTable('instagram_posts').set({ sidecar_revision: 0 }).execute();
    await rm(join(world.config.mediaDir, 'instagram_backfill', '.posts'), { recursive: true });
    await world.run();
    expect(await sidecars()).toHaveLength(5);
  });
});

test('two ids with the same bytes refer to the same file', async () => {
  const media = { seed: 'same', width: 64, height: 64 };
  world = await testApp({ posts: [image(2, { media }), image(1, { media })] });
  await world.run({ concurrency: 1 });
  const [first, second] = await Promise.all([sidecar(idOf(1)), sidecar(idOf(2))]);
  expect(first.items[0].file).toBe(second.items[0].file);
});

test('a post without files has no sidecar, and a dry run writes none', async () => {
  world = await testApp({
    posts: images(2),
    faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [idOf(1)] } }],
  });
  await world.run({ dryRun: true });
  expect(await sidecars()).toEqual([]);
  await world.run();
  expect(await sidecars()).toEqual([`${idOf(2)}.json`]);
});
