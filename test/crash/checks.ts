import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RUN_KINDS, type RunKinds } from '../../src/app/run-kinds.ts';
import { schemaStatus } from '../../src/db/migrate.ts';
import { type Database, openDatabase } from '../../src/db/open.ts';
import { createRuns } from '../../src/runs/runs.ts';
import { createMediaFiles } from '../../src/sandbox/media/media-files.ts';
import { coverOf, isVideo, itemsOf } from '../../src/sandbox/post.ts';
import type { Cli } from '../support/cli.ts';
import type { Victim } from './harness.ts';
import { POSTS, STORIES } from './posts.ts';

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const runsOf = (db: Database) =>
  createRuns<RunKinds>({ db, kinds: RUN_KINDS, now: () => new Date(), warn: () => undefined });

const files = createMediaFiles();
const items = [...POSTS, ...STORIES].flatMap(itemsOf);
const covers = new Map(items.filter(isVideo).map((item) => [`${item.id}.jpg`, files(coverOf(item)).sha256]));

export function foldersOf({ home }: Cli) {
  const root = join(home, 'media');
  const media = join(root, 'instagram_backfill');
  return { root, media, covers: join(media, '.covers') };
}

/** What must be true at any moment: files in place are complete, each row has its file, and killed runs are not recorded as running. */
export async function checkConsistent(victim: Victim): Promise<void> {
  const { media, covers: coverFolder } = foldersOf(victim.program);
  const expected = expectedHashes(victim);
  for (const name of namesOf(media)) {
    const [, id = ''] = /(\d+)\.\w+$/.exec(name) ?? [];
    assert.equal(sha256(join(media, name)), expected.get(id), `${name} is not complete`);
  }
  for (const name of namesOf(coverFolder)) {
    assert.equal(sha256(join(coverFolder, name)), covers.get(name), `the cover ${name} is not complete`);
  }
  const db = await openDatabase(victim.target);
  try {
    // Killed between two migrations: no run has started, and the next start continues with them.
    if ((await schemaStatus(db)).pending.length > 0) return;
    for (const row of await db.query.selectFrom('media_items').selectAll().execute()) {
      assert.equal(sha256(row.file_path), row.file_hash, `the row of ${row.file_path} does not match its bytes`);
    }
    const runs = await runsOf(db).recent(100);
    assert.deepEqual(
      runs.filter(({ status }) => status === 'running'),
      [],
      'a killed run is recorded as running',
    );
  } finally {
    await db.close();
  }
}

/** What must be true when the last run has completed. */
export async function checkFinished(victim: Victim): Promise<void> {
  await checkConsistent(victim);
  await checkRows(victim);
  checkFiles(victim);
  await checkCommands(victim);
}

async function checkRows({ target, sandbox, program }: Victim): Promise<void> {
  const expected = [...sandbox.expectedItems(), ...sandbox.expectedStories()];
  const db = await openDatabase(target);
  try {
    const rows = await db.query.selectFrom('media_items').selectAll().execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    const known = await db.query.selectFrom('instagram_items').selectAll().execute();
    for (const item of expected) {
      const [one, second] = known.filter(({ instagram_media_id: id }) => id === item.id);
      assert.ok(one && !second, `${item.id} is known once`);
      assert.equal(byId.get(one.media_item_id ?? '')?.file_hash, item.sha256, `${item.id} has its bytes`);
      assert.equal(one.failure, null, `${item.id} is not failed`);
    }
    assert.equal(known.length, expected.length, 'only items of the feed');
    assert.equal(new Set(rows.map((row) => row.instagram_media_id)).size, rows.length, 'one row per item');
    // Twins share a row, except one whose file was already in place when its run was killed.
    const hashes = new Set(expected.map((item) => item.sha256));
    assert.deepEqual(new Set(rows.map((row) => row.file_hash)), hashes, 'every content, and no other');
    const paths = rows.map((row) => row.file_path).toSorted();
    const { media } = foldersOf(program);
    assert.deepEqual(
      namesOf(media)
        .map((name) => join(media, name))
        .toSorted(),
      paths,
      'one file per row, no orphan',
    );

    assert.deepEqual(await db.query.selectFrom('run_locks').selectAll().execute(), [], 'no lock remains');
    const statuses = await db.query.selectFrom('service_runs').select('status').execute();
    assert.ok(
      statuses.every(({ status }) => status !== 'running'),
      'no run is recorded as running',
    );
    const [last, ...earlier] = await runsOf(db).recent(100);
    assert.equal(last?.status, 'completed');
    // A run may be killed after it has closed its row.
    for (const run of earlier) assert.match(run.status, /^(interrupted|completed)$/);
  } finally {
    await db.close();
  }
}

function checkFiles({ program }: Victim): void {
  const { root, media, covers: coverFolder } = foldersOf(program);
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => basename(path));
  assert.deepEqual(
    all.filter((name) => name.endsWith('.part')),
    [],
    'no partial file remains',
  );
  const kept = namesOf(media).filter((name) => name.endsWith('.mp4'));
  const coversOfKept = kept.map((name) => `${/(\d+)\.mp4$/.exec(name)?.[1]}.jpg`).toSorted();
  assert.deepEqual(namesOf(coverFolder).toSorted(), coversOfKept, 'each video has its cover, and each cover its video');
}

async function checkCommands({ program }: Victim): Promise<void> {
  const verified = await program.run(['verify-library', '--json']);
  assert.equal(verified.exitCode, 0, `verify-library: ${verified.stdout}${verified.stderr}`);
  const status = await program.run(['backfill-status', '--json']);
  assert.equal(JSON.parse(status.stdout).last_run.status, 'completed');
  const again = await program.run(['backfill-instagram', '--media-type', 'both', '--json', '--quiet']);
  const { downloaded, failed, adopted } = JSON.parse(again.stdout).result;
  assert.deepEqual({ downloaded, failed, adopted }, { downloaded: 0, failed: 0, adopted: 0 }, 'nothing is left to do');
}

function expectedHashes({ sandbox }: Victim): Map<string, string> {
  return new Map([...sandbox.expectedItems(), ...sandbox.expectedStories()].map(({ id, sha256 }) => [id, sha256]));
}

/** The complete files of a folder. */
function namesOf(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith('.part'))
      .map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
