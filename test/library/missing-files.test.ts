import { appendFile, chmod, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesFound } from '../../src/backfill/files-found.ts';
import { fileOverview } from '../../src/catalogue/file-states.ts';
import { accountOf } from '../../src/cli/account-of-posts.ts';
import { verifyLibrary } from '../../src/library/repair/verify.ts';
import { mediaItem } from '../contract/database.ts';
import { type Databases, eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let it: TestApp;
afterEach(() => it.close());

const folder = () => join(it.config.mediaDir, 'instagram_backfill');
const path = (day: number, extension = '.jpg', id = idOf(day)) =>
  join(folder(), `202601${String(day).padStart(2, '0')}_120000_${id}${extension}`);
const rows = () => it.app.db.query.selectFrom('media_items').selectAll().orderBy('instagram_media_id').execute();
const states = () => it.app.db.query.selectFrom('media_file_states').select(['media_item_id', 'state']).execute();
const bytesOf = (id: string) => it.sandbox.expectedItems().find((item) => item.id === id)?.sha256;
const account = (report: { completeness: Parameters<typeof accountOf>[0] | undefined }) =>
  report.completeness && accountOf(report.completeness);

/** Every file of the library has the bytes that its row tells of, and that Instagram gave. */
async function isAsStored(): Promise<boolean> {
  const { db, stores } = it.app;
  let found = 0;
  for await (const event of verifyLibrary({ db, stores, liveOwners: [] }, new AbortController().signal)) {
    if (event.type === 'found') found += 1;
  }
  return found === 0;
}

eachDatabase((databases: Databases) => {
  const open = async (options: Parameters<typeof testApp>[0]) => {
    it = await testApp({ ...options, database: await databases.create() });
    return it.run();
  };

  test('files that are gone, moved away or empty are downloaded again, into the rows that they had', async () => {
    await open({ posts: [album(8, 3), video(7), ...images(4)] });
    const before = await rows();
    await rm(path(1));
    await rename(path(2), join(it.config.home, 'elsewhere.jpg'));
    await writeFile(path(7, '.mp4'), '');
    await rm(path(8, '.jpg', childId(8, 2)));

    const { report } = await it.run();

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
    const again = (await it.run()).report;
    expect(again).toMatchObject({ downloaded: 0, filesChecked: 8, missingOnDisk: 0 });
    expect(filesFound(again)).toEqual(['8 files of the listed posts checked: all on disk.']);
  });

  test('a file of another size is not replaced, and its post is not called complete', async () => {
    await open({ posts: images(3) });
    await appendFile(path(2), 'edited');
    await truncate(path(3), 10);
    const { report } = await it.run();
    expect(report).toMatchObject({ downloaded: 0, skippedDuplicate: 3, changedOnDisk: 2, missingOnDisk: 0 });
    expect(account(report)).toBe('3 posts on Instagram · 1 complete · 2 in part (2 items changed on disk)');
    expect((await readFile(path(2))).subarray(-6).toString()).toBe('edited');
    expect((await states()).map(({ state }) => state)).toEqual(['altered', 'altered']);
    expect(await fileOverview(it.app.db)).toMatchObject({
      checks: [{ kind: 'run', files: 3, missing: 0, altered: 2 }],
    });
  });

  test('other bytes of the same size, which only reading finds, are remembered until they are right again', async () => {
    await open({ posts: images(2) });
    const good = await readFile(path(1));
    const bad = Buffer.from(good);
    bad[bad.length >> 1] = (bad[bad.length >> 1] ?? 0) ^ 1;
    await writeFile(path(1), bad);
    expect(await isAsStored()).toBe(false);
    for (let runs = 0; runs < 2; runs += 1) expect((await it.run()).report).toMatchObject({ changedOnDisk: 1 });
    await writeFile(path(1), good);
    expect((await it.run()).report).toMatchObject({ changedOnDisk: 0, filesChecked: 2 });
    expect(await states()).toEqual([]);
  });

  test('a dry run finds the same, and writes nothing', async () => {
    await open({ posts: [video(3), ...images(2)] });
    await rm(path(1));
    await rm(path(3, '.mp4'));
    const { report } = await it.run({ dryRun: true });
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
    expect([await states(), (await it.files()).length]).toEqual([[], 1]);
    expect((await it.run()).report).toMatchObject({ downloaded: 2, skippedDuplicate: 1, missingOnDisk: 2 });
  });

  test('a limit counts them as it counts new ones', async () => {
    await open({ posts: images(4) });
    for (const day of [1, 2, 3]) await rm(path(day));
    it.sandbox.publish(image(5));
    expect((await it.run({ limit: 2 })).report).toMatchObject({ downloaded: 2, restored: 1 });
    expect((await it.run({ limit: 2 })).report).toMatchObject({ downloaded: 2, restored: 2 });
    expect((await it.run({ limit: 2 })).report).toMatchObject({ downloaded: 0, missingOnDisk: 0 });
  });

  test('a run looks at the posts that it lists, and at no others', async () => {
    await open({ posts: images(12), maxPageSize: 4 });
    await rm(path(1));
    await rm(path(10));
    const newest = (await it.run({ incremental: true })).report;
    expect(newest).toMatchObject({ filesChecked: 4, missingOnDisk: 1, restored: 1, completeness: undefined });
    const old = (await it.run({ until: new Date('2026-01-03T00:00:00Z') })).report;
    expect(old).toMatchObject({ filesChecked: 2, restored: 1, completeness: undefined });
    expect(await isAsStored()).toBe(true);
  });

  test('what Instagram does not give any more fails, and is named until it is there again', async () => {
    await open({ posts: images(4) });
    await rename(path(1), `${path(1)}.away`);
    await rm(path(2));
    await rm(path(3));
    it.sandbox.remove(idOf(3));
    it.sandbox.setFaults([
      { kind: 'status', status: 404, match: { endpoint: 'download', ids: [idOf(1)] } },
      { kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(2)] } },
    ]);
    const { report } = await it.run();
    expect(report).toMatchObject({ failed: 2, missingOnDisk: 2, restored: 0, filesChecked: 3 });
    expect(account(report)).toBe(
      '3 posts on Instagram · 1 complete · 2 missing (2 items missing on disk) · ' +
        '1 more in the library that Instagram does not list any more (files not looked at)',
    );
    expect(filesFound(report)[1]).toBe('2 files were missing on disk: 0 downloaded again, 2 not.');
    const status = JSON.parse((await it.type(['backfill-status', '--json'])).stdout);
    expect(status).toMatchObject({ failed_items: 2, files: { missing: 2 } });

    // The deleted post was not listed: only reading the whole library finds that its file is gone.
    expect(await isAsStored()).toBe(false);
    const retried = (await it.run({ retryFailed: true })).report;
    expect(retried).toMatchObject({ failed: 3, missingOnDisk: 3 });
    await rename(`${path(1)}.away`, path(1));
    it.sandbox.setFaults([]);
    expect((await it.run({ retryFailed: true })).report).toMatchObject({ downloaded: 1, failed: 1, missingOnDisk: 2 });
    expect((await fileOverview(it.app.db)).missing).toBe(1);
  });

  test('bytes that Instagram made anew are kept in the row that was there', async () => {
    await open({ posts: [image(2), image(1)] });
    const [before] = await rows();
    await rm(path(1));
    it.sandbox.remove(idOf(1));
    it.sandbox.publish(image(1, { media: { seed: 'encoded again', width: 32, height: 32 } }));
    expect((await it.run()).report).toMatchObject({ restored: 1, failed: 0 });
    const [after] = await rows();
    expect(after).toMatchObject({ id: before?.id, file_path: before?.file_path, file_hash: bytesOf(idOf(1)) });
    expect(await isAsStored()).toBe(true);
  });

  describe('an item that shares its file with another', () => {
    const media = { seed: 'same', width: 64, height: 64 };
    const own = () => it.app.db.query.selectFrom('media_items').select('file_path').orderBy('file_path').execute();

    test.each([1, 16])('one download brings it back for both, %i at a time', async (concurrency) => {
      await open({ posts: [image(3, { media }), image(2, { media }), image(1)] });
      const before = await own();
      expect(before).toHaveLength(2);
      await rm(before.find((row) => !row.file_path.endsWith(path(1)))?.file_path ?? '');
      it.sandbox.resetRequests();
      expect((await it.run({ dryRun: true })).report).toMatchObject({ downloaded: 1, skippedDuplicate: 2 });
      it.sandbox.resetRequests();
      const { report } = await it.run({ concurrency });
      expect(report).toMatchObject({ downloaded: 1, skippedDuplicate: 2, missingOnDisk: 1, restored: 1 });
      expect(it.sandbox.requests.filter(({ kind }) => kind === 'media')).toHaveLength(1);
      expect(account(report)).toBe('3 posts on Instagram · 3 complete');
      expect(await own()).toEqual(before);
      expect(await isAsStored()).toBe(true);
    });

    test('whose own post is gone still gets its file', async () => {
      await open({ posts: [image(3, { media }), image(2)] });
      it.sandbox.publish(image(4, { media }));
      await it.run();
      await rm(path(3));
      it.sandbox.remove(idOf(3));
      expect((await it.run()).report).toMatchObject({ downloaded: 1, restored: 1 });
      expect(await isAsStored()).toBe(true);
      expect(await own()).toHaveLength(2);
    });

    test('bytes that differ now get a row of their own', async () => {
      await open({ posts: [image(3, { media }), image(2)] });
      it.sandbox.publish(image(4, { media }));
      await it.run();
      await rm(path(3));
      it.sandbox.remove(idOf(3));
      it.sandbox.remove(idOf(4));
      it.sandbox.publish(image(4, { media: { ...media, seed: 'other' } }));
      expect((await it.run()).report).toMatchObject({ downloaded: 1, restored: 1 });
      expect(await it.files()).toEqual([2, 4].map((day) => path(day).split('/').at(-1)));
      const lost = (await rows()).find((row) => row.instagram_media_id === idOf(3));
      expect([lost?.file_path, (await rows()).length]).toEqual([path(3), 3]);
    });

    test('a file of the user’s own is neither written nor taken for complete', async () => {
      await open({ posts: [image(1)] });
      const place = join(it.config.home, 'mine.jpg');
      await rename(path(1), place);
      const values = { file_path: place, source_type: 'local', source_identifier: null, instagram_media_id: null };
      await it.app.db.query.updateTable('media_items').set(values).execute();
      expect((await it.run()).report).toMatchObject({ downloaded: 0, filesChecked: 1, missingOnDisk: 0 });
      await rm(place);
      const { report } = await it.run();
      expect(report).toMatchObject({ downloaded: 1, missingOnDisk: 1, restored: 1 });
      expect(await it.files()).toHaveLength(1);
      await expect(stat(place)).rejects.toThrow('ENOENT');
      const local = (await rows()).find((row) => row.source_type === 'local');
      expect([local?.file_path, (await rows()).length]).toEqual([place, 2]);
    });
  });

  test('a still that is missing comes again, or the video where Instagram gives it now', async () => {
    const withheld = [2, 1].map((day) => ({
      kind: 'raw-fields' as const,
      fields: { media_url: undefined },
      match: { ids: [idOf(day)] },
    }));
    await open({ posts: [video(2), video(1)], faults: withheld });
    const before = await rows();
    await rm(path(1));
    await rm(path(2));
    it.sandbox.setFaults(withheld.slice(0, 1));
    const { report } = await it.run({ retryFailed: true });
    expect(report).toMatchObject({ downloaded: 2, restored: 2, posters: 1, failed: 0 });
    expect(await it.files()).toEqual([path(1, '.mp4'), path(2)].map((file) => file.split('/').at(-1)));
    expect((await rows()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(await isAsStored()).toBe(true);
  });

  test('a missing still that is a picture of its own too is not given up for the video', async () => {
    await open({
      posts: [video(3)],
      faults: [{ kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(3)] } }],
    });
    const { query } = it.app.db;
    // A picture with the bytes of the still.
    it.sandbox.publish(image(4));
    await it.run();
    const [still] = await rows();
    await query
      .updateTable('instagram_items')
      .set({ media_item_id: still?.id ?? '' })
      .where('instagram_media_id', '=', idOf(4))
      .execute();
    await query.deleteFrom('media_items').where('instagram_media_id', '=', idOf(4)).execute();
    await rm(path(4));
    await rm(path(3));
    it.sandbox.setFaults([]);
    await it.run({ concurrency: 1 });
    expect((await it.run()).report).toMatchObject({ filesChecked: 2, missingOnDisk: 0, changedOnDisk: 0 });
    expect(await it.files()).toEqual([path(3, '.mp4'), path(4)].map((file) => file.split('/').at(-1)));
    expect(await isAsStored()).toBe(true);
  });

  test('a live story that is missing comes again', async () => {
    const now = new Date();
    const timestamp = new Date(now.getTime() - 3_600_000).toISOString().slice(0, 19);
    it = await testApp({
      database: await databases.create(),
      posts: images(1),
      stories: [image(3, { timestamp: `${timestamp}+0000` })],
    });
    await it.run({ mediaType: 'stories' });
    const [file = ''] = await it.files();
    await rm(join(folder(), file));
    expect((await it.run({ mediaType: 'stories' })).report).toMatchObject({ downloaded: 1, restored: 1 });
    expect(await it.files()).toEqual([file]);
  });

  test('rows of the Python program get their files again', async () => {
    await open({ posts: images(2) });
    const { query } = it.app.db;
    await query.deleteFrom('instagram_posts').execute();
    await query.updateTable('media_items').set({ instagram_media_id: null }).execute();
    await rm(join(folder(), '.posts'), { recursive: true });
    const before = await rows();
    await rm(path(2));
    expect((await it.run({ dryRun: true })).report).toMatchObject({ downloaded: 1, missingOnDisk: 1 });
    expect((await it.run()).report).toMatchObject({ downloaded: 1, missingOnDisk: 1, restored: 1 });
    expect((await rows()).map(({ id }) => id).toSorted()).toEqual(before.map(({ id }) => id).toSorted());
    expect(await isAsStored()).toBe(true);
  });

  test('a file that cannot be looked at fails, and is not downloaded again', async () => {
    await open({ posts: images(2) });
    // Longer than any file system's names: the system answers with an error, and not that there is no such file.
    const place = join(folder(), `${'x'.repeat(300)}.jpg`);
    await it.app.db.query
      .updateTable('media_items')
      .set({ file_path: place })
      .where('instagram_media_id', '=', idOf(1))
      .execute();
    const { report } = await it.run();
    expect(report).toMatchObject({ downloaded: 0, failed: 1, missingOnDisk: 0, unreadableOnDisk: 1 });
    expect(report.errorDetails[0]).toContain('cannot be read (ENAMETOOLONG)');
    expect(await states()).toEqual([]);
    const { db, stores } = it.app;
    const kinds: string[] = [];
    for await (const event of verifyLibrary({ db, stores, liveOwners: [] }, new AbortController().signal)) {
      if (event.type === 'found') kinds.push(event.finding.kind);
    }
    expect(kinds).toEqual(['unreadable', 'unknown']);
  });

  test('a twin whose file cannot be looked at is no copy', async () => {
    await open({ posts: images(2) });
    const { query } = it.app.db;
    const [row] = await rows();
    await query
      .updateTable('media_items')
      .set({ file_path: join(folder(), `${'x'.repeat(300)}.jpg`), instagram_media_id: null, source_type: 'local' })
      .where('id', '=', row?.id ?? '')
      .execute();
    await query.deleteFrom('instagram_posts').execute();
    await rm(path(1));
    expect((await it.run()).report).toMatchObject({ downloaded: 1, failed: 0 });
    expect(await it.files()).toHaveLength(2);
  });

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)('files in a folder that may not be entered fail, one by one', async () => {
    await open({ posts: images(3) });
    await rename(path(3), `${path(3)}.away`);
    await chmod(folder(), 0o000);
    try {
      for (const dryRun of [true, false]) {
        const { report, stoppedBy } = await it.run({ dryRun });
        expect([stoppedBy, report]).toMatchObject([undefined, { failed: 3, downloaded: 0, unreadableOnDisk: 3 }]);
      }
    } finally {
      await chmod(folder(), 0o755);
    }
  });

  test('a file of the user’s own that is the item’s own row is not replaced, and it is said so', async () => {
    await open({ posts: images(2) });
    await it.app.db.query
      .updateTable('media_items')
      .set({ source_type: 'local', source_identifier: null })
      .where('instagram_media_id', '=', idOf(1))
      .execute();
    await rm(path(1));
    const { report } = await it.run();
    expect(report).toMatchObject({ downloaded: 0, failed: 1, missingOnDisk: 1, restored: 0 });
    expect(report.errorDetails[0]).toContain('is one of your own');
    expect(await it.files()).toHaveLength(1);
  });

  test('a row whose file lies in a cloud is not looked at', async () => {
    await open({ posts: [] });
    await it.app.db.query
      .insertInto('media_items')
      .values({ ...mediaItem(), source_type: 'google_drive', instagram_media_id: idOf(1) })
      .execute();
    it.sandbox.publish(image(1));
    expect((await it.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 1, filesChecked: 0 });
  });
});

describe('a run that died', () => {
  const media = { seed: 'twin', width: 64, height: 64 };
  beforeEach(async () => {
    it = await testApp({ posts: [image(1, { media })] });
    await it.run();
    it.sandbox.publish(image(2, { media }));
  });

  test.each([
    ['cut short', (good: Buffer) => good.subarray(0, 40)],
    ['empty', () => Buffer.alloc(0)],
    ['no picture at all', () => Buffer.from('<html>not found</html>')],
  ])('leaves a file that is %s, and whose bytes are in the library already: it is removed', async (_, bytes) => {
    await writeFile(path(2), bytes(await readFile(path(1))));
    expect((await it.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2, failed: 0 });
    expect(await it.files()).toEqual([path(1).split('/').at(-1)]);
    expect(await isAsStored()).toBe(true);
  });

  test('a picture of its own in that place stays', async () => {
    await it.run();
    await writeFile(path(2, '.png'), await readFile(path(1)));
    await mkdir(join(folder(), 'mine'));
    await it.type(['verify-library', '--repair']);
    expect(await it.files()).toContain(path(2, '.png').split('/').at(-1));
  });

  test('what an earlier version left there is removed by --repair', async () => {
    await it.run();
    await writeFile(path(2), (await readFile(path(1))).subarray(0, 40));
    expect(await isAsStored()).toBe(false);
    const { exitCode, stdout } = await it.type(['verify-library', '--repair']);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('1 incomplete file removed.')]);
    expect(await it.files()).toHaveLength(1);
  });
});
