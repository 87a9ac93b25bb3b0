import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BACKFILL_FOLDER } from '../../src/library/paths.ts';
import { createMediaFiles } from '../../src/sandbox/media/media-files.ts';
import { coverOf, isVideo, itemsOf, mediaOf } from '../../src/sandbox/post.ts';
import type { SandboxPost } from '../../src/sandbox/server.ts';
import type { TestApp } from './test-app.ts';

/** The contents of a library by Instagram id: the hash of each file, or why an item failed. */
export interface Holding {
  readonly kept: Readonly<Record<string, string>>;
  readonly failed: Readonly<Record<string, string>>;
}

const COVERS_FOLDER = join(BACKFILL_FOLDER, '.covers');
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const files = createMediaFiles();

/**
 * Checks what must be true after every run, however it ended: no partial file, no file without a row and no row without
 * its file, only complete and correct bytes, one row per item, no lock, and no run recorded as running.
 */
export async function checkSound({ app, config }: TestApp, posts: readonly SandboxPost[]): Promise<Holding> {
  const names = namesIn(config.mediaDir);
  assert.deepEqual(
    names.filter((name) => name.endsWith('.part')),
    [],
    'a partial file remains',
  );
  const right = rightHashes(posts);
  const { query } = app.db;

  const rows = await query.selectFrom('media_items').selectAll().execute();
  for (const row of rows) {
    assert.equal(sha256(row.file_path), row.file_hash, `${row.file_path} does not match its row`);
  }
  const folder = join(config.mediaDir, BACKFILL_FOLDER);
  const paths = namesIn(folder, false).map((name) => join(folder, name));
  assert.deepEqual(paths.toSorted(), rows.map((row) => row.file_path).toSorted(), 'files and rows differ');
  for (const name of namesIn(join(config.mediaDir, COVERS_FOLDER), false)) {
    const hash = sha256(join(config.mediaDir, COVERS_FOLDER, name));
    assert.ok(right.get(basename(name, '.jpg'))?.includes(hash), `the cover ${name} has wrong bytes`);
  }

  const items = await query.selectFrom('instagram_items').selectAll().execute();
  assert.equal(new Set(items.map((item) => item.instagram_media_id)).size, items.length, 'an item is recorded twice');
  const hashOf = new Map(rows.map((row) => [row.id, row.file_hash]));
  const kept: Record<string, string> = {};
  const failed: Record<string, string> = {};
  for (const { instagram_media_id: id, media_item_id: row, failure } of items) {
    if (failure !== null) failed[id] = failure;
    if (row === null) continue;
    kept[id] = hashOf.get(row) ?? '';
    assert.ok(right.get(id)?.includes(kept[id] ?? ''), `${id} has wrong bytes`);
  }

  assert.deepEqual(await query.selectFrom('run_locks').selectAll().execute(), [], 'a lock remains');
  for (const run of await app.runs.recent(100)) assert.notEqual(run.status, 'running', 'a run is recorded as running');
  return { kept, failed };
}

/** The valid hashes by item id: for a video those of the video and of its still image. */
const rightHashes = (posts: readonly SandboxPost[]) =>
  new Map(
    posts.flatMap(itemsOf).map((item) => {
      const seen = isVideo(item) ? [mediaOf(item), coverOf(item)] : [mediaOf(item)];
      return [item.id, seen.map((one) => files(one).sha256)] as const;
    }),
  );

function namesIn(folder: string, recursive = true): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive });
    return entries
      .filter((entry) => entry.isFile() && (recursive || !entry.name.startsWith('.')))
      .map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
