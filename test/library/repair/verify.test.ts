import { appendFile, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyLibrary } from '../../../src/library/repair/verify.ts';
import { eachDatabase } from '../../support/databases.ts';
import { album, idOf, images, video } from '../../support/posts.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';

eachDatabase((databases) => {
  let world: TestApp;
  beforeEach(async () => {
    world = await testApp({ posts: [album(8, 3), video(7), ...images(4)], database: await databases.create() });
    await world.run();
  });
  afterEach(() => world.close());

  const path = (day: number) =>
    join(world.config.mediaDir, 'instagram_backfill', `2026010${day}_120000_${idOf(day)}.jpg`);
  async function verify(liveOwners: string[] = []) {
    const options = { db: world.app.db, stores: world.app.stores, liveOwners };
    const found: [string, string | undefined][] = [];
    let whole = 0;
    let covers = 0;
    for await (const event of verifyLibrary(options, new AbortController().signal)) {
      if (event.type === 'found') found.push([event.finding.kind, event.finding.instagramMediaId]);
      else if (event.type === 'checked') whole += 1;
      else covers += 1;
    }
    return { whole, covers, found: found.toSorted() };
  }

  test('an unchanged library is complete', async () => {
    expect(await verify()).toEqual({ whole: 8, covers: 2, found: [] });
  });

  test('missing, altered, unknown and partial files are found, each once', async () => {
    await rm(path(1));
    const bytes = await readFile(path(2));
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
    await writeFile(path(2), bytes);
    await utimes(path(2), 0, 0);
    await appendFile(path(3), 'more');
    const folder = join(world.config.mediaDir, 'instagram_backfill');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'holiday.jpg'), 'mine');
    await writeFile(join(folder, 'x.0badcafe.part'), 'half');
    expect(await verify()).toEqual({
      whole: 5,
      covers: 2,
      found: [
        ['altered', idOf(2)],
        ['altered', idOf(3)],
        ['missing', idOf(1)],
        ['partial', undefined],
        ['unknown', undefined],
      ],
    });
  });

  test('files that a run is writing are not reported', async () => {
    const folder = join(world.config.mediaDir, 'instagram_backfill');
    await writeFile(join(folder, 'x.0badcafe.part'), 'half');
    await writeFile(join(folder, 'new.jpg'), 'whole, its row to come');
    expect((await verify(['0badcafe'])).found).toEqual([]);
  });

  test('it changes nothing', async () => {
    await rm(path(1));
    await writeFile(path(2), 'not a picture');
    const before = await world.app.db.query.selectFrom('media_items').selectAll().orderBy('id').execute();
    await verify();
    expect(await world.app.db.query.selectFrom('media_items').selectAll().orderBy('id').execute()).toEqual(before);
    expect(await readFile(path(2), 'utf8')).toBe('not a picture');
  });
});
