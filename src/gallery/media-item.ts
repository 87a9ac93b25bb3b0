import type { Database } from '../db/open.ts';
import type { StoredAt, StoredFile } from '../files/file-store.ts';
import type { Stores } from '../files/stores.ts';
import { fileOfRow, PLACE_COLUMNS } from '../library/row-files.ts';

/** A media item and its file. */
export interface MediaItem {
  readonly id: string;
  readonly filePath: string;
  readonly fileName: string;
  /** Bytes, when it was saved. */
  readonly fileSize: number;
  readonly fileHash: string;
  /** Changes with the bytes. */
  readonly version: string;
  readonly mimeType: string | undefined;
  readonly sourceType: string;
  readonly instagramMediaId: string | undefined;
  readonly file: StoredAt;
  /** The present file; undefined if it is missing. */
  readonly stored: StoredFile | undefined;
}

/** The version of a file, for addresses that are cached forever. */
export const versionOf = (fileHash: string): string => fileHash.slice(0, 8);

/**
 * Finds a media item by its UUID.
 *
 * @throws {UsageError} if its file is in a store that this program cannot open.
 */
export async function findMediaItem(
  { db: { query }, stores }: { db: Database; stores: Stores },
  id: string,
): Promise<MediaItem | undefined> {
  const row = await query
    .selectFrom('media_items')
    .leftJoin('media_places as place', 'place.media_item_id', 'media_items.id')
    .select([
      ...PLACE_COLUMNS,
      'id',
      'file_path',
      'file_name',
      'file_size',
      'file_hash',
      'mime_type',
      'source_type',
      'instagram_media_id',
    ])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) return undefined;
  const file = fileOfRow(stores, row);
  return {
    id: row.id,
    filePath: row.file_path,
    fileName: row.file_name,
    fileSize: row.file_size,
    fileHash: row.file_hash,
    version: versionOf(row.file_hash),
    mimeType: row.mime_type ?? undefined,
    sourceType: row.source_type,
    instagramMediaId: row.instagram_media_id ?? undefined,
    file,
    stored: await file.store.stat(file.key),
  };
}
