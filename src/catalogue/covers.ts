import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../db/open.ts';
import type { NewRow, Schema } from '../db/schema.ts';
import { chunks } from '../lib/chunks.ts';
import type { MediaId } from '../media/item.ts';

/** The stored cover of a video. */
export interface StoredCover {
  readonly id: MediaId;
  /** In the folder of covers. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256; undefined if it has not been read yet. */
  readonly hash: string | undefined;
}

/** Rows in one statement: well below the databases' limits on parameters. */
const BATCH = 500;

/** Records covers, replacing what was recorded for the same videos. */
export async function recordCovers(query: Kysely<Schema>, covers: readonly StoredCover[]): Promise<void> {
  const rows = covers.map(
    ({ id, name, size, hash }): NewRow<'instagram_covers'> => ({
      instagram_media_id: id,
      file_name: name,
      file_size: size,
      file_hash: hash ?? null,
    }),
  );
  for (const some of chunks(rows, BATCH)) {
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

/** The recorded covers of these videos. */
export async function recordedCovers({ query }: Database, ids: readonly MediaId[]): Promise<Map<MediaId, StoredCover>> {
  const found = new Map<MediaId, StoredCover>();
  for (const some of chunks(ids, BATCH)) {
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

/** The recorded covers of all videos in the library, in pages. */
export async function* coversInPages({ query }: Database): AsyncGenerator<StoredCover[]> {
  for (let last = ''; ; ) {
    const rows = await query
      .selectFrom('instagram_covers as cover')
      .innerJoin('instagram_items as item', 'item.instagram_media_id', 'cover.instagram_media_id')
      .selectAll('cover')
      .where('cover.instagram_media_id', '>', last)
      .where('item.media_item_id', 'is not', null)
      .orderBy('cover.instagram_media_id')
      .limit(BATCH)
      .execute();
    yield rows.map(coverOf);
    last = rows.at(-1)?.instagram_media_id ?? last;
    if (rows.length < BATCH) return;
  }
}

/** Those of these ids that are videos in the library. */
export async function videosAmong({ query }: Database, ids: readonly MediaId[]): Promise<Set<MediaId>> {
  const found = new Set<MediaId>();
  for (const some of chunks(ids, BATCH)) {
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
