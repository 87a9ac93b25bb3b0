import type { Database } from '../../db/open.ts';
import { isMediaId } from '../../media/file-name.ts';
import { PAGE, rowPages } from '../pages.ts';
import { BACKFILL_FOLDER } from '../paths.ts';
import type { RepairOptions } from './options.ts';

/** Restores the Instagram ids of rows of the Python program from their source identifiers. Returns how many. */
export async function restoreIds({ db, now }: RepairOptions): Promise<number> {
  let restored = 0;
  for await (const rows of rowPages((after) => rowsWithoutId(db, after))) {
    // Several rows may have the same source identifier: one of them gets the id.
    const rowOf = new Map(rows.flatMap(({ id, own }) => (own && isMediaId(own) ? [[own, id]] : [])));
    await db.query.transaction().execute(async (transaction) => {
      for (const [instagramMediaId, id] of rowOf) {
        await transaction
          .updateTable('media_items')
          .set({ instagram_media_id: instagramMediaId, updated_at: now() })
          .where('id', '=', id)
          .execute();
      }
    });
    restored += rowOf.size;
  }
  return restored;
}

function rowsWithoutId({ query }: Database, after: string | undefined): Promise<{ id: string; own: string | null }[]> {
  let select = query
    .selectFrom('media_items as row')
    .select(['row.id', 'row.source_identifier as own'])
    .where('row.source_type', '=', BACKFILL_FOLDER)
    .where('row.instagram_media_id', 'is', null)
    .where('row.source_identifier', 'is not', null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('media_items as other')
            .select('other.id')
            .whereRef('other.instagram_media_id', '=', 'row.source_identifier'),
        ),
      ),
    );
  if (after !== undefined) select = select.where('row.id', '>', after);
  return select.orderBy('row.id').limit(PAGE).execute();
}
