import type { Database } from '../../db/open.ts';
import type { MediaStorage } from '../../files/file-store.ts';
import { inspect } from '../../files/inspect.ts';
import { chunks } from '../../lib/chunks.ts';
import { systemCode } from '../look.ts';

/** Ids in one statement: well below the databases' limits on parameters. */
const IDS_AT_ONCE = 500;

/**
 * Removes those of the named files that no row names and that are no complete image or video: what a run that died left
 * behind, and was cut short since. Everything else stays. Says how many.
 */
export async function removeStrays(
  { db, storage }: { db: Database; storage: MediaStorage },
  ids: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const id of await withoutRows(db, storage, ids)) {
    // What was replaced meanwhile is not there any more.
    if (!(await storage.exists(id))) continue;
    if (!(await isIncomplete(storage, id))) continue;
    await storage.remove(id);
    removed += 1;
  }
  return removed;
}

async function isIncomplete(storage: MediaStorage, id: string): Promise<boolean> {
  try {
    const { type, isWhole } = await inspect(storage, id);
    return !type || !isWhole;
  } catch (error) {
    // Of a file that cannot be read nothing is known.
    systemCode(error);
    return false;
  }
}

/** Those of the named files that no row names. */
export async function withoutRows(
  { query }: Database,
  storage: MediaStorage,
  ids: readonly string[],
): Promise<string[]> {
  const left: string[] = [];
  for (const some of chunks(ids, IDS_AT_ONCE)) {
    const rows = await query
      .selectFrom('media_items')
      .select('file_path')
      .where(
        'file_path',
        'in',
        some.map((id) => storage.locate(id)),
      )
      .execute();
    const named = new Set(rows.map((row) => row.file_path));
    left.push(...some.filter((id) => !named.has(storage.locate(id))));
  }
  return left;
}
