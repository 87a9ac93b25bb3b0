import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Transaction } from 'kysely';
import { recordPlaces } from '../../catalogue/places.ts';
import type { Database } from '../../db/open.ts';
import type { Schema } from '../../db/schema.ts';
import { addressOf, type FileStore } from '../../files/file-store.ts';
import { inspect } from '../../files/inspect.ts';
import { chunks } from '../../lib/chunks.ts';
import { kindOfMime } from '../../media/content.ts';
import { systemCode } from '../look.ts';
import { PAGE, pagesOf } from '../pages.ts';
import { BACKFILL_FOLDER, SIDECAR_FOLDER } from '../paths.ts';
import { placeOfPath } from '../row-files.ts';
import { type ParsedItem, type ParsedSidecar, readSidecar } from './read-sidecar.ts';
import type { RepairOptions } from './repair-options.ts';

/** A post whose sidecar describes files that are there and have no row. */
interface Orphan {
  readonly sidecar: ParsedSidecar;
  readonly items: readonly ParsedItem[];
}

/** Rebuilds the rows of files that a sidecar describes and the database lacks. Returns how many. */
export async function rebuildRows(options: RepairOptions): Promise<number> {
  const { media } = options.stores;
  let rebuilt = 0;
  // If two ids share a file, its row belongs to the id that the file is named after.
  for (const mayOwn of [isNamedAfter, () => true]) {
    for await (const page of pagesOf(media.list(SIDECAR_FOLDER))) {
      const sidecars: ParsedSidecar[] = [];
      for (const { key } of page) {
        const sidecar = await readSidecar(media, key);
        if (sidecar) sidecars.push(sidecar);
      }
      const orphans = await findOrphans(sidecars, mayOwn, options);
      if (orphans.length > 0) rebuilt += await rebuildPosts(orphans, options);
    }
  }
  return rebuilt;
}

const isNamedAfter = ({ id, file }: ParsedItem): boolean => file?.includes(`${id}.`) ?? false;

async function findOrphans(
  sidecars: readonly ParsedSidecar[],
  mayOwn: (item: ParsedItem) => boolean,
  { db, stores }: RepairOptions,
): Promise<Orphan[]> {
  const linked = await linkedItems(
    db,
    sidecars.map(({ id }) => id),
  );
  const orphans: Orphan[] = [];
  for (const sidecar of sidecars) {
    const items: ParsedItem[] = [];
    for (const item of sidecar.items) {
      if (linked.has(item.id) || !mayOwn(item)) continue;
      if (await isAsDescribed(stores.media, item)) items.push(item);
    }
    if (items.length > 0) orphans.push({ sidecar, items });
  }
  return orphans;
}

/** The items of these posts that have a row. */
async function linkedItems({ query }: Database, postIds: readonly string[]): Promise<Set<string>> {
  if (postIds.length === 0) return new Set();
  const rows = await query
    .selectFrom('instagram_items')
    .select('instagram_media_id as id')
    .where('post_id', 'in', postIds)
    .where('media_item_id', 'is not', null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** True if the file is there with the bytes that its sidecar describes. */
async function isAsDescribed(store: FileStore, item: ParsedItem): Promise<boolean> {
  const { file } = item;
  // Anyone may have written a sidecar: it must not lead out of the folder.
  if (file === null || !file.startsWith(`${BACKFILL_FOLDER}/`) || file.split('/').includes('..')) return false;
  try {
    if ((await store.stat(file))?.size !== item.size) return false;
    const { hash, type } = await inspect(store, file, kindOfMime(item.mime_type));
    return hash === item.sha256 && type?.mime === item.mime_type;
  } catch (error) {
    // A file that cannot be read gets no row; verification reports it.
    systemCode(error);
    return false;
  }
}

/** One transaction for a page of posts. */
function rebuildPosts(orphans: readonly Orphan[], { db, stores, now }: RepairOptions): Promise<number> {
  return db.query.transaction().execute(async (transaction) => {
    await insertPosts(transaction, orphans);
    const owned = orphans.flatMap(({ sidecar, items }) =>
      items.map((item) => ({ sidecar, item, path: addressOf(stores.media, item.file ?? '') })),
    );
    const rows = await existingRows(transaction, owned);
    const inserted = owned.flatMap((one) => {
      if (rows.idOf(one) !== undefined) return [];
      const row = newRow(one, now());
      rows.add(row);
      return [row];
    });
    for (const some of chunks(inserted, PAGE)) await transaction.insertInto('media_items').values(some).execute();
    await recordPlaces(
      transaction,
      inserted.map(({ id, file_path }) => ({ mediaItemId: id, ...placeOfPath(stores, file_path) })),
    );
    for (const one of owned) {
      await transaction
        .updateTable('instagram_items')
        .set({ media_item_id: rows.idOf(one) ?? null, is_poster: one.item.is_poster })
        .where('instagram_media_id', '=', one.item.id)
        .execute();
    }
    return inserted.length;
  });
}

async function insertPosts(transaction: Transaction<Schema>, orphans: readonly Orphan[]): Promise<void> {
  const accounts = await transaction.selectFrom('instagram_accounts').select(['id', 'instagram_account_id']).execute();
  const accountOf = new Map(accounts.map((account) => [account.instagram_account_id, account.id]));
  await transaction
    .insertInto('instagram_posts')
    .values(
      orphans.map(({ sidecar }) => {
        const { format: _, id, instagram_account_id, items, posted_at, ...facts } = sidecar;
        return {
          instagram_media_id: id,
          account_id: accountOf.get(instagram_account_id ?? '') ?? null,
          ...facts,
          posted_at: toDate(posted_at),
          item_count: items.length,
          // The sidecar may know more than was rebuilt: it is not overwritten.
          revision: 1,
          sidecar_revision: 1,
        };
      }),
    )
    .onConflict((conflict) => conflict.column('instagram_media_id').doNothing())
    .execute();
  const items = orphans.flatMap(({ sidecar }) => sidecar.items.map((item) => ({ ...item, post_id: sidecar.id })));
  for (const some of chunks(items, PAGE)) {
    await transaction
      .insertInto('instagram_items')
      .values(
        some.map((item) => ({
          instagram_media_id: item.id,
          post_id: item.post_id,
          position: item.position,
          media_type: item.media_type,
          alt_text: item.alt_text,
          posted_at: toDate(item.posted_at),
        })),
      )
      .onConflict((conflict) => conflict.column('instagram_media_id').doNothing())
      .execute();
  }
}

interface OwnedFile {
  readonly sidecar: ParsedSidecar;
  readonly item: ParsedItem;
  readonly path: string;
}

/** Finds the row of a file by its path or its Instagram id, among the existing rows and those that are added. */
async function existingRows(transaction: Transaction<Schema>, files: readonly OwnedFile[]) {
  const byPath = new Map<string, string>();
  const byItem = new Map<string, string>();
  const add = (row: { id: string; file_path: string; instagram_media_id: string | null }) => {
    byPath.set(row.file_path, row.id);
    if (row.instagram_media_id !== null) byItem.set(row.instagram_media_id, row.id);
  };
  const select = transaction.selectFrom('media_items').select(['id', 'file_path', 'instagram_media_id']);
  for (const some of chunks(files, PAGE)) {
    const paths = some.map(({ path }) => path);
    const ids = some.map(({ item }) => item.id);
    const found = await select
      .where((where) => where.or([where('file_path', 'in', paths), where('instagram_media_id', 'in', ids)]))
      .execute();
    for (const row of found) add(row);
  }
  return { add, idOf: ({ path, item }: OwnedFile): string | undefined => byPath.get(path) ?? byItem.get(item.id) };
}

const newRow = ({ sidecar, item, path }: OwnedFile, now: Date) => ({
  id: randomUUID(),
  file_path: path,
  file_name: basename(path),
  file_size: item.size ?? 0,
  file_hash: item.sha256 ?? '',
  mime_type: item.mime_type,
  category: BACKFILL_FOLDER,
  source_type: BACKFILL_FOLDER,
  source_identifier: item.id,
  instagram_media_id: item.id,
  caption: sidecar.caption,
  times_posted: 0,
  last_posted_at: toDate(item.posted_at ?? sidecar.posted_at) ?? now,
  backfilled_at: toDate(item.backfilled_at) ?? now,
  created_at: now,
  updated_at: now,
});

const toDate = (at: string | null): Date | null => (at === null ? null : new Date(at));
