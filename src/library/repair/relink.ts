import { sep } from 'node:path';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/open.ts';
import type { Schema } from '../../db/schema.ts';
import { PAGE } from '../pages.ts';

/** The kinds of rows whose file_path is a path of the file system. */
const LOCAL = ['local', 'instagram_backfill'];

/**
 * Updates the paths of all rows in the library's recorded folder to the new folder, and records the new folder. Each page
 * is a transaction that also records the progress: after a crash the next call resumes there, and two processes share the
 * work. Returns how many rows were changed.
 */
export async function relink({ query }: Database, to: string, now: () => Date): Promise<number> {
  let changed = 0;
  for (;;) {
    const step = await query.transaction().execute((transaction) => relinkSome(transaction, to, now()));
    changed += step.changed;
    if (step.isDone) return changed;
  }
}

async function relinkSome(transaction: Transaction<Schema>, to: string, now: Date) {
  // Updating the row first makes others wait for this transaction.
  await transaction.updateTable('library_identity').set({ id: 1 }).where('id', '=', 1).execute();
  const row = await transaction.selectFrom('library_identity').selectAll().executeTakeFirst();
  if (!row || (row.media_dir === to && row.moving_to === null)) return { changed: 0, isDone: true };
  // An interrupted move is finished first, even if the library has been moved again since.
  const target = row.moving_to ?? to;
  const rows = await page(transaction, row.media_dir, row.moved_through ?? undefined);
  const changed = await move(transaction, { ids: rows.map(({ id }) => id), from: row.media_dir, to: target, now });
  const isLast = rows.length < PAGE;
  await transaction
    .updateTable('library_identity')
    .set(
      isLast
        ? { media_dir: target, moving_to: null, moved_through: null }
        : { moving_to: target, moved_through: rows.at(-1)?.id ?? null },
    )
    .where('id', '=', 1)
    .execute();
  return { changed, isDone: isLast && target === to };
}

const below = (folder: string): string => (folder.endsWith(sep) ? folder : `${folder}${sep}`);

/** The next rows in the folder, by their ids. */
function page(transaction: Transaction<Schema>, folder: string, after: string | undefined) {
  const start = below(folder);
  let rows = transaction
    .selectFrom('media_items')
    .select('id')
    .where('source_type', 'in', LOCAL)
    .where(sql<string>`substr(file_path, 1, ${sql.lit(lengthOf(start))})`, '=', start);
  if (after !== undefined) rows = rows.where('id', '>', after);
  return rows.orderBy('id').limit(PAGE).execute();
}

/** In characters, as the databases count. */
const lengthOf = (text: string): number => [...text].length;

interface Move {
  readonly ids: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly now: Date;
}

async function move(transaction: Transaction<Schema>, { ids, from, to, now }: Move): Promise<number> {
  if (ids.length === 0) return 0;
  const rest = sql.lit(lengthOf(below(from)) + 1);
  const { numUpdatedRows } = await transaction
    .updateTable('media_items')
    .set({ file_path: sql<string>`cast(${below(to)} as text) || substr(file_path, ${rest})`, updated_at: now })
    .where('id', 'in', ids)
    // If another row has that path already, this one is left alone: verify-library reports it.
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('media_items as other')
            .select('other.id')
            .where(
              'other.file_path',
              '=',
              sql<string>`cast(${below(to)} as text) || substr(media_items.file_path, ${rest})`,
            ),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
