import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { refetch } from '../../src/app/repair.ts';
import { filesFound } from '../../src/backfill/files-found.ts';
import { verifyLibrary } from '../../src/library/repair/verify.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const folder = () => join(world.config.mediaDir, 'instagram_backfill', '.covers');
const cover = (id: string) => join(folder(), `${id}.jpg`);
const covers = async () => (await readdir(folder())).toSorted();
const recorded = () => world.app.db.query.selectFrom('instagram_covers').selectAll().execute();
const IDS = [idOf(3), idOf(2), childId(4, 3)];
const NAMES = IDS.map((id) => `${id}.jpg`).toSorted();

async function verify() {
  const { db, stores } = world.app;
  const found: [string, string, string | undefined][] = [];
  let whole = 0;
  for await (const event of verifyLibrary({ db, stores, liveOwners: [] }, new AbortController().signal)) {
    if (event.type === 'cover-checked') whole += 1;
    if (event.type === 'found') found.push([event.finding.of, event.finding.kind, event.finding.instagramMediaId]);
  }
  return { whole, found: found.toSorted() };
}

eachDatabase((databases) => {
  const open = async () => {
    world = await testApp({ database: await databases.create(), posts: [album(4, 3), video(3), video(2), image(1)] });
    await world.run();
    expect(await covers()).toEqual(NAMES);
  };

  test('covers are recorded when they are stored, and read again by verification', async () => {
    await open();
    expect((await recorded()).map((row) => row.file_name).toSorted()).toEqual(NAMES);
    expect((await recorded()).every((row) => row.file_size > 0 && row.file_hash?.length === 64)).toBe(true);
    expect(await verify()).toEqual({ whole: 3, found: [] });
  });

  test('missing and damaged covers are found, and downloaded again without their videos', async () => {
    await open();
    const good = await readFile(cover(idOf(2)));
    await rm(cover(idOf(3)));
    await truncate(cover(idOf(2)), 20);
    await appendFile(cover(childId(4, 3)), 'more');
    expect(await verify()).toEqual({
      whole: 0,
      found: [
        ['cover', 'altered', childId(4, 3)],
        ['cover', 'altered', idOf(2)],
        ['cover', 'missing', idOf(3)],
      ].toSorted(),
    });
    world.sandbox.resetRequests();
    const options = { signal: new AbortController().signal, follow: () => undefined, covers: IDS };
    const { repaired, repairedCovers } = await refetch(world.app, [], options);
    expect([repaired.size, [...repairedCovers].toSorted()]).toEqual([0, IDS.toSorted()]);
    expect(world.sandbox.requests.filter(({ kind }) => kind === 'media').every((request) => request.cover)).toBe(true);
    expect(await readFile(cover(idOf(2)))).toEqual(good);
    expect(await verify()).toEqual({ whole: 3, found: [] });
  });

  test('a run downloads missing covers again, and counts them separately', async () => {
    await open();
    await rm(folder(), { recursive: true });
    const dry = (await world.run({ dryRun: true })).report;
    expect(dry).toMatchObject({ downloaded: 0, skippedDuplicate: 6, covers: 3 });
    expect(filesFound(dry)[1]).toBe('3 covers were missing on disk and would be downloaded again.');
    world.sandbox.resetRequests();
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 0, skippedDuplicate: 6, covers: 3, failed: 0, missingOnDisk: 0 });
    expect(world.sandbox.requests.filter(({ kind }) => kind === 'media')).toHaveLength(3);
    expect(filesFound(report)[1]).toBe('3 covers were missing on disk and were downloaded again.');
    expect(await verify()).toEqual({ whole: 3, found: [] });
    world.sandbox.resetRequests();
    expect((await world.run()).report).toMatchObject({ covers: 0 });
    expect(world.sandbox.mediaCalls()).toBe(0);
  });

  test('covers of an earlier version are recorded by a run', async () => {
    await open();
    await world.app.db.query.deleteFrom('instagram_covers').execute();
    expect((await world.run()).report).toMatchObject({ covers: 0 });
    expect((await recorded()).map((row) => [row.file_name, row.file_hash]).toSorted()).toEqual(
      NAMES.map((name) => [name, null]),
    );
    await rm(cover(idOf(3)));
    expect(await verify()).toEqual({ whole: 2, found: [['cover', 'missing', idOf(3)]] });
  });

  test('or by verification, which finds those that are not images', async () => {
    await open();
    await world.app.db.query.deleteFrom('instagram_covers').execute();
    await truncate(cover(idOf(2)), 20);
    // Named after no video of the library: not ours.
    await writeFile(join(folder(), `${idOf(1)}.jpg`), 'mine');
    await writeFile(join(folder(), 'notes.txt'), 'mine');
    expect(await verify()).toEqual({ whole: 2, found: [['cover', 'altered', idOf(2)]] });
    expect((await recorded()).map((row) => row.file_hash?.length)).toEqual([64, 64]);
    expect((await verify()).whole).toBe(2);
  });

  test('a video that never had a cover is complete, and gets one when Instagram gives it', async () => {
    const withheld = { kind: 'raw-fields', fields: { thumbnail_url: undefined }, match: { ids: [idOf(2)] } } as const;
    world = await testApp({ database: await databases.create(), posts: [video(2), image(1)], faults: [withheld] });
    await world.run();
    await mkdir(folder(), { recursive: true });
    expect(await verify()).toEqual({ whole: 0, found: [] });
    expect((await world.run()).report).toMatchObject({ covers: 0 });
    world.sandbox.setFaults([]);
    expect((await world.run()).report).toMatchObject({ covers: 1, downloaded: 0 });
    expect(await verify()).toEqual({ whole: 1, found: [] });
  });
});

test('verify-library names the missing covers, and repairs them', async () => {
  world = await testApp({ posts: [video(3), video(2), image(1)] });
  await world.run();
  await rm(cover(idOf(2)));
  await rm(cover(idOf(3)));
  const found = await world.type(['verify-library']);
  expect(found.exitCode).toBe(3);
  expect(found.stdout).toContain(`missing  ${cover(idOf(2))}: the video's cover is missing`);
  const json = JSON.parse((await world.type(['verify-library', '--json'])).stdout);
  expect(json).toMatchObject({ whole: 3, covers: 0, findings: [{ kind: 'missing', of: 'cover' }, { of: 'cover' }] });
  const repaired = await world.type(['verify-library', '--repair']);
  expect([repaired.exitCode, repaired.stdout]).toEqual([0, expect.stringContaining('Downloaded 2 covers again')]);
  expect((await world.type(['verify-library'])).exitCode).toBe(0);
});
