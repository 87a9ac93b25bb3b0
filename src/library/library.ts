import type { Library, Unfinished } from '../backfill/ports.ts';
import { notePosts } from '../catalogue/posts.ts';
import { listUnfinished } from '../catalogue/unfinished.ts';
import type { Database } from '../db/open.ts';
import type { Stores } from '../files/stores.ts';
import type { MediaId } from '../media/item.ts';
import { findCover } from './covers.ts';
import { createFeedCounts } from './feed-counts.ts';
import { createKeeper } from './keeper.ts';
import { isFileThere, knownItems } from './known-items.ts';
import { createLostFiles } from './lost-files.ts';
import { writeSidecars } from './sidecars.ts';

interface LibraryOptions {
  db: Database;
  stores: Stores;
  /** The account whose posts are kept, our id. */
  accountId: string;
  /** The run that keeps them. */
  runId: string;
  /** Items whose files are downloaded again and replaced; all others are skipped. */
  damaged?: ReadonlySet<MediaId> | undefined;
  /** With `damaged`: videos whose covers are downloaded again. */
  covers?: ReadonlySet<MediaId> | undefined;
  /** Nothing is written. */
  dryRun?: boolean;
  now: () => Date;
  /** Called before anything is written; throws if the run must not continue. */
  confirm?: () => Promise<void>;
}

/** The library of one run: files in stores, and after each file its row. */
export function createLibrary({
  db,
  stores,
  accountId,
  runId,
  damaged,
  covers = new Set(),
  dryRun = false,
  now,
  confirm = async () => {},
}: LibraryOptions): Library {
  const { query } = db;
  const { media } = stores;
  const lost = createLostFiles();
  const isDamaged = (id: MediaId): boolean => damaged?.has(id) ?? false;
  const keeper = createKeeper({ db, stores, runId, lost, isDamaged, now, confirm });
  const look = (ids: readonly MediaId[]) => knownItems(ids, lost.add, { db, stores, remembers: !dryRun });

  /** One call after the other. An error of one is thrown to its own caller. */
  let describing: Promise<unknown> = Promise.resolve();
  const describePosts = async (): Promise<void> => {
    await confirm();
    const before = describing;
    describing = before.catch(() => undefined).then(() => writeSidecars({ db, store: media, accountId }));
    await describing;
  };

  return {
    ...createFeedCounts({ db, accountId, now }),

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
      if (lost.isExpected(item.id)) return 'duplicate';
      if (!isDamaged(item.id) && (await keeper.hasLeftover(item))) return 'adopted';
      lost.expect(item.id);
      return undefined;
    },

    inTurn: lost.inTurn,

    async isBack({ id }) {
      const file = lost.of(id);
      if (!file || !(await isFileThere(stores, db, file.rowId))) return false;
      lost.restored(id);
      return true;
    },

    adopt: async (item) => (isDamaged(item.id) ? undefined : keeper.adopt(item)),
    keep: keeper.keep,
    keepCover: keeper.keepCover,

    async notePosts(posts) {
      await confirm();
      await describing;
      await notePosts(db, posts, { accountId, now: now() });
      // Sidecars of earlier pages are written meanwhile; the walk does not wait for them.
      describePosts().catch(() => undefined);
    },
    describePosts,

    async lacksCover(item) {
      return item.kind === 'video' && item.cover !== undefined && (await findCover(media, item.id)) === undefined;
    },

    freeBytes: async () => media.freeBytes?.(),

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
