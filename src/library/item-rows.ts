import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Transaction } from 'kysely';
import type { KeptFile } from '../backfill/ports.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { type Item, isPosterOnly, type MediaId } from '../media/item.ts';
import { BACKFILL_FOLDER } from './places.ts';

interface RowsOptions {
  db: Database;
  runId: string;
  /** Items whose rows are to have another file. */
  damaged: ReadonlySet<MediaId> | undefined;
  now: () => Date;
}

/** What is forgotten of earlier failures once an item is in the library. */
const SETTLED = { failure: null, failure_type: null, failure_count: 0, failed_at: null };

/** Writes what the database knows of kept items: the row of a file, and which item it belongs to. */
export function createItemRows({ db, runId, damaged, now }: RowsOptions) {
  const link = async (transaction: Transaction<Schema>, item: Item, mediaItemId: string): Promise<void> => {
    await transaction
      .updateTable('instagram_items')
      .set({ media_item_id: mediaItemId, is_poster: isPosterOnly(item), run_id: runId, ...SETTLED })
      .where('instagram_media_id', '=', item.id)
      .execute();
    await transaction
      .updateTable('instagram_posts')
      .set((row) => ({ revision: row('revision', '+', 1) }))
      .where('instagram_media_id', '=', item.postId)
      .execute();
  };

  const insert = async (transaction: Transaction<Schema>, item: Item, file: KeptFile): Promise<string> => {
    const moment = now();
    const id = randomUUID();
    await transaction
      .insertInto('media_items')
      .values({
        id,
        ...columnsOf(file),
        category: BACKFILL_FOLDER,
        source_type: BACKFILL_FOLDER,
        source_identifier: item.id,
        instagram_media_id: item.id,
        caption: item.caption ?? null,
        // Never posted again so far, but not a candidate before older ones either.
        times_posted: 0,
        last_posted_at: item.postedAt ?? moment,
        backfilled_at: moment,
        created_at: moment,
        updated_at: moment,
      })
      .execute();
    return id;
  };

  /** The still's row becomes the video's, unless another item lives by the same bytes: then that one gets the row. */
  const handOver = async (transaction: Transaction<Schema>, item: Item, poster: Poster, file: KeptFile) => {
    const other = await transaction
      .selectFrom('instagram_items')
      .select('instagram_media_id as id')
      .where('media_item_id', '=', poster.rowId)
      .where('instagram_media_id', '!=', item.id)
      .orderBy('instagram_media_id')
      .executeTakeFirst();
    await transaction
      .updateTable('media_items')
      .set({
        ...(other
          ? { instagram_media_id: other.id, source_identifier: other.id }
          : { ...columnsOf(file), instagram_media_id: item.id }),
        updated_at: now(),
      })
      .where('id', '=', poster.rowId)
      .execute();
    return other ? { rowId: await insert(transaction, item, file) } : { rowId: poster.rowId, freed: poster.path };
  };

  /** A damaged row has its file again; whoever shares it has so too. */
  const restore = async (transaction: Transaction<Schema>, item: Item, file: KeptFile) => {
    const row = await transaction
      .selectFrom('instagram_items')
      .innerJoin('media_items', 'media_items.id', 'instagram_items.media_item_id')
      .select(['media_items.id', 'media_items.file_path'])
      .where('instagram_items.instagram_media_id', '=', item.id)
      .executeTakeFirst();
    if (!row) return undefined;
    await transaction
      .updateTable('media_items')
      .set({ ...columnsOf(file), updated_at: now() })
      .where('id', '=', row.id)
      .execute();
    return { rowId: row.id, freed: row.file_path === file.path ? undefined : row.file_path };
  };

  const rowOf = async (transaction: Transaction<Schema>, item: Item, file: KeptFile) => {
    const restored = damaged?.has(item.id) ? await restore(transaction, item, file) : undefined;
    if (restored) return restored;
    const poster = isPosterOnly(item) ? undefined : await posterOf(transaction, item);
    if (poster) return { freed: undefined, ...(await handOver(transaction, item, poster, file)) };
    return { rowId: await insert(transaction, item, file), freed: undefined };
  };

  return {
    /** Gives a file its row. Says where a still lay that the file takes the place of, if it is nobody's any more. */
    add: (item: Item, file: KeptFile): Promise<{ freed?: string }> =>
      db.query.transaction().execute(async (transaction) => {
        const { rowId, freed } = await rowOf(transaction, item, file);
        await link(transaction, item, rowId);
        return freed === undefined ? {} : { freed };
      }),

    /** Notes that an item's bytes are in the library already, in this row. */
    linkTwin: (item: Item, mediaItemId: string): Promise<void> =>
      db.query.transaction().execute((transaction) => link(transaction, item, mediaItemId)),
  };
}

interface Poster {
  rowId: string;
  path: string;
}

/** The item's own row, where it holds its still only. */
async function posterOf(transaction: Transaction<Schema>, item: Item): Promise<Poster | undefined> {
  return (
    transaction
      .selectFrom('instagram_items')
      .innerJoin('media_items', 'media_items.id', 'instagram_items.media_item_id')
      .select(['media_items.id as rowId', 'media_items.file_path as path'])
      .where('instagram_items.instagram_media_id', '=', item.id)
      .where('instagram_items.is_poster', '=', true)
      // What the Python program kept may lack the id; another item's row may only be shared.
      .where((row) => row(row.fn.coalesce('media_items.instagram_media_id', 'source_identifier'), '=', item.id))
      .executeTakeFirst()
  );
}

const columnsOf = (file: KeptFile) => ({
  file_path: file.path,
  file_name: basename(file.path),
  file_size: file.size,
  file_hash: file.hash,
  mime_type: file.mime,
});
