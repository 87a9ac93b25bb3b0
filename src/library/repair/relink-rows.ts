import { basename } from 'node:path';
import type { Transaction } from 'kysely';
import { recordPlaces } from '../../catalogue/places.ts';
import type { Database } from '../../db/open.ts';
import type { Schema } from '../../db/schema.ts';
import { addressOf, type FileStore, keyOfAddress } from '../../files/file-store.ts';
import { hashOf } from '../../files/inspect.ts';
import { PAGE, rowPages } from '../pages.ts';
import { BACKFILL_FOLDER } from '../paths.ts';
import { placeOfPath } from '../row-files.ts';
import type { RepairOptions } from './options.ts';

interface FileRow {
  readonly id: string;
  readonly file_path: string;
  readonly file_name: string;
  readonly file_size: number;
  readonly file_hash: string;
}

/** Updates the paths of rows whose file is not there but in the backfill folder, with the same bytes. Returns how many. */
export async function relinkRows({ db, stores, now }: RepairOptions): Promise<number> {
  let relinked = 0;
  for await (const rows of rowPages((after) => backfilledRows(db, after))) {
    const found: { id: string; path: string }[] = [];
    for (const row of rows) {
      const path = await newPathOf(row, stores.media);
      if (path !== undefined) found.push({ id: row.id, path });
    }
    if (found.length === 0) continue;
    await db.query.transaction().execute(async (transaction) => {
      for (const { id, path } of found) {
        if (!(await setPath(transaction, { id, path }, now()))) continue;
        await recordPlaces(transaction, [{ mediaItemId: id, ...placeOfPath(stores, path) }]);
        relinked += 1;
      }
    });
  }
  return relinked;
}

function backfilledRows({ query }: Database, after: string | undefined): Promise<FileRow[]> {
  let select = query
    .selectFrom('media_items')
    .select(['id', 'file_path', 'file_name', 'file_size', 'file_hash'])
    .where('source_type', '=', BACKFILL_FOLDER);
  if (after !== undefined) select = select.where('id', '>', after);
  return select.orderBy('id').limit(PAGE).execute();
}

async function newPathOf(row: FileRow, store: FileStore): Promise<string | undefined> {
  const key = `${BACKFILL_FOLDER}/${basename(row.file_name)}`;
  const path = addressOf(store, key);
  const current = keyOfAddress(store, row.file_path);
  if (path === row.file_path || (current !== undefined && (await store.stat(current)))) return undefined;
  if ((await store.stat(key))?.size !== row.file_size) return undefined;
  return (await hashOf(store, key)) === row.file_hash ? path : undefined;
}

/** False if another row has that path already. */
async function setPath(
  transaction: Transaction<Schema>,
  { id, path }: { id: string; path: string },
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('media_items')
    .set({ file_path: path, updated_at: now })
    .where('id', '=', id)
    .where((where) =>
      where.not(
        where.exists(where.selectFrom('media_items as other').select('other.id').where('other.file_path', '=', path)),
      ),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
