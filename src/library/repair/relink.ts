import { sep } from 'node:path';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/open.ts';
import type { Schema } from '../../db/schema.ts';

/** Rows that are looked at in one transaction. */
const BATCH = 500;

/** The kinds of rows whose file_path is a path of the file system. */
const LOCAL = ['local', 'instagram_backfill'];

/**
 * Gives every row whose file lies below the library's recorded folder the same place below the new one, and records the
 * new folder. Each batch is a transaction that also records how far it is: after a crash the next call goes on there, and
 * two processes that do this at once share the work. Says how many rows were changed.
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
  // Changing the row first has others wait for this transaction.
  await transaction.updateTable('library_identity').set({ id: 1 }).where('id', '=', 1).execute();
  const row = await transaction.selectFrom('library_identity').selectAll().executeTakeFirst();
  if (!row || (row.media_dir === to && row.moving_to === null)) return { changed: 0, isDone: true };
  // A move that was cut short is finished first, also where the library was moved again since.
  const target = row.moving_to ?? to;
  const rows = await page(transaction, row.media_dir, row.moved_through ?? undefined);
  const changed = await move(transaction, { ids: rows.map(({ id }) => id), from: row.media_dir, to: target, now });
  const isLast = rows.length < BATCH;
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

/** The next rows below the folder, by their ids. */
function page(transaction: Transaction<Schema>, folder: string, after: string | undefined) {
  const start = below(folder);
  let rows = transaction
    .selectFrom('media_items')
    .select('id')
    .where('source_type', 'in', LOCAL)
    .where(sql<string>`substr(file_path, 1, ${sql.lit(lengthOf(start))})`, '=', start);
  if (after !== undefined) rows = rows.where('id', '>', after);
  return rows.orderBy('id').limit(BATCH).execute();
}

/** As the databases count: whole characters. */
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
    // Where another row has that place already, this one stays as it is: verify-library finds it.
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
