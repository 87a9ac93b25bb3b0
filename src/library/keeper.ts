import { basename } from 'node:path';
import type { Body, KeptFile } from '../backfill/ports.ts';
import { recordCovers, type StoredCover } from '../catalogue/covers.ts';
import { createItemRows } from '../catalogue/item-rows.ts';
import type { Database } from '../db/open.ts';
import { BackfillError, StorylineError } from '../errors.ts';
import { addressOf, keyOfAddress } from '../files/file-store.ts';
import { inspect } from '../files/inspect.ts';
import type { Stores } from '../files/stores.ts';
import { createKeyedLock } from '../lib/keyed-lock.ts';
import type { Item, MediaId } from '../media/item.ts';
import { namingItem } from '../media/item-errors.ts';
import { findLeftovers } from './adoption.ts';
import { lookAtFile, systemCode } from './look.ts';
import type { LostFiles } from './lost-files.ts';
import { BACKFILL_FOLDER, coverStem, itemStem } from './paths.ts';
import { removeStrays } from './repair/strays.ts';
import { PLACE_COLUMNS, placeOfPath } from './row-files.ts';

interface KeeperOptions {
  db: Database;
  stores: Stores;
  runId: string;
  lost: LostFiles;
  /** True for an item that is downloaded again although its file is there. */
  isDamaged: (id: MediaId) => boolean;
  now: () => Date;
  /** Called before anything is written; throws if the run must not continue. */
  confirm: () => Promise<void>;
}

/** Stores files, and their rows after them. */
export function createKeeper({ db, stores, runId, lost, isDamaged, now, confirm }: KeeperOptions) {
  const { query } = db;
  const { media } = stores;
  /** Keys of incomplete files of items, without rows. */
  const strays = new Map<MediaId, readonly string[]>();
  // The same bytes under two ids may arrive at the same time: only one of them is stored.
  const lockByHash = createKeyedLock();
  const isReplaced = (id: MediaId): boolean => isDamaged(id) || lost.of(id) !== undefined;
  const rows = createItemRows({ db, runId, isReplaced, placeOf: (path) => placeOfPath(stores, path), now });

  /** The row of another item with the same bytes. */
  const twinOf = async (hash: string): Promise<string | undefined> => {
    const twins = await query
      .selectFrom('media_items')
      .leftJoin('media_file_states as noted', 'noted.media_item_id', 'media_items.id')
      .leftJoin('media_places as place', 'place.media_item_id', 'media_items.id')
      .select(['id', 'file_path', 'file_size', 'file_hash', 'source_type', 'noted.state', ...PLACE_COLUMNS])
      .where('file_hash', '=', hash)
      .where('source_type', 'in', ['local', BACKFILL_FOLDER])
      .execute();
    for (const row of twins) {
      // A row without its file is not a copy.
      if ((await lookAtFile(stores, row, row.state))?.onDisk === 'there') return row.id;
    }
    return undefined;
  };

  /** A missing file is stored again where its row says it is. */
  const stemFor = (item: Item, hash: string): string => {
    const file = lost.of(item.id);
    const key = file?.isOurs && (file.isOwn || file.hash === hash) ? keyOfAddress(media, file.path) : undefined;
    return key?.startsWith(`${BACKFILL_FOLDER}/`) ? key.replace(/\.[^./]+$/, '') : itemStem(item);
  };

  const placeCover = async (item: Item, cover: Body): Promise<StoredCover> => {
    const { key } = await cover.place(coverStem(item.id), item.postedAt);
    return { id: item.id, name: basename(key), size: cover.size, hash: cover.hash };
  };

  /** False if the item, or its path, has a row already: another run or another program was faster. */
  const addRow = async (item: Item, file: KeptFile, cover?: StoredCover): Promise<boolean> => {
    await confirm();
    const outcome = await rows.add(item, file, cover);
    lost.restored(item.id);
    if (outcome === 'taken') {
      await linkToTaken(item, file);
      return false;
    }
    if (outcome.freed !== undefined) await keepStill(item, outcome.freed);
    return true;
  };

  const linkToTaken = async (item: Item, file: KeptFile): Promise<void> => {
    const { id } = await query
      .selectFrom('media_items')
      .select('id')
      .where((row) => row.or([row('instagram_media_id', '=', item.id), row('file_path', '=', file.path)]))
      .executeTakeFirstOrThrow();
    await rows.linkTwin(item, id);
  };

  /** The still that a video replaces becomes its cover. Anything but an image stays, for a person to look at. */
  const keepStill = async (item: Item, path: string): Promise<void> => {
    const still = keyOfAddress(media, path);
    if (still === undefined || !(await media.stat(still))) return;
    const { type, size, hash } = await inspect(media, still);
    if (type?.kind !== 'image') return;
    const key = coverStem(item.id) + type.extension;
    await media.move(still, key);
    await recordCovers(query, [{ id: item.id, name: basename(key), size, hash }]);
  };

  const store = async (item: Item, body: Body, cover: Body | undefined): Promise<KeptFile | 'duplicate'> => {
    await confirm();
    const stored = cover && (await placeCover(item, cover).catch(withoutCover));
    const { key } = await body.place(stemFor(item, body.hash), item.postedAt);
    const { size, hash, type, isUnusual } = body;
    const file = { path: addressOf(media, key), size, hash, mime: type.mime, ...(isUnusual ? { isUnusual } : {}) };
    return (await addRow(item, file, stored)) ? file : 'duplicate';
  };

  /** The bytes are in the library under another id: the item is linked to that row. */
  const linkTo = async (item: Item, rowId: string): Promise<'duplicate'> => {
    await confirm();
    await rows.linkTwin(item, rowId);
    lost.restored(item.id);
    return 'duplicate';
  };

  /** @throws {BackfillError} if what is under the item's keys cannot be read. */
  const leftoversOf = async (item: Item) => {
    try {
      return await findLeftovers(media, item);
    } catch (error) {
      if (error instanceof BackfillError) throw error;
      throw new BackfillError(`The file in its place cannot be read (${systemCode(error)})`, {
        instagramMediaId: item.id,
        cause: error,
        hint: 'Check the permissions of the media folder, then run the same command again.',
      });
    }
  };

  return {
    /** True if a run that died left the item's complete file without a row. */
    hasLeftover: async (item: Item): Promise<boolean> => (await leftoversOf(item)).file !== undefined,

    /** Gives the complete file that a run which died left its row; undefined if there is none. */
    async adopt(item: Item): Promise<KeptFile | undefined> {
      const { file, incomplete } = await leftoversOf(item);
      // A twin that is being downloaded waits for this row, and is not stored a second time.
      if (file) await lockByHash(file.hash, () => addRow(item, file));
      else if (incomplete.length > 0) strays.set(item.id, incomplete);
      return file;
    },

    keep: (item: Item, body: Body, cover: Body | undefined): Promise<KeptFile | 'duplicate'> =>
      lockByHash(body.hash, async () => {
        try {
          // Otherwise its own row would be found, or one that is as damaged.
          const keepsRow = isDamaged(item.id) || lost.of(item.id)?.isOwn;
          const twin = keepsRow ? undefined : await twinOf(body.hash);
          const kept = twin === undefined ? await store(item, body, cover) : await linkTo(item, twin);
          await removeStrays({ db, store: media }, strays.get(item.id) ?? []);
          return kept;
        } catch (error) {
          throw namingItem(error, item.id);
        } finally {
          strays.delete(item.id);
          // Does nothing for what was placed.
          await Promise.all([body.discard(), cover?.discard()]);
        }
      }),

    async keepCover(item: Item, cover: Body): Promise<void> {
      try {
        await confirm();
        await recordCovers(query, [await placeCover(item, cover)]);
      } catch (error) {
        throw namingItem(error, item.id);
      } finally {
        await cover.discard();
      }
    },
  };
}

/** A cover never costs its video. An error that stops the run, such as a full disk, affects the video too. */
function withoutCover(error: unknown): undefined {
  if (!(error instanceof StorylineError)) throw error;
  return undefined;
}
