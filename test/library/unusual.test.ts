import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { verifyLibrary } from '../../src/library/repair/verify.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** Files that came complete, but end as no file of their type should: kept once, and judged the same ever after. */

let world: TestApp;
afterEach(() => world.close());

const ODD = [
  image(2, { media: { seed: 2, width: 64, height: 64, cutTail: 2 } }),
  video(1, { media: { seed: 1, width: 64, height: 64, seconds: 1, zeroTail: 4 } }),
];
const path = (name: string) => join(world.config.mediaDir, 'instagram_backfill', name);
const PICTURE = `20260102_120000_${idOf(2)}.jpg`;
const filesAsked = () => world.sandbox.requests.filter(({ kind, cover }) => kind === 'media' && !cover).length;

async function findings(): Promise<string[]> {
  const found: string[] = [];
  const options = { db: world.app.db, stores: world.app.stores, liveOwners: [] };
  for await (const event of verifyLibrary(options, new AbortController().signal)) {
    if (event.type === 'found') found.push(`${event.finding.kind} ${event.finding.reason}`);
  }
  return found;
}

eachDatabase(({ create }) => {
  test('are downloaded twice, kept, reported, verified, and never downloaded again', async () => {
    const lines: string[] = [];
    world = await testApp({ posts: ODD, database: await create(), log: (line) => lines.push(line) });
    const first = await world.type(['backfill-instagram']);
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toContain('2 files saved despite an unusual structure');
    expect(first.stderr.match(/is saved although its structure is unusual/g)).toHaveLength(2);
    expect(filesAsked()).toBe(4);
    expect(await world.app.runs.recent(1)).toMatchObject([{ result: { downloaded: 2, unusual: 2 } }]);
    expect(await findings()).toEqual([]);
    expect((await world.type(['verify-library', '--repair'])).exitCode).toBe(0);

    world.sandbox.resetRequests();
    const dry = JSON.parse((await world.type(['backfill-instagram', '--dry-run', '--json'])).stdout);
    expect(dry.result).toMatchObject({ downloaded: 0 });
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2 });
    expect(world.sandbox.mediaCalls()).toBe(0);
  });

  test('are downloaded again if their row is lost, and get one', async () => {
    world = await testApp({ posts: ODD, database: await create() });
    await world.run();
    const bytes = await readFile(path(PICTURE));
    await world.app.db.query.updateTable('instagram_items').set({ media_item_id: null }).execute();
    await world.app.db.query.deleteFrom('media_items').execute();
    world.sandbox.resetRequests();

    expect((await world.run()).report).toMatchObject({ downloaded: 2, adopted: 0, failed: 0, unusual: 2 });
    expect(filesAsked()).toBe(4);
    expect(await readFile(path(PICTURE))).toEqual(bytes);
    expect(await findings()).toEqual([]);
  });

  test('are replaced if they are incomplete and have no row', async () => {
    world = await testApp({ posts: ODD, database: await create() });
    await world.run();
    const bytes = await readFile(path(PICTURE));
    await world.app.db.query.updateTable('instagram_items').set({ media_item_id: null }).execute();
    await world.app.db.query.deleteFrom('media_items').execute();
    await truncate(path(PICTURE), 200);

    expect((await world.run()).report).toMatchObject({ downloaded: 2, failed: 0 });
    expect(await readFile(path(PICTURE))).toEqual(bytes);
    expect((await world.files()).length).toBe(2);
  });

  test('have their rows rebuilt from the folder alone', async () => {
    world = await testApp({ posts: ODD, database: await create() });
    await world.run();
    const { query } = world.app.db;
    for (const table of ['instagram_items', 'instagram_posts', 'media_items'] as const) {
      await query.deleteFrom(table).execute();
    }
    world.sandbox.resetRequests();
    expect((await world.type(['verify-library', '--repair'])).exitCode).toBe(0);
    expect(await findings()).toEqual([]);
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2 });
    expect(world.sandbox.mediaCalls()).toBe(0);
  });

  test('are found when they change', async () => {
    world = await testApp({ posts: ODD, database: await create() });
    await world.run();
    const bytes = await readFile(path(PICTURE));
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await writeFile(path(PICTURE), bytes);
    expect(await findings()).toEqual(['altered its contents have changed']);
  });
});
