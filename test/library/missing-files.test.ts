import { appendFile, chmod, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesFound } from '../../src/backfill/files-found.ts';
import { fileOverview } from '../../src/catalogue/file-states.ts';
import { completenessLine } from '../../src/cli/completeness-line.ts';
import { verifyLibrary } from '../../src/library/repair/verify.ts';
import { mediaItem } from '../contract/database.ts';
import { type Databases, eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const folder = () => join(world.config.mediaDir, 'instagram_backfill');
const path = (day: number, extension = '.jpg', id = idOf(day)) =>
  join(folder(), `202601${String(day).padStart(2, '0')}_120000_${id}${extension}`);
const rows = () => world.app.db.query.selectFrom('media_items').selectAll().orderBy('instagram_media_id').execute();
const states = () => world.app.db.query.selectFrom('media_file_states').select(['media_item_id', 'state']).execute();
const bytesOf = (id: string) => world.sandbox.expectedItems().find((item) => item.id === id)?.sha256;
const account = (report: { completeness: Parameters<typeof completenessLine>[0] | undefined }) =>
  report.completeness && completenessLine(report.completeness);

/** Every file of the library has the bytes that its row tells of, and that Instagram gave. */
async function isAsStored(): Promise<boolean> {
  const { db, stores } = world.app;
  let found = 0;
  for await (const event of verifyLibrary({ db, stores, liveOwners: [] }, new AbortController().signal)) {
    if (event.type === 'found') found += 1;
  }
  return found === 0;
}

eachDatabase((databases: Databases) => {
  const open = async (options: Parameters<typeof testApp>[0]) => {
    world = await testApp({ ...options, database: await databases.create() });
    return world.run();
  };

  test('files that are missing, moved away or empty are downloaded again, into their existing rows', async () => {
    await open({ posts: [album(8, 3), video(7), ...images(4)] });
    const before = await rows();
    await rm(path(1));
    await rename(path(2), join(world.config.home, 'elsewhere.jpg'));
    await writeFile(path(7, '.mp4'), '');
    await rm(path(8, '.jpg', childId(8, 2)));

    const { report } = await world.run();

    expect(report).toMatchObject({ downloaded: 4, skippedDuplicate: 4, failed: 0 });
    expect(report).toMatchObject({ filesChecked: 8, missingOnDisk: 4, restored: 4, changedOnDisk: 0 });
    expect(account(report)).toBe('6 posts on Instagram · 6 complete');
    expect(filesFound(report)).toEqual([
      '8 files of the listed posts checked: 4 on disk.',
      '4 files were missing on disk and were downloaded again.',
    ]);
    expect((await rows()).map(({ updated_at: _, ...row }) => row)).toEqual(
      before.map(({ updated_at: _, ...row }) => row),
    );
    expect(await isAsStored()).toBe(true);
    expect(await states()).toEqual([]);
    const again = (await world.run()).report;
    expect(again).toMatchObject({ downloaded: 0, filesChecked: 8, missingOnDisk: 0 });
    expect(filesFound(again)).toEqual(['8 files of the listed posts checked: all on disk.']);
  });

  test('a file of another size is not replaced, and its post is not complete', async () => {
    await open({ posts: images(3) });
    await appendFile(path(2), 'edited');
    await truncate(path(3), 10);
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 0, skippedDuplicate: 3, changedOnDisk: 2, missingOnDisk: 0 });
    expect(account(report)).toBe('3 posts on Instagram · 1 complete · 2 incomplete (2 items changed on disk)');
    expect((await readFile(path(2))).subarray(-6).toString()).toBe('edited');
    expect((await states()).map(({ state }) => state)).toEqual(['altered', 'altered']);
    expect(await fileOverview(world.app.db)).toMatchObject({
      checks: [{ kind: 'run', files: 3, missing: 0, altered: 2 }],
    });
  });

  test('other bytes of the same size, which only reading finds, are recorded until they are restored', async () => {
    await open({ posts: images(2) });
    const good = await readFile(path(1));
    const bad = Buffer.from(good);
    bad[bad.length >> 1] = (bad[bad.length >> 1] ?? 0) ^ 1;
    await writeFile(path(1), bad);
    expect(await isAsStored()).toBe(false);
    for (let runs = 0; runs < 2; runs += 1) expect((await world.run()).report).toMatchObject({ changedOnDisk: 1 });
    await writeFile(path(1), good);
    expect((await world.run()).report).toMatchObject({ changedOnDisk: 0, filesChecked: 2 });
    expect(await states()).toEqual([]);
  });

  test('a dry run finds the same, and writes nothing', async () => {
    await open({ posts: [video(3), ...images(2)] });
    await rm(path(1));
    await rm(path(3, '.mp4'));
    const { report } = await world.run({ dryRun: true });
    expect(report).toMatchObject({
      downloaded: 2,
      skippedDuplicate: 1,
      missingOnDisk: 2,
      filesChecked: 3,
      restored: 0,
    });
    expect(report.forecast).toMatchObject({ files: 2 });
    expect(account(report)).toBe('3 posts on Instagram · 1 complete · 2 missing (2 items missing on disk)');
    expect(filesFound(report)[1]).toBe('2 files were missing on disk and would be downloaded again.');
    expect([await states(), (await world.files()).length]).toEqual([[], 1]);
    expect((await world.run()).report).toMatchObject({ downloaded: 2, skippedDuplicate: 1, missingOnDisk: 2 });
  });

  test('a limit counts them like new files', async () => {
    await open({ posts: images(4) });
    for (const day of [1, 2, 3]) await rm(path(day));
    world.sandbox.publish(image(5));
    expect((await world.run({ limit: 2 })).report).toMatchObject({ downloaded: 2, restored: 1 });
    expect((await world.run({ limit: 2 })).report).toMatchObject({ downloaded: 2, restored: 2 });
    expect((await world.run({ limit: 2 })).report).toMatchObject({ downloaded: 0, missingOnDisk: 0 });
  });

  test('a run checks the posts that it lists, and no others', async () => {
    await open({ posts: images(12), maxPageSize: 4 });
    await rm(path(1));
    await rm(path(10));
    const newest = (await world.run({ incremental: true })).report;
    expect(newest).toMatchObject({ filesChecked: 4, missingOnDisk: 1, restored: 1, completeness: undefined });
    const old = (await world.run({ until: new Date('2026-01-03T00:00:00Z') })).report;
    expect(old).toMatchObject({ filesChecked: 2, restored: 1, completeness: undefined });
    expect(await isAsStored()).toBe(true);
  });

  test('a file that Instagram no longer provides fails, and is reported until it is restored', async () => {
    await open({ posts: images(4) });
    await rename(path(1), `${path(1)}.away`);
    await rm(path(2));
    await rm(path(3));
    world.sandbox.remove(idOf(3));
    world.sandbox.setFaults([
      { kind: 'status', status: 404, match: { endpoint: 'download', ids: [idOf(1)] } },
      { kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(2)] } },
    ]);
    const { report } = await world.run();
    expect(report).toMatchObject({ failed: 2, missingOnDisk: 2, restored: 0, filesChecked: 3 });
    expect(account(report)).toBe(
      '3 posts on Instagram · 1 complete · 2 missing (2 items missing on disk) · ' +
        '1 more in the library that Instagram no longer lists (files not checked)',
    );
    expect(filesFound(report)[1]).toBe('2 files were missing on disk: 0 downloaded again, 2 not.');
    const status = JSON.parse((await world.type(['backfill-status', '--json'])).stdout);
    expect(status).toMatchObject({ failed_items: 2, files: { missing: 2 } });

    // The deleted post was not listed: only reading the whole library finds that its file is gone.
    expect(await isAsStored()).toBe(false);
    const retried = (await world.run({ retryFailed: true })).report;
    expect(retried).toMatchObject({ failed: 3, missingOnDisk: 3 });
    await rename(`${path(1)}.away`, path(1));
    world.sandbox.setFaults([]);
    expect((await world.run({ retryFailed: true })).report).toMatchObject({
      downloaded: 1,
      failed: 1,
      missingOnDisk: 2,
    });
    expect((await fileOverview(world.app.db)).missing).toBe(1);
  });

  test('bytes that Instagram encoded again are stored in the existing row', async () => {
    await open({ posts: [image(2), image(1)] });
    const [before] = await rows();
    await rm(path(1));
    world.sandbox.remove(idOf(1));
    world.sandbox.publish(image(1, { media: { seed: 'encoded again', width: 32, height: 32 } }));
    expect((await world.run()).report).toMatchObject({ restored: 1, failed: 0 });
    const [after] = await rows();
    expect(after).toMatchObject({ id: before?.id, file_path: before?.file_path, file_hash: bytesOf(idOf(1)) });
    expect(await isAsStored()).toBe(true);
  });

  describe('an item that shares its file with another', () => {
    const media = { seed: 'same', width: 64, height: 64 };
    const own = () => world.app.db.query.selectFrom('media_items').select('file_path').orderBy('file_path').execute();

    test.each([1, 16])('one download restores it for both, with concurrency %i', async (concurrency) => {
      await open({ posts: [image(3, { media }), image(2, { media }), image(1)] });
      const before = await own();
      expect(before).toHaveLength(2);
      await rm(before.find((row) => !row.file_path.endsWith(path(1)))?.file_path ?? '');
      world.sandbox.resetRequests();
      expect((await world.run({ dryRun: true })).report).toMatchObject({ downloaded: 1, skippedDuplicate: 2 });
      world.sandbox.resetRequests();
      const { report } = await world.run({ concurrency });
      expect(report).toMatchObject({ downloaded: 1, skippedDuplicate: 2, missingOnDisk: 1, restored: 1 });
      expect(world.sandbox.requests.filter(({ kind }) => kind === 'media')).toHaveLength(1);
      expect(account(report)).toBe('3 posts on Instagram · 3 complete');
      expect(await own()).toEqual(before);
      expect(await isAsStored()).toBe(true);
    });

    test('whose own post was deleted still gets its file', async () => {
      await open({ posts: [image(3, { media }), image(2)] });
      world.sandbox.publish(image(4, { media }));
      await world.run();
      await rm(path(3));
      world.sandbox.remove(idOf(3));
      expect((await world.run()).report).toMatchObject({ downloaded: 1, restored: 1 });
      expect(await isAsStored()).toBe(true);
      expect(await own()).toHaveLength(2);
    });

    test('different bytes get a row of their own', async () => {
      await open({ posts: [image(3, { media }), image(2)] });
      world.sandbox.publish(image(4, { media }));
      await world.run();
      await rm(path(3));
      world.sandbox.remove(idOf(3));
      world.sandbox.remove(idOf(4));
      world.sandbox.publish(image(4, { media: { ...media, seed: 'other' } }));
      expect((await world.run()).report).toMatchObject({ downloaded: 1, restored: 1 });
      expect(await world.files()).toEqual([2, 4].map((day) => path(day).split('/').at(-1)));
      const lost = (await rows()).find((row) => row.instagram_media_id === idOf(3));
      expect([lost?.file_path, (await rows()).length]).toEqual([path(3), 3]);
    });

    test('a file of the user’s own is neither written nor counted as complete', async () => {
      await open({ posts: [image(1)] });
      const place = join(world.config.home, 'mine.jpg');
      await rename(path(1), place);
      const values = { file_path: place, source_type: 'local', source_identifier: null, instagram_media_id: null };
      await world.app.db.query.updateTable('media_items').set(values).execute();
      expect((await world.run()).report).toMatchObject({ downloaded: 0, filesChecked: 1, missingOnDisk: 0 });
      await rm(place);
      const { report } = await world.run();
      expect(report).toMatchObject({ downloaded: 1, missingOnDisk: 1, restored: 1 });
      expect(await world.files()).toHaveLength(1);
      await expect(stat(place)).rejects.toThrow('ENOENT');
      const local = (await rows()).find((row) => row.source_type === 'local');
      expect([local?.file_path, (await rows()).length]).toEqual([place, 2]);
    });
  });

  test('a missing still is downloaded again, or the video if Instagram provides it now', async () => {
    const withheld = [2, 1].map((day) => ({
      kind: 'raw-fields' as const,
      fields: { media_url: undefined },
      match: { ids: [idOf(day)] },
    }));
    await open({ posts: [video(2), video(1)], faults: withheld });
    const before = await rows();
    await rm(path(1));
    await rm(path(2));
    world.sandbox.setFaults(withheld.slice(0, 1));
    const { report } = await world.run({ retryFailed: true });
    expect(report).toMatchObject({ downloaded: 2, restored: 2, posters: 1, failed: 0 });
    expect(await world.files()).toEqual([path(1, '.mp4'), path(2)].map((file) => file.split('/').at(-1)));
    expect((await rows()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(await isAsStored()).toBe(true);
  });

  test('a missing still that is also a picture of its own is not replaced by the video', async () => {
    await open({
      posts: [video(3)],
      faults: [{ kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(3)] } }],
    });
    const { query } = world.app.db;
    // A picture with the bytes of the still.
    world.sandbox.publish(image(4));
    await world.run();
    const [still] = await rows();
    await query
      .updateTable('instagram_items')
      .set({ media_item_id: still?.id ?? '' })
      .where('instagram_media_id', '=', idOf(4))
      .execute();
    await query.deleteFrom('media_items').where('instagram_media_id', '=', idOf(4)).execute();
    await rm(path(4));
    await rm(path(3));
    world.sandbox.setFaults([]);
    await world.run({ concurrency: 1 });
    expect((await world.run()).report).toMatchObject({ filesChecked: 2, missingOnDisk: 0, changedOnDisk: 0 });
    expect(await world.files()).toEqual([path(3, '.mp4'), path(4)].map((file) => file.split('/').at(-1)));
    expect(await isAsStored()).toBe(true);
  });

  test('a missing live story is downloaded again', async () => {
    const now = new Date();
    const timestamp = new Date(now.getTime() - 3_600_000).toISOString().slice(0, 19);
    world = await testApp({
      database: await databases.create(),
      posts: images(1),
      stories: [image(3, { timestamp: `${timestamp}+0000` })],
    });
    await world.run({ mediaType: 'stories' });
    const [file = ''] = await world.files();
    await rm(join(folder(), file));
    expect((await world.run({ mediaType: 'stories' })).report).toMatchObject({ downloaded: 1, restored: 1 });
    expect(await world.files()).toEqual([file]);
  });

  test('files of the Python program’s rows are downloaded again', async () => {
    await open({ posts: images(2) });
    const { query } = world.app.db;
    await query.deleteFrom('instagram_posts').execute();
    await query.updateTable('media_items').set({ instagram_media_id: null }).execute();
    await rm(join(folder(), '.posts'), { recursive: true });
    const before = await rows();
    await rm(path(2));
    expect((await world.run({ dryRun: true })).report).toMatchObject({ downloaded: 1, missingOnDisk: 1 });
    expect((await world.run()).report).toMatchObject({ downloaded: 1, missingOnDisk: 1, restored: 1 });
    expect((await rows()).map(({ id }) => id).toSorted()).toEqual(before.map(({ id }) => id).toSorted());
    expect(await isAsStored()).toBe(true);
  });

  test('a file that cannot be read fails, and is not downloaded again', async () => {
    await open({ posts: images(2) });
    // Longer than any file system's names: the system answers with an error, and not that there is no such file.
    const place = join(folder(), `${'x'.repeat(300)}.jpg`);
    await world.app.db.query
      .updateTable('media_items')
      .set({ file_path: place })
      .where('instagram_media_id', '=', idOf(1))
      .execute();
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 0, failed: 1, missingOnDisk: 0, unreadableOnDisk: 1 });
    expect(report.errorDetails[0]).toContain('cannot be read (ENAMETOOLONG)');
    expect(await states()).toEqual([]);
    const { db, stores } = world.app;
    const kinds: string[] = [];
    for await (const event of verifyLibrary({ db, stores, liveOwners: [] }, new AbortController().signal)) {
      if (event.type === 'found') kinds.push(event.finding.kind);
    }
    expect(kinds).toEqual(['unreadable', 'unknown']);
  });

  test('a twin whose file cannot be read is not a copy', async () => {
    await open({ posts: images(2) });
    const { query } = world.app.db;
    const [row] = await rows();
    await query
      .updateTable('media_items')
      .set({ file_path: join(folder(), `${'x'.repeat(300)}.jpg`), instagram_media_id: null, source_type: 'local' })
      .where('id', '=', row?.id ?? '')
      .execute();
    await query.deleteFrom('instagram_posts').execute();
    await rm(path(1));
    expect((await world.run()).report).toMatchObject({ downloaded: 1, failed: 0 });
    expect(await world.files()).toHaveLength(2);
  });

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)('files in a folder without permission fail, one by one', async () => {
    await open({ posts: images(3) });
    await rename(path(3), `${path(3)}.away`);
    await chmod(folder(), 0o000);
    try {
      for (const dryRun of [true, false]) {
        const { report, stoppedBy } = await world.run({ dryRun });
        expect([stoppedBy, report]).toMatchObject([undefined, { failed: 3, downloaded: 0, unreadableOnDisk: 3 }]);
      }
    } finally {
      await chmod(folder(), 0o755);
    }
  });

  test('a file of the user’s own in the item’s own row is not replaced, and is reported', async () => {
    await open({ posts: images(2) });
    await world.app.db.query
      .updateTable('media_items')
      .set({ source_type: 'local', source_identifier: null })
      .where('instagram_media_id', '=', idOf(1))
      .execute();
    await rm(path(1));
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 0, failed: 1, missingOnDisk: 1, restored: 0 });
    expect(report.errorDetails[0]).toContain('is one of your own');
    expect(await world.files()).toHaveLength(1);
  });

  test('a row whose file is in a cloud is not checked', async () => {
    await open({ posts: [] });
    await world.app.db.query
      .insertInto('media_items')
      .values({ ...mediaItem(), source_type: 'google_drive', instagram_media_id: idOf(1) })
      .execute();
    world.sandbox.publish(image(1));
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 1, filesChecked: 0 });
  });
});

describe('a run that died', () => {
  const media = { seed: 'twin', width: 64, height: 64 };
  beforeEach(async () => {
    world = await testApp({ posts: [image(1, { media })] });
    await world.run();
    world.sandbox.publish(image(2, { media }));
  });

  test.each([
    ['cut short', (good: Buffer) => good.subarray(0, 40)],
    ['empty', () => Buffer.alloc(0)],
    ['no picture at all', () => Buffer.from('<html>not found</html>')],
  ])('leaves a file that is %s, and whose bytes are in the library already: it is removed', async (_, bytes) => {
    await writeFile(path(2), bytes(await readFile(path(1))));
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2, failed: 0 });
    expect(await world.files()).toEqual([path(1).split('/').at(-1)]);
    expect(await isAsStored()).toBe(true);
  });

  test('a complete picture there stays', async () => {
    await world.run();
    await writeFile(path(2, '.png'), await readFile(path(1)));
    await mkdir(join(folder(), 'mine'));
    await world.type(['verify-library', '--repair']);
    expect(await world.files()).toContain(path(2, '.png').split('/').at(-1));
  });

  test('incomplete files of an earlier version are removed by --repair', async () => {
    await world.run();
    await writeFile(path(2), (await readFile(path(1))).subarray(0, 40));
    expect(await isAsStored()).toBe(false);
    const { exitCode, stdout } = await world.type(['verify-library', '--repair']);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Removed 1 incomplete file.')]);
    expect(await world.files()).toHaveLength(1);
  });
});
