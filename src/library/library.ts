import type { Kysely } from 'kysely';
import type { Body, KeptFile, Library } from '../backfill/ports.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import { StorylineError } from '../errors.ts';
import { createKeyedLock } from '../lib/keyed-lock.ts';
import type { Item, MediaId } from '../media/item.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { findWholeFile } from './adoption.ts';
import { inspect } from './inspect.ts';
import { namingItem } from './item-errors.ts';
import { createItemRows } from './item-rows.ts';
import { BACKFILL_FOLDER, coverPlace, itemPlace } from './places.ts';
import { notePosts } from './post-facts.ts';
import { fileOfRow } from './row-files.ts';
import { writeSidecars } from './sidecars.ts';
import { listUnfinished } from './unfinished.ts';

interface LibraryOptions {
  db: Database;
  storage: MediaStorage;
  /** The account whose posts are kept, our id. */
  accountId: string;
  /** The run that keeps them. */
  runId: string;
  /** Items whose files are to be had again, in the place of what is there. */
  damaged?: ReadonlySet<MediaId> | undefined;
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
  damaged,
  now,
  confirm = async () => {},
}: LibraryOptions): Library {
  const { query } = db;
  const began = now();
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

  const rows = createItemRows({ db, runId, damaged, now });

  /** False where the item, or its place, has a row already: another run or another program was there meanwhile. */
  const addRow = async (item: Item, file: KeptFile): Promise<boolean> => {
    await confirm();
    const outcome = await rows.add(item, file);
    if (outcome === 'taken') {
      await pointToRow(item, file);
      return false;
    }
    if (outcome.freed !== undefined) await keepStill(item, outcome.freed);
    return true;
  };

  const pointToRow = async (item: Item, file: KeptFile): Promise<void> => {
    const { id } = await query
      .selectFrom('media_items')
      .select('id')
      .where((row) => row.or([row('instagram_media_id', '=', item.id), row('file_path', '=', file.path)]))
      .executeTakeFirstOrThrow();
    await rows.linkTwin(item, id);
  };

  /** A still goes on as what it is: the video's cover. What is neither stays, for a person to look at. */
  const keepStill = async (item: Item, path: string): Promise<void> => {
    const still = storage.idOf(path);
    if (still === undefined || !(await storage.exists(still))) return;
    const { type } = await inspect(storage, still);
    if (type?.kind === 'image') await storage.move(still, coverPlace(item.id) + type.extension);
  };

  const store = async (item: Item, body: Body, cover: Body | undefined): Promise<KeptFile | 'duplicate'> => {
    await confirm();
    await cover?.place(coverPlace(item.id), item.postedAt).catch(withoutCover);
    const { id } = await body.place(itemPlace(item), item.postedAt);
    const file = { path: storage.locate(id), size: body.size, hash: body.hash, mime: body.type.mime };
    return (await addRow(item, file)) ? file : 'duplicate';
  };

  /** One after the other; what breaks one of them is told to the next who asks. */
  let describing: Promise<unknown> = Promise.resolve();
  const describePosts = async (): Promise<void> => {
    await confirm();
    const before = describing;
    describing = before.catch(() => undefined).then(() => writeSidecars({ db, storage, accountId }));
    await describing;
  };

  return {
    async known(ids) {
      if (ids.length === 0) return new Map();
      if (damaged) return new Map(ids.filter((id) => !damaged.has(id)).map((id) => [id, { isStillOnly: false }]));
      const items = await query
        .selectFrom('instagram_items')
        .select(['instagram_media_id as id', 'media_item_id', 'is_poster'])
        .where('instagram_media_id', 'in', [...ids])
        .execute();
      const stillOnly = new Set(items.filter((item) => item.is_poster).map(({ id }) => id));
      // Also ids whose bytes are in the library under another one.
      const known = new Set(items.filter((item) => item.media_item_id !== null).map(({ id }) => id));
      const rest = ids.filter((id) => !known.has(id));
      for (const id of rest.length === 0 ? [] : await idsWithRows(query, rest)) known.add(id);
      return new Map([...known].map((id) => [id, { isStillOnly: stillOnly.has(id) }]));
    },

    unfinished: () => listUnfinished(db, accountId, damaged),

    holdsFile: async (item) => !damaged?.has(item.id) && (await findWholeFile(storage, item)) !== undefined,

    async adopt(item) {
      if (damaged?.has(item.id)) return undefined;
      const file = await findWholeFile(storage, item);
      // A twin that is being downloaded meanwhile waits for this row, and is not stored a second time.
      if (file) await lockedByHash(file.hash, () => addRow(item, file));
      return file;
    },

    async notePosts(posts) {
      await confirm();
      await describing;
      await notePosts(db, posts, { accountId, now: now() });
      // Those of earlier pages are settled, but for a few that are written again: the walk does not wait for it.
      describePosts().catch(() => undefined);
    },
    describePosts,

    keep: (item, body, cover) =>
      lockedByHash(body.hash, async () => {
        try {
          // Its own row would be found, or one that is as damaged.
          const twin = damaged?.has(item.id) ? undefined : await twinOf(body.hash);
          if (twin === undefined) return await store(item, body, cover);
          await confirm();
          await rows.linkTwin(item, twin);
          return 'duplicate';
        } catch (error) {
          throw namingItem(error, item.id);
        } finally {
          // What was placed has nothing left to discard.
          await Promise.all([body.discard(), cover?.discard()]);
        }
      }),

    async countUnlisted() {
      const { count } = await query
        .selectFrom('instagram_posts as post')
        .select((row) => row.fn.countAll<number>().as('count'))
        .where('post.account_id', '=', accountId)
        .where('post.source', '=', 'feed')
        .where('post.last_seen_at', '<', began)
        .where((row) =>
          row.exists(
            row
              .selectFrom('instagram_items as item')
              .select('item.instagram_media_id')
              .whereRef('item.post_id', '=', 'post.instagram_media_id')
              .where('item.media_item_id', 'is not', null),
          ),
        )
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    freeBytes: () => storage.freeBytes(),

    lastCount: () =>
      query
        .selectFrom('feed_counts')
        .select(['reported', 'listed'])
        .where('account_id', '=', accountId)
        .executeTakeFirst(),

    async noteCount(count) {
      const noted = { ...count, counted_at: now() };
      await query
        .insertInto('feed_counts')
        .values({ account_id: accountId, ...noted })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(noted))
        .execute();
    },

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

/** A cover never costs its video. What would stop the run, as a full disk, the video meets itself. */
function withoutCover(error: unknown): void {
  if (!(error instanceof StorylineError)) throw error;
}

/** Which of these ids have rows that no item of a post names so far: the Python program's. */
async function idsWithRows(query: Kysely<Schema>, ids: readonly MediaId[]): Promise<MediaId[]> {
  const rows = await query
    .selectFrom('media_items')
    .select('instagram_media_id as id')
    .where('instagram_media_id', 'in', ids)
    // It could leave rows without their Instagram id: there the source identifier is it.
    .union(
      query
        .selectFrom('media_items')
        .select('source_identifier as id')
        .where('source_type', '=', BACKFILL_FOLDER)
        .where('source_identifier', 'in', ids),
    )
    .execute();
  return rows.flatMap(({ id }) => id ?? []);
}
