import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BACKFILL_FOLDER } from '../../src/library/paths.ts';
import { createMediaFiles } from '../../src/sandbox/media-file.ts';
import { coverOf, isVideo, itemsOf, mediaOf } from '../../src/sandbox/post.ts';
import type { SandboxPost } from '../../src/sandbox/server.ts';
import type { TestApp } from './test-app.ts';

/** What a library holds, by Instagram's ids: the hash of what was kept, or why there is nothing. */
export interface Holding {
  readonly kept: Readonly<Record<string, string>>;
  readonly failed: Readonly<Record<string, string>>;
}

const COVERS_FOLDER = join(BACKFILL_FOLDER, '.covers');
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const files = createMediaFiles();

/**
 * Checks what must hold after every run, however it ended: no partial file, no file without a row and no row without
 * its file, only whole and right bytes, one row an item, no lock, and no run shown as under way.
 */
export async function checkSound({ app, config }: TestApp, posts: readonly SandboxPost[]): Promise<Holding> {
  const names = namesIn(config.mediaDir);
  assert.deepEqual(
    names.filter((name) => name.endsWith('.part')),
    [],
    'a partial file is left',
  );
  const right = rightHashes(posts);
  const { query } = app.db;

  const rows = await query.selectFrom('media_items').selectAll().execute();
  for (const row of rows) {
    assert.equal(sha256(row.file_path), row.file_hash, `${row.file_path} is not what its row says`);
  }
  const folder = join(config.mediaDir, BACKFILL_FOLDER);
  const paths = namesIn(folder, false).map((name) => join(folder, name));
  assert.deepEqual(paths.toSorted(), rows.map((row) => row.file_path).toSorted(), 'files and rows are not the same');
  for (const name of namesIn(join(config.mediaDir, COVERS_FOLDER), false)) {
    const hash = sha256(join(config.mediaDir, COVERS_FOLDER, name));
    assert.ok(right.get(basename(name, '.jpg'))?.includes(hash), `the cover ${name} is not right`);
  }

  const items = await query.selectFrom('instagram_items').selectAll().execute();
  assert.equal(new Set(items.map((item) => item.instagram_media_id)).size, items.length, 'an item is known twice');
  const hashOf = new Map(rows.map((row) => [row.id, row.file_hash]));
  const kept: Record<string, string> = {};
  const failed: Record<string, string> = {};
  for (const { instagram_media_id: id, media_item_id: row, failure } of items) {
    if (failure !== null) failed[id] = failure;
    if (row === null) continue;
    kept[id] = hashOf.get(row) ?? '';
    assert.ok(right.get(id)?.includes(kept[id] ?? ''), `${id} has wrong bytes`);
  }

  assert.deepEqual(await query.selectFrom('run_locks').selectAll().execute(), [], 'a lock is left');
  for (const run of await app.runs.recent(100)) assert.notEqual(run.status, 'running', 'a run is shown as under way');
  return { kept, failed };
}

/** By an item's id: the hashes that may stand for it, which for a video are its film's and its still's. */
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
