import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { mediaItem } from '../contract/database.ts';
import { eachDatabase } from '../support/databases.ts';
import { jpeg } from '../support/files.ts';
import { album, childId, idOf, image, images, noon, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const gone = (ids: readonly string[]) =>
  ({ kind: 'status', status: 404, match: { endpoint: 'download', ids } }) as const;
const withheld = (ids: readonly string[]) =>
  ({ kind: 'raw-fields', fields: { media_url: undefined }, match: { ids } }) as const;
const kept = async () => {
  const rows = await world.app.db.query.selectFrom('media_items').select('instagram_media_id as id').execute();
  return rows.map(({ id }) => id).toSorted();
};

eachDatabase(({ create }) => {
  test('only what failed is asked for again, and what then succeeds is forgotten as failed', async () => {
    const posts = [image(9), album(8, 3), ...images(5)];
    const ids = [idOf(9), childId(8, 2)];
    world = await testApp({ database: await create(), posts, faults: [gone(ids)] });
    expect((await world.run()).report).toMatchObject({ downloaded: 7, failed: 2 });
    world.sandbox.setFaults([]);
    world.sandbox.publish(image(10));

    const dry = await world.run({ retryFailed: true, dryRun: true });
    expect(dry.report).toMatchObject({ downloaded: 2, failed: 0 });
    const { report } = await world.run({ retryFailed: true });

    expect(report).toMatchObject({ downloaded: 2, skippedDuplicate: 0, failed: 0, totalApiItems: 3 });
    expect(await kept()).toHaveLength(9);
    expect(await kept()).not.toContain(idOf(10));
    expect((await world.run({ retryFailed: true })).report).toMatchObject({
      downloaded: 0,
      totalApiItems: 0,
      apiCalls: 0,
    });
    expect((await world.run()).report).toMatchObject({ downloaded: 1, skippedDuplicate: 9 });
  });

  test('a video that was kept as its still takes the place of the still', async () => {
    world = await testApp({ database: await create(), posts: [video(2), image(1)], faults: [withheld([idOf(2)])] });
    expect((await world.run()).report).toMatchObject({ downloaded: 2, posters: 1 });
    const before = await world.app.db.query.selectFrom('media_items').selectAll().execute();
    expect((await world.run({ retryFailed: true })).report).toMatchObject({
      downloaded: 0,
      skippedDuplicate: 1,
      failed: 0,
    });

    world.sandbox.setFaults([]);
    expect((await world.run({ retryFailed: true })).report).toMatchObject({ downloaded: 1, failed: 0 });

    const after = await world.app.db.query.selectFrom('media_items').selectAll().execute();
    expect(after.map(({ id }) => id).toSorted()).toEqual(before.map(({ id }) => id).toSorted());
    const film = after.find((row) => row.instagram_media_id === idOf(2));
    const expected = world.sandbox.expectedItems().find(({ id }) => id === idOf(2));
    expect(film).toMatchObject({ mime_type: 'video/mp4', file_hash: expected?.sha256 });
    expect(await world.files()).toEqual([`20260101_120000_${idOf(1)}.jpg`, `20260102_120000_${idOf(2)}.mp4`]);
    expect(await world.files('instagram_backfill/.covers')).toEqual([`${idOf(2)}.jpg`]);
    expect((await world.run({ retryFailed: true })).report).toMatchObject({ totalApiItems: 0 });
  });

  test('a still whose bytes another item lives by stays with that one', async () => {
    // What the sandbox draws as the video's cover.
    const still = { type: 'jpeg', seed: 2, width: 128, height: 128 } as const;
    world = await testApp({
      database: await create(),
      posts: [video(2), image(1, { media: still })],
      faults: [withheld([idOf(2)])],
    });
    expect((await world.run({ concurrency: 1 })).report).toMatchObject({ downloaded: 1, skippedDuplicate: 1 });
    world.sandbox.setFaults([]);
    expect((await world.run({ retryFailed: true })).report).toMatchObject({ downloaded: 1 });

    expect(await kept()).toEqual([idOf(1), idOf(2)]);
    expect(await world.files()).toHaveLength(2);
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2 });
  });

  test('a still that the Python program kept in place of a video is found out by a run, and then replaced', async () => {
    world = await testApp({ database: await create(), posts: [video(2), image(1)] });
    const folder = join(world.config.mediaDir, 'instagram_backfill');
    const file_path = join(folder, `20260102_120000_${idOf(2)}.jpg`);
    await mkdir(folder, { recursive: true });
    await writeFile(file_path, jpeg());
    await world.app.db.query
      .insertInto('media_items')
      .values({
        ...mediaItem({ file_path, mime_type: 'image/jpeg' }),
        source_type: 'instagram_backfill',
        source_identifier: idOf(2),
      })
      .execute();

    expect((await world.run()).report).toMatchObject({ downloaded: 1, skippedDuplicate: 1 });
    expect((await world.run({ retryFailed: true })).report).toMatchObject({ downloaded: 1, failed: 0 });

    expect(await kept()).toEqual([idOf(1), idOf(2)]);
    expect(await world.files()).toEqual([`20260101_120000_${idOf(1)}.jpg`, `20260102_120000_${idOf(2)}.mp4`]);
  });
});

test('a post that was deleted meanwhile is said to be gone', async () => {
  world = await testApp({ posts: [image(2), image(1)], faults: [gone([idOf(1)])] });
  await world.run();
  world.sandbox.remove(idOf(1));
  const { report } = await world.run({ retryFailed: true });
  expect(report).toMatchObject({ failed: 1 });
  expect(report.errorDetails).toEqual([`Instagram no longer lists it (media_id: ${idOf(1)})`]);
});

test('many failures near the top are listed by the page, few of them far down each by itself', async () => {
  const posts = images(230).map((post, n) => ({ ...post, timestamp: noon(-n) }));
  const many = posts.slice(0, 40).map(({ id }) => id);
  world = await testApp({ posts, faults: [gone(many)] });
  await world.run();
  world.sandbox.setFaults([]);
  expect((await world.run({ retryFailed: true })).report).toMatchObject({ downloaded: 40, apiCalls: 1 });

  const last = posts.at(-1)?.id ?? '';
  await world.app.db.query.deleteFrom('media_items').where('instagram_media_id', '=', last).execute();
  await world.app.db.query
    .updateTable('instagram_items')
    .set({ failed_at: new Date() })
    .where('instagram_media_id', '=', last)
    .execute();
  expect((await world.run({ retryFailed: true })).report).toMatchObject({ apiCalls: 1 });
});

test('a success proves nothing of what lies around it: an incremental run walks on all the same', async () => {
  world = await testApp({ posts: images(6), faults: [gone([idOf(4)])] });
  await world.run();
  world.sandbox.setFaults([]);
  await world.run({ retryFailed: true });
  world.sandbox.publish(image(7));
  world.sandbox.publish(image(8));
  expect((await world.run({ incremental: true })).report).toMatchObject({ downloaded: 2, failed: 0 });
  expect(await kept()).toHaveLength(8);
});
