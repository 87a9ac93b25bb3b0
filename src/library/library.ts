import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Body, KeptFile, Library } from '../backfill/ports.ts';
import { isUniqueViolation } from '../db/dialect.ts';
import type { Database } from '../db/open.ts';
import { createKeyedLock } from '../lib/keyed-lock.ts';
import { type Item, isPosterOnly } from '../media/item.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { findWholeFile } from './adoption.ts';
import { namingItem } from './item-errors.ts';
import { BACKFILL_FOLDER, coverPlace, itemPlace } from './places.ts';
import { notePosts } from './post-facts.ts';
import { fileOfRow } from './row-files.ts';

interface LibraryOptions {
  db: Database;
  storage: MediaStorage;
  /** The account whose posts are kept, our id. */
  accountId: string;
  /** The run that keeps them. */
  runId: string;
  now: () => Date;
  /** Asked before anything is written; throws where the run may not go on. */
  confirm?: () => Promise<void>;
}

/** The library as a run sees it: files in a storage, and a row for each after it. */
export function createLibrary({
  db,
  storage,
  accountId,
  runId,
  now,
  confirm = async () => {},
}: LibraryOptions): Library {
  const { query } = db;
  // The same bytes under two ids may come at the same time: only one of them is stored.
  const lockedByHash = createKeyedLock();

  const twinOf = async (hash: string): Promise<string | undefined> => {
    const rows = await query
      .selectFrom('media_items')
      .select(['id', 'file_path', 'file_size', 'source_type'])
      .where('file_hash', '=', hash)
      .where('source_type', 'in', ['local', BACKFILL_FOLDER])
      .execute();
    for (const row of rows) {
      const file = fileOfRow(storage, row);
      // A row alone is no copy: its file must be there.
      if ((await file.storage.info(file.id))?.size === row.file_size) return row.id;
    }
    return undefined;
  };

  const settle = { failure: null, failure_type: null, failure_count: 0, failed_at: null };

  /** False where the item, or its place, has a row already: another run or another program was there meanwhile. */
  const addRow = async (item: Item, file: KeptFile): Promise<boolean> => {
    await confirm();
    try {
      await insertRow(item, file);
      return true;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await pointToRow(item, file);
      return false;
    }
  };

  const pointToRow = async (item: Item, file: KeptFile): Promise<void> => {
    const { id } = await query
      .selectFrom('media_items')
      .select('id')
      .where((row) => row.or([row('instagram_media_id', '=', item.id), row('file_path', '=', file.path)]))
      .executeTakeFirstOrThrow();
    await settleWith(item, id);
  };

  const settleWith = (item: Item, rowId: string) =>
    query
      .updateTable('instagram_items')
      .set({ media_item_id: rowId, is_poster: isPosterOnly(item), run_id: runId, ...settle })
      .where('instagram_media_id', '=', item.id)
      .execute();

  const insertRow = async (item: Item, file: KeptFile): Promise<void> => {
    const moment = now();
    const id = randomUUID();
    await query.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('media_items')
        .values({
          id,
          file_path: file.path,
          file_name: basename(file.path),
          file_size: file.size,
          file_hash: file.hash,
          mime_type: file.mime,
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
      await transaction
        .updateTable('instagram_items')
        .set({ media_item_id: id, is_poster: isPosterOnly(item), run_id: runId, ...settle })
        .where('instagram_media_id', '=', item.id)
        .execute();
    });
  };

  const store = async (item: Item, body: Body, cover: Body | undefined): Promise<KeptFile | 'duplicate'> => {
    await confirm();
    await cover?.place(coverPlace(item.id), item.postedAt);
    const { id } = await body.place(itemPlace(item), item.postedAt);
    const file = { path: storage.locate(id), size: body.size, hash: body.hash, mime: body.type.mime };
    return (await addRow(item, file)) ? file : 'duplicate';
  };

  return {
    async known(ids) {
      if (ids.length === 0) return new Set();
      const wanted = [...ids];
      const rows = await query
        .selectFrom('media_items')
        .select('instagram_media_id as id')
        .where('instagram_media_id', 'in', wanted)
        // The Python program could leave rows without their Instagram id: there the source identifier is it.
        .union(
          query
            .selectFrom('media_items')
            .select('source_identifier as id')
            .where('source_type', '=', BACKFILL_FOLDER)
            .where('source_identifier', 'in', wanted),
        )
        // Ids whose bytes are in the library under another one.
        .union(
          query
            .selectFrom('instagram_items')
            .select('instagram_media_id as id')
            .where('media_item_id', 'is not', null)
            .where('instagram_media_id', 'in', wanted),
        )
        .execute();
      return new Set(rows.flatMap(({ id }) => id ?? []));
    },

    holdsFile: async (item) => (await findWholeFile(storage, item)) !== undefined,

    async adopt(item) {
      const file = await findWholeFile(storage, item);
      // A twin that is being downloaded meanwhile waits for this row, and is not stored a second time.
      if (file) await lockedByHash(file.hash, () => addRow(item, file));
      return file;
    },

    notePosts: (posts) => notePosts(db, posts, { accountId, now: now() }),

    keep: (item, body, cover) =>
      lockedByHash(body.hash, async () => {
        try {
          const twin = await twinOf(body.hash);
          if (twin === undefined) return await store(item, body, cover);
          await confirm();
          await settleWith(item, twin);
          return 'duplicate';
        } catch (error) {
          throw namingItem(error, item.id);
        } finally {
          // What was placed has nothing left to discard.
          await Promise.all([body.discard(), cover?.discard()]);
        }
      }),

    async noteFailure(item, error) {
      await confirm();
      await query
        .updateTable('instagram_items')
        .set((row) => ({
          failure: error.message,
          failure_type: error.name,
          failure_count: row('failure_count', '+', 1),
          failed_at: now(),
        }))
        .where('instagram_media_id', '=', item.id)
        .execute();
    },
  };
}
