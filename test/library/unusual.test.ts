import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { verifyLibrary } from '../../src/library/repair/verify.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** Files that came complete, but end as no file of their type should: kept once, and judged the same ever after. */

let it: TestApp;
afterEach(() => it.close());

const ODD = [
  image(2, { media: { seed: 2, width: 64, height: 64, cutTail: 2 } }),
  video(1, { media: { seed: 1, width: 64, height: 64, seconds: 1, zeroTail: 4 } }),
];
const path = (name: string) => join(it.config.mediaDir, 'instagram_backfill', name);
const PICTURE = `20260102_120000_${idOf(2)}.jpg`;
const filesAsked = () => it.sandbox.requests.filter(({ kind, cover }) => kind === 'media' && !cover).length;

async function findings(): Promise<string[]> {
  const found: string[] = [];
  const options = { db: it.app.db, stores: it.app.stores, liveOwners: [] };
  for await (const event of verifyLibrary(options, new AbortController().signal)) {
    if (event.type === 'found') found.push(`${event.finding.kind} ${event.finding.reason}`);
  }
  return found;
}

eachDatabase(({ create }) => {
  test('are downloaded twice, kept, noted, found in order, and never downloaded again', async () => {
    const lines: string[] = [];
    it = await testApp({ posts: ODD, database: await create(), log: (line) => lines.push(line) });
    const first = await it.type(['backfill-instagram']);
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toContain('2 files kept although the structure is unusual');
    expect(first.stderr.match(/is saved although its structure is unusual/g)).toHaveLength(2);
    expect(filesAsked()).toBe(4);
    expect(await it.app.runs.recent(1)).toMatchObject([{ result: { downloaded: 2, unusual: 2 } }]);
    expect(await findings()).toEqual([]);
    expect((await it.type(['verify-library', '--repair'])).exitCode).toBe(0);

    it.sandbox.resetRequests();
    const dry = JSON.parse((await it.type(['backfill-instagram', '--dry-run', '--json'])).stdout);
    expect(dry.result).toMatchObject({ downloaded: 0 });
    expect((await it.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2 });
    expect(it.sandbox.mediaCalls()).toBe(0);
  });

  test('are downloaded again where their row is lost, and get one', async () => {
    it = await testApp({ posts: ODD, database: await create() });
    await it.run();
    const bytes = await readFile(path(PICTURE));
    await it.app.db.query.updateTable('instagram_items').set({ media_item_id: null }).execute();
    await it.app.db.query.deleteFrom('media_items').execute();
    it.sandbox.resetRequests();

    expect((await it.run()).report).toMatchObject({ downloaded: 2, adopted: 0, failed: 0, unusual: 2 });
    expect(filesAsked()).toBe(4);
    expect(await readFile(path(PICTURE))).toEqual(bytes);
    expect(await findings()).toEqual([]);
  });

  test('are replaced where they were cut short without a row', async () => {
    it = await testApp({ posts: ODD, database: await create() });
    await it.run();
    const bytes = await readFile(path(PICTURE));
    await it.app.db.query.updateTable('instagram_items').set({ media_item_id: null }).execute();
    await it.app.db.query.deleteFrom('media_items').execute();
    await truncate(path(PICTURE), 200);

    expect((await it.run()).report).toMatchObject({ downloaded: 2, failed: 0 });
    expect(await readFile(path(PICTURE))).toEqual(bytes);
    expect((await it.files()).length).toBe(2);
  });

  test('get their rows back from the folder alone', async () => {
    it = await testApp({ posts: ODD, database: await create() });
    await it.run();
    const { query } = it.app.db;
    for (const table of ['instagram_items', 'instagram_posts', 'media_items'] as const) {
      await query.deleteFrom(table).execute();
    }
    it.sandbox.resetRequests();
    expect((await it.type(['verify-library', '--repair'])).exitCode).toBe(0);
    expect(await findings()).toEqual([]);
    expect((await it.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2 });
    expect(it.sandbox.mediaCalls()).toBe(0);
  });

  test('are found when they change', async () => {
    it = await testApp({ posts: ODD, database: await create() });
    await it.run();
    const bytes = await readFile(path(PICTURE));
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await writeFile(path(PICTURE), bytes);
    expect(await findings()).toEqual(['altered its contents have changed']);
  });
});
