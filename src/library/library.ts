import { basename } from 'node:path';
import type { Body, KeptFile, Library, Unfinished } from '../backfill/ports.ts';
import { namingItem } from '../catalogue/item-errors.ts';
import { createItemRows } from '../catalogue/item-rows.ts';
import { notePosts } from '../catalogue/posts.ts';
import { listUnfinished } from '../catalogue/unfinished.ts';
import type { Database } from '../db/open.ts';
import { BackfillError, StorylineError } from '../errors.ts';
import type { MediaStorage } from '../files/file-store.ts';
import { inspect } from '../files/inspect.ts';
import { createKeyedLock } from '../lib/keyed-lock.ts';
import type { Item, MediaId } from '../media/item.ts';
import { findInPlace } from './adoption.ts';
import { findCover, recordCovers, type StoredCover } from './covers.ts';
import { isFileThere, knownItems, type LostFile } from './known-items.ts';
import { lookAtFile, systemCode } from './look.ts';
import { BACKFILL_FOLDER, coverPlace, itemPlace } from './paths.ts';
import { removeStrays } from './repair/strays.ts';
import { writeSidecars } from './sidecars.ts';

interface LibraryOptions {
  db: Database;
  storage: MediaStorage;
  /** The account whose posts are kept, our id. */
  accountId: string;
  /** The run that keeps them. */
  runId: string;
  /** Items whose files are downloaded again, in the place of what is there; all others are passed over. */
  damaged?: ReadonlySet<MediaId> | undefined;
  /** Videos whose covers are downloaded again, with {@link LibraryOptions.damaged}. */
  covers?: ReadonlySet<MediaId> | undefined;
  /** Nothing is written. */
  dryRun?: boolean;
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
  covers = new Set(),
  dryRun = false,
  now,
  confirm = async () => {},
}: LibraryOptions): Library {
  const { query } = db;
  const began = now();
  /** Items of the library whose files this run found missing, until they are there again. */
  const lost = new Map<MediaId, LostFile>();
  /** Rows whose files a dry run would download. */
  const awaited = new Set<string>();
  /** Incomplete files in the places of items, without rows. */
  const strays = new Map<MediaId, readonly string[]>();
  const lockedByRow = createKeyedLock();
  // The same bytes under two ids may come at the same time: only one of them is stored.
  const lockedByHash = createKeyedLock();

  const twinOf = async (hash: string): Promise<string | undefined> => {
    const rows = await query
      .selectFrom('media_items')
      .leftJoin('media_file_states as noted', 'noted.media_item_id', 'media_items.id')
      .select(['id', 'file_path', 'file_size', 'file_hash', 'source_type', 'noted.state'])
      .where('file_hash', '=', hash)
      .where('source_type', 'in', ['local', BACKFILL_FOLDER])
      .execute();
    for (const row of rows) {
      // A row alone is no copy: its file must be there.
      if ((await lookAtFile(storage, row, row.state))?.onDisk === 'there') return row.id;
    }
    return undefined;
  };

  const isReplaced = (id: MediaId): boolean => (damaged?.has(id) ?? false) || lost.has(id);
  const rows = createItemRows({ db, runId, isReplaced, now });

  const look = (ids: readonly MediaId[]) =>
    knownItems(ids, (id, file) => lost.set(id, file), { db, storage, remembers: !dryRun });

  /** Where an item's file goes: a missing one goes back to where its row says it is. */
  const placeOf = (item: Item, hash: string): string => {
    const file = lost.get(item.id);
    const id = file?.isOurs && (file.isOwn || file.hash === hash) ? storage.idOf(file.path) : undefined;
    return id?.startsWith(`${BACKFILL_FOLDER}/`) ? id.replace(/\.[^./]+$/, '') : itemPlace(item);
  };

  const placeCover = async (id: MediaId, cover: Body, at: Date | undefined): Promise<StoredCover> => {
    const placed = await cover.place(coverPlace(id), at);
    return { id, name: basename(placed.id), size: cover.size, hash: cover.hash };
  };

  /** False where the item, or its place, has a row already: another run or another program was there meanwhile. */
  const addRow = async (item: Item, file: KeptFile, cover?: StoredCover): Promise<boolean> => {
    await confirm();
    const outcome = await rows.add(item, file, cover);
    lost.delete(item.id);
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
    const { type, size, hash } = await inspect(storage, still);
    if (type?.kind !== 'image') return;
    const place = coverPlace(item.id) + type.extension;
    await storage.move(still, place);
    await recordCovers(query, [{ id: item.id, name: basename(place), size, hash }]);
  };

  const store = async (item: Item, body: Body, cover: Body | undefined): Promise<KeptFile | 'duplicate'> => {
    await confirm();
    const stored = cover && (await placeCover(item.id, cover, item.postedAt).catch(withoutCover));
    const { id } = await body.place(placeOf(item, body.hash), item.postedAt);
    const { size, hash, type, isUnusual } = body;
    const file = { path: storage.locate(id), size, hash, mime: type.mime, ...(isUnusual ? { isUnusual } : {}) };
    return (await addRow(item, file, stored)) ? file : 'duplicate';
  };

  /** The bytes are in the library under another id: the item is linked to that row. */
  const linkTo = async (item: Item, rowId: string): Promise<'duplicate'> => {
    await confirm();
    await rows.linkTwin(item, rowId);
    lost.delete(item.id);
    return 'duplicate';
  };

  /** @throws {BackfillError} where what lies in the item's place cannot be read. */
  const inPlace = async (item: Item) => {
    try {
      return await findInPlace(storage, item);
    } catch (error) {
      if (error instanceof BackfillError) throw error;
      throw new BackfillError(`What lies in its place cannot be read (${systemCode(error)})`, {
        instagramMediaId: item.id,
        cause: error,
        hint: 'Check the permissions of the media folder, then run the same command again.',
      });
    }
  };

  const adoptFile = async (item: Item): Promise<KeptFile | undefined> => {
    const { file, others } = await inPlace(item);
    // A twin that is being downloaded meanwhile waits for this row, and is not stored a second time.
    if (file) await lockedByHash(file.hash, () => addRow(item, file));
    else if (others.length > 0) strays.set(item.id, others);
    return file;
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
      if (!damaged) return look(ids);
      const others = ids.filter((id) => !damaged.has(id));
      return new Map(others.map((id) => [id, { isStillOnly: false, ...(covers.has(id) ? { lacksCover: true } : {}) }]));
    },

    async unfinished() {
      if (damaged) {
        const repaired = await listUnfinished(db, accountId, new Set([...damaged, ...covers]));
        return repaired.map((one) =>
          damaged.has(one.item.id) ? one : { ...one, known: { isStillOnly: false, lacksCover: true } },
        );
      }
      const listed = await listUnfinished(db, accountId, undefined);
      const known = await look(listed.filter(({ hasRow }) => hasRow).map(({ item }) => item.id));
      return listed.flatMap((one): Unfinished[] => {
        const found = known.get(one.item.id);
        if (found?.onDisk === 'missing' || found?.onDisk === 'unreadable') {
          return [{ ...one, hasPoster: false, known: found }];
        }
        // Its file was missing, and somebody has put it back.
        return one.hasRow && !one.hasPoster ? [] : [one];
      });
    },

    async holdsFile(item) {
      const file = lost.get(item.id);
      if (file && awaited.has(file.rowId)) return 'duplicate';
      if (!damaged?.has(item.id) && (await inPlace(item)).file) return 'adopted';
      if (file) awaited.add(file.rowId);
      return undefined;
    },

    inTurn(item, work) {
      const file = lost.get(item.id);
      return file ? lockedByRow(file.rowId, work) : work();
    },

    async isBack(item) {
      const file = lost.get(item.id);
      if (!file || !(await isFileThere(storage, db, file.rowId))) return false;
      lost.delete(item.id);
      return true;
    },

    adopt: async (item) => (damaged?.has(item.id) ? undefined : adoptFile(item)),

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
          const keepsRow = damaged?.has(item.id) || lost.get(item.id)?.isOwn;
          const twin = keepsRow ? undefined : await twinOf(body.hash);
          const kept = twin === undefined ? await store(item, body, cover) : await linkTo(item, twin);
          await removeStrays({ db, storage }, strays.get(item.id) ?? []);
          return kept;
        } catch (error) {
          throw namingItem(error, item.id);
        } finally {
          strays.delete(item.id);
          // What was placed has nothing left to discard.
          await Promise.all([body.discard(), cover?.discard()]);
        }
      }),

    async lacksCover(item) {
      return item.kind === 'video' && item.cover !== undefined && (await findCover(storage, item.id)) === undefined;
    },

    async keepCover(item, cover) {
      try {
        await confirm();
        await recordCovers(query, [await placeCover(item.id, cover, item.postedAt)]);
      } catch (error) {
        throw namingItem(error, item.id);
      } finally {
        await cover.discard();
      }
    },

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
function withoutCover(error: unknown): undefined {
  if (!(error instanceof StorylineError)) throw error;
  return undefined;
}
