import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import * as z from 'zod';
import type { Database } from '../../db/open.ts';
import type { MediaStorage } from '../../files/file-store.ts';
import { inspect } from '../../files/inspect.ts';
import { chunks } from '../../lib/chunks.ts';
import { kindOfMime } from '../../media/content.ts';
import { isMediaId } from '../../media/file-name.ts';
import { knownItems } from '../known-items.ts';
import { systemCode } from '../look.ts';
import { BACKFILL_FOLDER, SIDECAR_FOLDER, WRITTEN_FOLDERS } from '../paths.ts';
import { SIDECAR_FORMAT, writeSidecars } from '../sidecars.ts';
import { removeStrays, withoutRows } from './strays.ts';

interface MendOptions {
  db: Database;
  storage: MediaStorage;
  now: () => Date;
}

/** Rows in one statement or one transaction: well below the databases' limits on parameters. */
const ROWS_AT_ONCE = 500;

/** What was put right without asking Instagram. */
export interface Mended {
  /** Rows whose file was found where the library lies now. */
  readonly relinked: number;
  /** Rows of the Python program that got their Instagram id. */
  readonly identified: number;
  /** Rows that were made anew from sidecars and files. */
  readonly rebuilt: number;
  /** Sidecars that were not there. */
  readonly described: number;
  /** Half-written and cut files that were removed. */
  readonly cleared: number;
}

/** Puts right what can be without Instagram. Only while no run is under way. */
export async function mendLibrary(options: MendOptions): Promise<Mended> {
  const { storage } = options;
  return {
    relinked: await relinkMoved(options),
    identified: await identifyRows(options),
    rebuilt: await rebuildRows(options),
    described: await describeAll(options),
    cleared: (await clearAllPartials(storage)) + (await clearStrays(options)),
  };
}

async function clearAllPartials(storage: MediaStorage): Promise<number> {
  let cleared = 0;
  for (const folder of WRITTEN_FOLDERS) {
    cleared += await storage.clearPartials(folder, []);
  }
  return cleared;
}

/** Rows that are looked at at once. */
const BATCH = 500;

/** Rows that name files in another place than the library's, and whose file is here with the same bytes. */
async function relinkMoved(options: MendOptions): Promise<number> {
  let relinked = 0;
  for (let last: string | undefined; ; ) {
    let select = options.db.query
      .selectFrom('media_items')
      .select(['id', 'file_path', 'file_name', 'file_size', 'file_hash'])
      .where('source_type', '=', BACKFILL_FOLDER);
    if (last !== undefined) select = select.where('id', '>', last);
    const rows = await select.orderBy('id').limit(BATCH).execute();
    for (const row of rows) if (await relinkRow(row, options)) relinked += 1;
    last = rows.at(-1)?.id;
    if (rows.length < BATCH) return relinked;
  }
}

interface FileRow {
  readonly id: string;
  readonly file_path: string;
  readonly file_name: string;
  readonly file_size: number;
  readonly file_hash: string;
}

async function relinkRow(row: FileRow, { db, storage, now }: MendOptions): Promise<boolean> {
  const place = `${BACKFILL_FOLDER}/${basename(row.file_name)}`;
  const path = storage.locate(place);
  const known = storage.idOf(row.file_path);
  if (path === row.file_path || (known !== undefined && (await storage.exists(known)))) return false;
  if ((await storage.info(place))?.size !== row.file_size) return false;
  if ((await storage.contentHash(place)) !== row.file_hash) return false;
  // Another row may have that place already.
  const { numUpdatedRows } = await db.query
    .updateTable('media_items')
    .set({ file_path: path, updated_at: now() })
    .where('id', '=', row.id)
    .where((where) =>
      where.not(
        where.exists(where.selectFrom('media_items as other').select('other.id').where('other.file_path', '=', path)),
      ),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** The Python program could leave rows without their Instagram id; their source identifier is it. */
async function identifyRows({ db, now }: MendOptions): Promise<number> {
  let identified = 0;
  for await (const rows of rowsWithoutId(db)) {
    const sound = new Map(rows.flatMap(({ id, own }) => (own && isMediaId(own) ? [[own, id]] : [])));
    await db.query.transaction().execute(async (transaction) => {
      for (const [instagramMediaId, id] of sound) {
        await transaction
          .updateTable('media_items')
          .set({ instagram_media_id: instagramMediaId, updated_at: now() })
          .where('id', '=', id)
          .execute();
      }
    });
    identified += sound.size;
  }
  return identified;
}

async function* rowsWithoutId({ query }: Database): AsyncGenerator<{ id: string; own: string | null }[]> {
  for (let last: string | undefined; ; ) {
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
    if (last !== undefined) select = select.where('row.id', '>', last);
    const rows = await select.orderBy('row.id').limit(ROWS_AT_ONCE).execute();
    if (rows.length > 0) yield rows;
    last = rows.at(-1)?.id ?? last;
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

const text = z.string().nullable();
const number = z.number().int().nonnegative().nullable();
const moment = z.iso.datetime().nullable();
const instagramId = z.string().refine(isMediaId);

const sidecarShape = z.object({
  format: z.literal(SIDECAR_FORMAT),
  id: instagramId,
  instagram_account_id: text,
  source: z.enum(['feed', 'stories', 'collaborations']),
  media_type: z.string(),
  product_type: text,
  caption: text,
  permalink: text,
  shortcode: text,
  username: text,
  posted_at: moment,
  like_count: number,
  comments_count: number,
  is_shared_to_feed: z.boolean().nullable(),
  items: z.array(
    z.object({
      id: instagramId,
      position: z.number().int(),
      media_type: z.string(),
      alt_text: text,
      posted_at: moment,
      file: text,
      size: number,
      sha256: text,
      mime_type: text,
      is_poster: z.boolean(),
      backfilled_at: moment,
    }),
  ),
});

type ReadSidecar = z.infer<typeof sidecarShape>;
type ReadItem = ReadSidecar['items'][number];

const toDate = (at: string | null): Date | null => (at === null ? null : new Date(at));

/** Makes rows anew for files that a sidecar names and the database does not. */
async function rebuildRows(options: MendOptions): Promise<number> {
  let rebuilt = 0;
  // Where two ids share a file, it is the one's that it is named after.
  for (const mayHave of [isNamedAfter, () => true]) {
    for await (const { id } of options.storage.listFiles(SIDECAR_FOLDER)) {
      const sidecar = await readSidecar(options.storage, id);
      if (sidecar) rebuilt += await rebuildPost(sidecar, mayHave, options);
    }
  }
  return rebuilt;
}

const isNamedAfter = ({ id, file }: ReadItem): boolean => file?.includes(`${id}.`) ?? false;

async function readSidecar(storage: MediaStorage, id: string): Promise<ReadSidecar | undefined> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of storage.download(id)) parts.push(part);
    const parsed = sidecarShape.safeParse(JSON.parse(Buffer.concat(parts).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) systemCode(error);
    return undefined;
  }
}

async function rebuildPost(
  sidecar: ReadSidecar,
  mayHave: (item: ReadItem) => boolean,
  { db, storage, now }: MendOptions,
): Promise<number> {
  const { query } = db;
  const linked = await query
    .selectFrom('instagram_items')
    .select('instagram_media_id as id')
    .where('post_id', '=', sidecar.id)
    .where('media_item_id', 'is not', null)
    .execute();
  const has = new Set(linked.map(({ id }) => id));
  const lost = sidecar.items.filter((item) => item.file !== null && !has.has(item.id) && mayHave(item));
  const there: ReadItem[] = [];
  for (const item of lost) if (await isAsDescribed(storage, item)) there.push(item);
  if (there.length === 0) return 0;

  const account = await query
    .selectFrom('instagram_accounts')
    .select('id')
    .where('instagram_account_id', '=', sidecar.instagram_account_id)
    .executeTakeFirst();
  const { format: _format, id, instagram_account_id: _account, items, posted_at, ...facts } = sidecar;
  let rebuilt = 0;
  await query.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('instagram_posts')
      .values({
        instagram_media_id: id,
        account_id: account?.id ?? null,
        ...facts,
        posted_at: toDate(posted_at),
        item_count: items.length,
        // Its sidecar may tell more than could be made anew.
        revision: 1,
        sidecar_revision: 1,
      })
      .onConflict((conflict) => conflict.column('instagram_media_id').doNothing())
      .execute();
    for (const some of chunks(items, ROWS_AT_ONCE)) {
      await transaction
        .insertInto('instagram_items')
        .values(
          some.map((item) => ({
            instagram_media_id: item.id,
            post_id: id,
            position: item.position,
            media_type: item.media_type,
            alt_text: item.alt_text,
            posted_at: toDate(item.posted_at),
          })),
        )
        .onConflict((conflict) => conflict.column('instagram_media_id').doNothing())
        .execute();
    }
    for (const item of there) {
      const path = storage.locate(item.file ?? '');
      const row = await transaction
        .selectFrom('media_items')
        .select('id')
        .where((where) => where.or([where('file_path', '=', path), where('instagram_media_id', '=', item.id)]))
        .executeTakeFirst();
      const mediaItemId = row?.id ?? randomUUID();
      if (!row) {
        const moment = now();
        await transaction
          .insertInto('media_items')
          .values({
            id: mediaItemId,
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
            last_posted_at: toDate(item.posted_at ?? posted_at) ?? moment,
            backfilled_at: toDate(item.backfilled_at) ?? moment,
            created_at: moment,
            updated_at: moment,
          })
          .execute();
        rebuilt += 1;
      }
      await transaction
        .updateTable('instagram_items')
        .set({ media_item_id: mediaItemId, is_poster: item.is_poster })
        .where('instagram_media_id', '=', item.id)
        .execute();
    }
  });
  return rebuilt;
}

/** True where the file is there, with the bytes that its sidecar tells of. */
async function isAsDescribed(storage: MediaStorage, item: ReadItem): Promise<boolean> {
  const { file } = item;
  // A sidecar is a file that anyone may have written: it must not lead out of the folder.
  if (file === null || !file.startsWith(`${BACKFILL_FOLDER}/`) || file.split('/').includes('..')) return false;
  if ((await storage.info(file))?.size !== item.size) return false;
  try {
    const { hash, type } = await inspect(storage, file, kindOfMime(item.mime_type));
    return hash === item.sha256 && type?.mime === item.mime_type;
  } catch (error) {
    // A file that cannot be read gets no row; a verification names it.
    systemCode(error);
    return false;
  }
}

/** Has sidecars that are not there written again, account by account. */
async function describeAll({ db, storage }: MendOptions): Promise<number> {
  const { query } = db;
  const there = new Set<string>();
  for await (const { name } of storage.listFiles(SIDECAR_FOLDER)) there.add(basename(name, '.json'));
  for await (const ids of describedPosts(db)) {
    const gone = ids.filter((id) => !there.has(id));
    if (gone.length === 0) continue;
    await query
      .updateTable('instagram_posts')
      .set({ sidecar_revision: 0 })
      .where('instagram_media_id', 'in', gone)
      .execute();
  }
  let described = 0;
  for (const { id: accountId } of await query.selectFrom('instagram_accounts').select('id').execute()) {
    described += await writeSidecars({ db, storage, accountId });
  }
  return described;
}

/** The ids of posts whose sidecars were written, page by page. */
async function* describedPosts({ query }: Database): AsyncGenerator<string[]> {
  for (let last = ''; ; ) {
    const rows = await query
      .selectFrom('instagram_posts')
      .select('instagram_media_id as id')
      .where('sidecar_revision', '>', 0)
      .where('instagram_media_id', '>', last)
      .orderBy('instagram_media_id')
      .limit(ROWS_AT_ONCE)
      .execute();
    if (rows.length > 0) yield rows.map(({ id }) => id);
    last = rows.at(-1)?.id ?? last;
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

/**
 * Removes incomplete files that no row names, in the place of items whose own files are in the library: what a run that
 * died left behind, and was cut short since.
 */
async function clearStrays({ db, storage }: MendOptions): Promise<number> {
  let cleared = 0;
  for await (const ids of pagesOf(storage)) {
    const named = (await withoutRows(db, storage, ids)).flatMap((id) => {
      const item = itemOfFile(id);
      return item === undefined ? [] : [{ id, item }];
    });
    const kept = await keptItems(
      db,
      storage,
      named.map(({ item }) => item),
    );
    const strays = named.filter(({ item }) => kept.has(item)).map(({ id }) => id);
    cleared += await removeStrays({ db, storage }, strays);
  }
  return cleared;
}

async function* pagesOf(storage: MediaStorage): AsyncGenerator<string[]> {
  let ids: string[] = [];
  for await (const { id } of storage.listFiles(BACKFILL_FOLDER)) {
    ids.push(id);
    if (ids.length < ROWS_AT_ONCE) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}

/** The item that a file is named after, as this program names files; nothing for any other name. */
const itemOfFile = (id: string): string | undefined =>
  /^(?:\d{8}_\d{6}_)?(\d{1,32})\.[a-z0-9]+$/.exec(basename(id))?.[1];

/** Those of these items whose files are in the library and on the disk. */
async function keptItems(db: Database, storage: MediaStorage, ids: readonly string[]): Promise<Set<string>> {
  const known = await knownItems(ids, () => undefined, { db, storage, remembers: false });
  return new Set([...known].filter(([, { onDisk }]) => onDisk === 'there').map(([id]) => id));
}
