import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import type { DatabaseTarget } from '../../src/db/open.ts';
import { FAILED, LATER_POST, POSTS } from '../fixtures/library-schema-14/posts.ts';
import { type Databases, eachDatabase } from '../support/databases.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** Libraries made by an earlier build, whose own migrations ended at 014: see the fixture's make.ts. */
const MADE = join(import.meta.dirname, '../fixtures/library-schema-14');
const MARK = '.storyline-library.json';

let app: TestApp | undefined;
let home: string;
afterEach(async () => {
  await app?.close();
  rmSync(home, { recursive: true, force: true });
});

const fixture = (name: string) => gunzipSync(readFileSync(join(MADE, name)));

async function restore(target: DatabaseTarget, media: string): Promise<void> {
  cpSync(join(MADE, 'media'), media, { recursive: true });
  if (target.kind === 'sqlite') {
    writeFileSync(target.path, fixture('storyline.db.gz'));
    return;
  }
  const client = new pg.Client({ ...target, ssl: false });
  await client.connect();
  await client.query(fixture('storyline.sql.gz').toString());
  const { rows } = await client.query('select library_id from public.library_identity');
  await client.end();
  // The folder of this fixture was made with SQLite; that of PostgreSQL differed in nothing but its mark.
  const mark = JSON.parse(readFileSync(join(media, MARK), 'utf8'));
  writeFileSync(join(media, MARK), JSON.stringify({ ...mark, id: rows[0].library_id }));
}

eachDatabase((databases: Databases) => {
  const open = async () => {
    home = mkdtempSync(join(tmpdir(), 'storyline-older-'));
    const media = join(home, 'media');
    mkdirSync(media);
    const database = await databases.createEmpty();
    await restore(database, media);
    app = await testApp({ posts: [LATER_POST, ...POSTS], database, environment: { MEDIA_DIR: media } });
    return { app, media };
  };

  test('a library of schema 14 opens in another place, with its runs, its failure and its files', async () => {
    const { app, media } = await open();
    const rows = await app.app.db.query.selectFrom('media_items').select('file_path').execute();
    expect(rows).toHaveLength(6);
    expect(rows.every(({ file_path }) => file_path.startsWith(media))).toBe(true);
    expect((await app.type(['verify-library'])).stdout).toMatch(/6 files and 2 covers complete/);
    const runs = await app.app.runs.recent(10);
    expect(runs.map(({ status, input }) => [status, input.dry_run])).toEqual([
      ['interrupted', false],
      ['completed', false],
      ['completed', true],
    ]);
    const status = JSON.parse((await app.type(['backfill-status', '--json'])).stdout);
    expect(JSON.stringify(status)).toContain(FAILED);
  });

  test('its next run is not kept out by the lock of a run that was killed, and downloads just what is missing', async () => {
    const { app } = await open();
    app.sandbox.resetRequests();
    const { report, stoppedBy } = await app.run();
    expect(stoppedBy).toBeUndefined();
    expect(report).toMatchObject({ downloaded: 2, skippedDuplicate: 6, failed: 0 });
    expect(app.sandbox.mediaCalls()).toBe(2);
    expect((await app.run({ incremental: true })).report).toMatchObject({ downloaded: 0, pages: 1 });
    expect((await app.type(['verify-library'])).stdout).toMatch(/8 files and 2 covers complete/);
  });
});
