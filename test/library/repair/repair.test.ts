import { appendFile, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { refetch } from '../../../src/app/repair.ts';
import { hashOf } from '../../../src/files/inspect.ts';
import { repairLibrary } from '../../../src/library/repair/repair.ts';
import { verifyLibrary } from '../../../src/library/repair/verify.ts';
import { mediaItem } from '../../contract/database.ts';
import { eachDatabase } from '../../support/databases.ts';
import { album, childId, idOf, image, images, video } from '../../support/posts.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const folder = () => join(world.config.mediaDir, 'instagram_backfill');
const path = (day: number, extension = '.jpg') =>
  join(folder(), `202601${String(day).padStart(2, '0')}_120000_${idOf(day)}${extension}`);
const still = () => world.app.db.query.selectFrom('media_items').selectAll().orderBy('instagram_media_id').execute();
const repairOffline = () => repairLibrary({ db: world.app.db, stores: world.app.stores, now: () => new Date() });

async function findings(): Promise<[string, string | undefined][]> {
  const found: [string, string | undefined][] = [];
  const options = { db: world.app.db, stores: world.app.stores, liveOwners: [] };
  for await (const event of verifyLibrary(options, new AbortController().signal)) {
    if (event.type === 'found') found.push([event.finding.kind, event.finding.instagramMediaId]);
  }
  return found.toSorted();
}

async function repair() {
  const counts = await repairOffline();
  const damaged = (await findings()).flatMap(([kind, id]) => (id && kind !== 'unknown' ? [id] : []));
  const refetched = await refetch(world.app, damaged, {
    signal: new AbortController().signal,
    follow: () => undefined,
  });
  return { counts, ...refetched, left: await findings() };
}

const NOTHING = { relinked: 0, identified: 0, rebuilt: 0, described: 0, cleared: 0 };

eachDatabase(({ create }) => {
  test('missing and altered files are downloaded again, into their existing rows', async () => {
    world = await testApp({ database: await create(), posts: [album(8, 3), video(7), ...images(4)] });
    await world.run();
    const before = await still();
    await rm(path(1));
    await appendFile(path(2), 'more');
    await writeFile(path(7, '.mp4'), '');

    const { repaired, left, counts, stoppedBy } = await repair();

    expect([stoppedBy, left, counts]).toEqual([undefined, [], NOTHING]);
    expect([...repaired].toSorted()).toEqual([idOf(1), idOf(2), idOf(7)]);
    const { updated_at: _, ...same } = before[0] ?? {};
    expect((await still())[0]).toMatchObject(same);
    expect((await still()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect((await world.run()).report).toMatchObject({ downloaded: 0, failed: 0 });
  });

  test('a file that cannot be downloaded is left alone, with the reason', async () => {
    world = await testApp({ database: await create(), posts: images(2) });
    await world.run();
    await appendFile(path(2), 'more');
    world.sandbox.setFaults([{ kind: 'status', status: 404, match: { endpoint: 'download' } }]);

    const { repaired, reasons, left } = await repair();

    expect(repaired.size).toBe(0);
    expect(reasons.get(idOf(2))).toMatch(/not found/);
    expect(left).toEqual([['altered', idOf(2)]]);
    expect((await readFile(path(2))).subarray(-4).toString()).toBe('more');
  });

  test('the library is rebuilt from its folder alone', async () => {
    const media = { seed: 'same', width: 64, height: 64 };
    const posts = [album(8, 3), video(7), image(6, { media }), image(5, { media }), video(4)];
    world = await testApp({
      database: await create(),
      posts,
      faults: [{ kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(4)] } }],
    });
    await world.run({ concurrency: 1 });
    const { query } = world.app.db;
    const told = async () => ({
      items: (await still()).map(({ id: _, created_at, updated_at, times_posted, ...row }) => row),
      posts: await query
        .selectFrom('instagram_posts')
        .select(['instagram_media_id', 'account_id', 'caption', 'posted_at', 'like_count', 'permalink', 'item_count'])
        .orderBy('instagram_media_id')
        .execute(),
      places: await query
        .selectFrom('instagram_items as item')
        .innerJoin('media_items as media', 'media.id', 'item.media_item_id')
        .select(['item.instagram_media_id', 'post_id', 'position', 'is_poster', 'media.file_path'])
        .orderBy('item.instagram_media_id')
        .execute(),
    });
    const before = await told();
    expect(before.places).toHaveLength(7);
    for (const table of ['instagram_items', 'instagram_posts', 'media_items', 'backfill_intervals'] as const) {
      await query.deleteFrom(table).execute();
    }

    expect(await repairOffline()).toEqual({ ...NOTHING, rebuilt: 6 });

    expect(await told()).toEqual(before);
    expect(await findings()).toEqual([]);
    expect(await repairOffline()).toEqual(NOTHING);
    world.sandbox.setFaults([]);
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 7 });
    expect((await world.run({ retryFailed: true })).report).toMatchObject({ downloaded: 1 });
  });

  test('a file that differs from its sidecar gets no row', async () => {
    world = await testApp({ database: await create(), posts: images(3) });
    await world.run();
    await world.app.db.query.deleteFrom('instagram_posts').execute();
    await world.app.db.query.deleteFrom('media_items').execute();
    await appendFile(path(1), 'more');
    const sidecar = join(folder(), '.posts', `${idOf(2)}.json`);
    const outside = (await readFile(sidecar, 'utf8')).replace(
      'instagram_backfill/2026',
      'instagram_backfill/../../2026',
    );
    await writeFile(sidecar, outside);
    await writeFile(join(folder(), '.posts', 'x.json'), 'not JSON');
    expect(await repairOffline()).toEqual({ ...NOTHING, rebuilt: 1 });
    expect((await still()).map((row) => row.instagram_media_id)).toEqual([idOf(3)]);
  });

  test('partial files are removed, and missing sidecars are written again', async () => {
    world = await testApp({ database: await create(), posts: images(3) });
    await world.run();
    await writeFile(join(folder(), 'x.0badcafe.part'), 'half');
    await writeFile(join(folder(), '.posts', 'y.0badcafe.part'), 'half');
    expect(await findings()).toEqual([
      ['partial', undefined],
      ['partial', undefined],
    ]);
    await rm(join(folder(), '.posts', `${idOf(2)}.json`));
    expect(await repairOffline()).toEqual({ ...NOTHING, described: 1, cleared: 2 });
    expect(await readdir(join(folder(), '.posts'))).toHaveLength(3);
    expect(await world.files()).toHaveLength(3);
  });

  test('rows of a library that was moved are updated', async () => {
    world = await testApp({ database: await create(), posts: images(3) });
    await world.run();
    const { query } = world.app.db;
    for (const row of await still()) {
      await query
        .updateTable('media_items')
        .set({ file_path: `/gone/instagram_backfill/${row.file_name}` })
        .where('id', '=', row.id)
        .execute();
    }
    expect(await repairOffline()).toEqual({ ...NOTHING, relinked: 3 });
    expect(await findings()).toEqual([]);
  });

  test('a file of the Python program whose post is unknown is found in the feed, and nothing else is downloaded', async () => {
    world = await testApp({ database: await create(), posts: [album(4, 3), ...images(3)] });
    await world.run({ limit: 3 });
    const { query } = world.app.db;
    await query.deleteFrom('instagram_posts').execute();
    await query.updateTable('media_items').set({ instagram_media_id: null }).execute();
    await rm(join(folder(), '.posts'), { recursive: true });
    const child = childId(4, 1);
    const proven = () => query.selectFrom('backfill_intervals').selectAll().execute();
    const before = await proven();
    await truncate(join(folder(), `20260104_120000_${child}.jpg`), 100);

    const { repaired, left } = await repair();

    expect([[...repaired], left]).toEqual([[child], []]);
    expect((await still()).map((row) => row.instagram_media_id).toSorted()).toEqual(
      [1, 2, 3].map((n) => childId(4, n)),
    );
    expect(await proven()).toEqual(before);
    expect((await world.run()).report).toMatchObject({ downloaded: 3, skippedDuplicate: 3 });
  });

  test('items that no account lists are reported', async () => {
    world = await testApp({ database: await create(), posts: images(2) });
    await world.run();
    await world.app.db.query.deleteFrom('instagram_posts').execute();
    await rm(join(folder(), '.posts'), { recursive: true });
    await rm(path(2));
    world.sandbox.remove(idOf(2));
    const { repaired, left, reasons } = await repair();
    expect([repaired.size, left.length, reasons.get(idOf(2))]).toEqual([
      0,
      1,
      'not listed by any account of this library',
    ]);
  });

  test('rows of the Python program get their ids, and a video replaces its still', async () => {
    world = await testApp({ database: await create(), posts: [video(3), image(2), image(1)] });
    await world.run();
    await world.app.db.query.deleteFrom('instagram_posts').execute();
    await world.app.db.query.deleteFrom('media_items').execute();
    await rm(join(folder(), '.posts'), { recursive: true });
    // A still that the Python program stored under a video's name, type and all; and a picture without its id.
    await rename(join(folder(), '.covers', `${idOf(3)}.jpg`), path(3, '.mp4'));
    for (const [day, extension, mime_type] of [
      [3, '.mp4', 'video/mp4'],
      [2, '.jpg', 'image/jpeg'],
    ] as const) {
      const bytes = await readFile(path(day, extension));
      await world.app.db.query
        .insertInto('media_items')
        .values({
          ...mediaItem({ file_path: path(day, extension), mime_type }),
          file_name: `x${extension}`,
          file_size: bytes.length,
          file_hash: await hashOf(
            world.app.stores.media,
            world.app.stores.media.local?.keyOf(path(day, extension)) ?? '',
          ),
          source_type: 'instagram_backfill',
          source_identifier: idOf(day),
        })
        .execute();
    }
    await world.run();

    const { counts, repaired, left } = await repair();

    expect(counts).toMatchObject({ identified: 2 });
    expect([...repaired]).toEqual([idOf(3)]);
    expect(left).toEqual([]);
    const film = world.sandbox.expectedItems().find(({ id }) => id === idOf(3));
    expect((await still()).find((row) => row.instagram_media_id === idOf(3))).toMatchObject({
      mime_type: 'video/mp4',
      file_hash: film?.sha256,
      file_name: `20260103_120000_${idOf(3)}.mp4`,
    });
  });
});

test('a child of an album is downloaded again alone', async () => {
  world = await testApp({ posts: [album(8, 3)] });
  await world.run();
  await rm(join(folder(), `20260108_120000_${childId(8, 2)}.jpg`));
  world.sandbox.resetRequests();
  expect((await repair()).left).toEqual([]);
  expect(world.sandbox.mediaCalls()).toBe(1);
});

test('a folder in the place of the media is not a library', async () => {
  world = await testApp({ posts: images(1) });
  await mkdir(join(folder(), '.posts', 'a folder.json'), { recursive: true });
  expect(await repairOffline()).toEqual(NOTHING);
});
