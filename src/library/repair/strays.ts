import type { Database } from '../../db/open.ts';
import { addressOf, type FileStore } from '../../files/file-store.ts';
import { inspect } from '../../files/inspect.ts';
import { chunks } from '../../lib/chunks.ts';
import { systemCode } from '../look.ts';

/** Ids in one statement: well below the databases' limits on parameters. */
const BATCH = 500;

/**
 * Removes those of the files that have no row and are not a complete image or video: what a run that died left behind.
 * Returns how many.
 */
export async function removeStrays(
  { db, store }: { db: Database; store: FileStore },
  keys: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const key of await withoutRows(db, store, keys)) {
    if (!(await store.stat(key)) || !(await isIncomplete(store, key))) continue;
    await store.remove(key);
    removed += 1;
  }
  return removed;
}

async function isIncomplete(store: FileStore, key: string): Promise<boolean> {
  try {
    const { type, isComplete } = await inspect(store, key);
    return !type || !isComplete;
  } catch (error) {
    // Nothing is known about a file that cannot be read.
    systemCode(error);
    return false;
  }
}

/** Those of the files that have no row. */
export async function withoutRows({ query }: Database, store: FileStore, keys: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const some of chunks(keys, BATCH)) {
    const addresses = some.map((key) => addressOf(store, key));
    const rows = await query
      .selectFrom('media_items')
      .select('file_path')
      .where('file_path', 'in', addresses)
      .execute();
    const named = new Set(rows.map((row) => row.file_path));
    left.push(...some.filter((_, index) => !named.has(addresses[index] ?? '')));
  }
  return left;
}
