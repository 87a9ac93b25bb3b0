import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Transaction } from 'kysely';
import type { KeptFile } from '../backfill/ports.ts';
import { isUniqueViolation } from '../db/dialect.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { createBatcher } from '../lib/batcher.ts';
import { type Item, isPosterOnly, type MediaId } from '../media/item.ts';
import type { Place } from '../media/place.ts';
import { BACKFILL_SOURCE } from './backfill-source.ts';
import { recordCovers, type StoredCover } from './covers.ts';
import { recordPlaces } from './places.ts';

interface RowsOptions {
  db: Database;
  runId: string;
  /** True for an item whose row gets another file, since its own is damaged or missing. */
  isReplaced: (id: MediaId) => boolean;
  /** The place of a file, by its path. */
  placeOf: (path: string) => Place;
  now: () => Date;
}

/** Files that are in place within so many milliseconds get their rows by one commit. */
const WRITTEN_TOGETHER = 25;
/** So many rows stay well below the databases' limits on parameters. */
const ROWS_PER_STATEMENT = 100;

/** A stored file that has no row yet. */
interface StoredItem {
  readonly item: Item;
  readonly file: KeptFile;
  readonly cover: StoredCover | undefined;
}

/** `freed`: the path of the still image that the file replaced, if no row uses it. `taken`: there is a row already. */
export type RowOutcome = { readonly freed?: string } | 'taken';

/** Clears earlier failures once an item is in the library. */
const SETTLED = { failure: null, failure_type: null, failure_count: 0, failed_at: null };

/** Writes what the database knows of kept items: the row of a file, and which item it belongs to. */
export function createItemRows({ db, runId, isReplaced, placeOf, now }: RowsOptions) {
  const link = async (transaction: Transaction<Schema>, item: Item, mediaItemId: string): Promise<void> => {
    await transaction
      .updateTable('instagram_items')
      .set({ media_item_id: mediaItemId, is_poster: isPosterOnly(item), run_id: runId, ...SETTLED })
      .where('instagram_media_id', '=', item.id)
      .execute();
    await revise(transaction, [item]);
  };

  const rowFor = ({ item, file }: StoredItem) => {
    const moment = now();
    return {
      id: randomUUID(),
      ...columnsOf(file),
      category: BACKFILL_SOURCE,
      source_type: BACKFILL_SOURCE,
      source_identifier: item.id,
      instagram_media_id: item.id,
      caption: item.caption ?? knownCaption(item),
      // Never posted again so far, but not a candidate before older ones either.
      times_posted: 0,
      last_posted_at: item.postedAt ?? moment,
      backfilled_at: moment,
      created_at: moment,
      updated_at: moment,
    };
  };

  /** Where this run was not given the caption, an earlier one may have been. */
  const knownCaption = ({ postId }: Item) =>
    db.query.selectFrom('instagram_posts').select('caption').where('instagram_media_id', '=', postId);

  const setPlace = (transaction: Transaction<Schema>, mediaItemId: string, { path }: KeptFile): Promise<void> =>
    recordPlaces(transaction, [{ mediaItemId, ...placeOf(path) }]);

  const insert = async (transaction: Transaction<Schema>, placed: StoredItem): Promise<string> => {
    const row = rowFor(placed);
    await transaction.insertInto('media_items').values(row).execute();
    await setPlace(transaction, row.id, placed.file);
    return row.id;
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
    if (!other) await setPlace(transaction, poster.rowId, file);
    return other
      ? { rowId: await insert(transaction, { item, file, cover: undefined }) }
      : { rowId: poster.rowId, freed: poster.path };
  };

  /**
   * A row gets its file again, and so do the items that share it. A row that is not the item's own is left as it is,
   * unless these are its very bytes.
   */
  const restore = async (transaction: Transaction<Schema>, item: Item, file: KeptFile) => {
    const row = await transaction
      .selectFrom('instagram_items')
      .innerJoin('media_items', 'media_items.id', 'instagram_items.media_item_id')
      .select([
        'media_items.id',
        'media_items.file_path',
        'media_items.file_hash',
        'media_items.source_type',
        'media_items.source_identifier',
        'media_items.instagram_media_id as own_id',
        'instagram_items.is_poster',
      ])
      .where('instagram_items.instagram_media_id', '=', item.id)
      .executeTakeFirst();
    if (row?.source_type !== BACKFILL_SOURCE) return undefined;
    const isOwn = row.own_id === item.id || row.source_identifier === item.id;
    if (!isOwn && row.file_hash !== file.hash) return undefined;
    // Another item may live by the still: the row is then not the video's to take.
    if (row.is_poster && !isPosterOnly(item)) return undefined;
    await transaction
      .updateTable('media_items')
      .set({ ...columnsOf(file), updated_at: now() })
      .where('id', '=', row.id)
      .execute();
    await setPlace(transaction, row.id, file);
    return { rowId: row.id, freed: row.file_path === file.path ? undefined : row.file_path };
  };

  /** An item that may have a row of its own already, which is then to have the file. */
  const addOne = async (transaction: Transaction<Schema>, placed: StoredItem): Promise<RowOutcome> => {
    const { item, file, cover } = placed;
    const found =
      (isReplaced(item.id) ? await restore(transaction, item, file) : undefined) ??
      (await replacePoster(transaction, item, file));
    const rowId = found?.rowId ?? (await insert(transaction, placed));
    await link(transaction, item, rowId);
    if (isReplaced(item.id)) {
      await transaction.deleteFrom('media_file_states').where('media_item_id', '=', rowId).execute();
    }
    if (cover) await recordCovers(transaction, [cover]);
    return found?.freed === undefined ? {} : { freed: found.freed };
  };

  const replacePoster = async (
    transaction: Transaction<Schema>,
    item: Item,
    file: KeptFile,
  ): Promise<Replaced | undefined> => {
    const poster = isPosterOnly(item) ? undefined : await posterOf(transaction, item);
    return poster && handOver(transaction, item, poster, file);
  };

  /** Items without a row, all of them by a few statements. */
  const addNew = async (transaction: Transaction<Schema>, files: readonly StoredItem[]): Promise<void> => {
    if (files.length === 0) return;
    const items = files.map(({ item }) => item);
    const rows = files.map(rowFor);
    await transaction.insertInto('media_items').values(rows).execute();
    await recordPlaces(
      transaction,
      rows.map(({ id, file_path }) => ({ mediaItemId: id, ...placeOf(file_path) })),
    );
    for (const isPoster of [false, true]) {
      const ids = items.filter((item) => isPosterOnly(item) === isPoster).map(({ id }) => id);
      if (ids.length === 0) continue;
      await transaction
        .updateTable('instagram_items')
        .set((row) => ({
          media_item_id: row
            .selectFrom('media_items')
            .select('media_items.id')
            .whereRef('media_items.instagram_media_id', '=', 'instagram_items.instagram_media_id'),
          is_poster: isPoster,
          run_id: runId,
          ...SETTLED,
        }))
        .where('instagram_media_id', 'in', ids)
        .execute();
    }
    await recordCovers(
      transaction,
      files.flatMap(({ cover }) => cover ?? []),
    );
    await revise(transaction, items);
  };

  const addAll = (files: readonly StoredItem[]): Promise<RowOutcome[]> =>
    db.query.transaction().execute(async (transaction) => {
      const special = await ownersOfRows(
        transaction,
        files.map(({ item }) => item.id),
      );
      const isSpecial = ({ item }: StoredItem) => special.has(item.id) || isReplaced(item.id);
      await addNew(
        transaction,
        files.filter((placed) => !isSpecial(placed)),
      );
      const outcomes: RowOutcome[] = [];
      for (const placed of files) outcomes.push(isSpecial(placed) ? await addOne(transaction, placed) : {});
      return outcomes;
    });

  const addEach = async (files: readonly StoredItem[]): Promise<RowOutcome[]> => {
    const outcomes: RowOutcome[] = [];
    for (const placed of files) {
      const outcome = db.query.transaction().execute((transaction) => addOne(transaction, placed));
      outcomes.push(await outcome.catch(orTaken));
    }
    return outcomes;
  };

  const add = createBatcher(
    async (files: readonly StoredItem[]) => {
      try {
        return await addAll(files);
      } catch (error) {
        // Another program was there first with one of them: the others get their rows all the same.
        if (!isUniqueViolation(error)) throw error;
        return addEach(files);
      }
    },
    { gather: WRITTEN_TOGETHER, most: ROWS_PER_STATEMENT },
  );

  return {
    /** Gives a file its row, together with others that come at the same time. */
    add: (item: Item, file: KeptFile, cover: StoredCover | undefined): Promise<RowOutcome> =>
      add({ item, file, cover }),

    /** Notes that an item's bytes are in the library already, in this row. */
    linkTwin: (item: Item, mediaItemId: string): Promise<void> =>
      db.query.transaction().execute((transaction) => link(transaction, item, mediaItemId)),
  };
}

function orTaken(error: unknown): RowOutcome {
  if (isUniqueViolation(error)) return 'taken';
  throw error;
}

/** Says that what is known of posts has changed: their sidecars are to be written again. */
async function revise(transaction: Transaction<Schema>, items: readonly Item[]): Promise<void> {
  const postIds = [...new Set(items.map(({ postId }) => postId))];
  await transaction
    .updateTable('instagram_posts')
    .set((row) => ({ revision: row('revision', '+', 1) }))
    .where('instagram_media_id', 'in', postIds)
    .execute();
}

/** Which of these items have a row already, as videos of which the still was kept do. */
async function ownersOfRows(transaction: Transaction<Schema>, ids: readonly MediaId[]): Promise<Set<MediaId>> {
  const rows = await transaction
    .selectFrom('instagram_items')
    .select('instagram_media_id as id')
    .where('instagram_media_id', 'in', ids)
    .where('media_item_id', 'is not', null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

interface Replaced {
  rowId: string;
  freed?: string | undefined;
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
