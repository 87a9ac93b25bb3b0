import { basename, extname } from 'node:path';
import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../db/open.ts';
import type { NewRow, Schema } from '../db/schema.ts';
import type { MediaStorage, StoredFile } from '../files/file-store.ts';
import { chunks } from '../lib/chunks.ts';
import { EXTENSIONS } from '../media/content.ts';
import type { MediaId } from '../media/item.ts';
import { COVER_FOLDER, coverPlace } from './paths.ts';

/** A video's cover in its place. */
export interface StoredCover {
  readonly id: MediaId;
  /** Below the folder of covers. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256; absent where nobody has read it. */
  readonly hash: string | undefined;
}

/** Rows in one statement: well below the databases' limits on parameters. */
const ROWS_AT_ONCE = 500;

/** Records stored covers, in the place of what was recorded of them. */
export async function recordCovers(query: Kysely<Schema>, covers: readonly StoredCover[]): Promise<void> {
  const rows = covers.map(
    ({ id, name, size, hash }): NewRow<'instagram_covers'> => ({
      instagram_media_id: id,
      file_name: name,
      file_size: size,
      file_hash: hash ?? null,
    }),
  );
  for (const some of chunks(rows, ROWS_AT_ONCE)) {
    await query
      .insertInto('instagram_covers')
      .values(some)
      .onConflict((conflict) =>
        conflict.column('instagram_media_id').doUpdateSet((row) => ({
          file_name: row.ref('excluded.file_name'),
          file_size: row.ref('excluded.file_size'),
          file_hash: row.ref('excluded.file_hash'),
        })),
      )
      .execute();
  }
}

/** The covers that are recorded of these videos. */
export async function recordedCovers({ query }: Database, ids: readonly MediaId[]): Promise<Map<MediaId, StoredCover>> {
  const found = new Map<MediaId, StoredCover>();
  for (const some of chunks(ids, ROWS_AT_ONCE)) {
    const rows = await query
      .selectFrom('instagram_covers')
      .selectAll()
      .where('instagram_media_id', 'in', some)
      .execute();
    for (const row of rows) found.set(row.instagram_media_id, coverOf(row));
  }
  return found;
}

const coverOf = (row: Selectable<Schema['instagram_covers']>): StoredCover => ({
  id: row.instagram_media_id,
  name: row.file_name,
  size: row.file_size,
  hash: row.file_hash ?? undefined,
});

/** Where a recorded cover lies, as the storage finds it. */
export const placeOfCover = ({ name }: Pick<StoredCover, 'name'>): string => `${COVER_FOLDER}/${basename(name)}`;

/** Finds the cover of a video that none is recorded of, as earlier versions stored it. */
export async function findCover(storage: MediaStorage, id: MediaId): Promise<StoredFile | undefined> {
  for (const extension of EXTENSIONS) {
    const found = await storage.info(coverPlace(id) + extension);
    if (found && found.size > 0) return found;
  }
  return undefined;
}

/** The id of the video that a file among the covers is named after. */
export const videoOfCover = (name: string): MediaId => basename(name, extname(name));

/** All recorded covers of videos that are in the library, page by page. */
export async function* coversInPages({ query }: Database): AsyncGenerator<StoredCover[]> {
  for (let last = ''; ; ) {
    const rows = await query
      .selectFrom('instagram_covers as cover')
      .innerJoin('instagram_items as item', 'item.instagram_media_id', 'cover.instagram_media_id')
      .selectAll('cover')
      .where('cover.instagram_media_id', '>', last)
      .where('item.media_item_id', 'is not', null)
      .orderBy('cover.instagram_media_id')
      .limit(ROWS_AT_ONCE)
      .execute();
    yield rows.map(coverOf);
    last = rows.at(-1)?.instagram_media_id ?? last;
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

/** Those of these ids that are videos of the library. */
export async function videosAmong({ query }: Database, ids: readonly MediaId[]): Promise<Set<MediaId>> {
  const found = new Set<MediaId>();
  for (const some of chunks(ids, ROWS_AT_ONCE)) {
    const rows = await query
      .selectFrom('instagram_items')
      .select('instagram_media_id as id')
      .where('instagram_media_id', 'in', some)
      .where('media_type', '=', 'VIDEO')
      .where('media_item_id', 'is not', null)
      .execute();
    for (const { id } of rows) found.add(id);
  }
  return found;
}
