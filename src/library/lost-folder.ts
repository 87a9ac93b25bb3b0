import type { Database } from '../db/open.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { BACKFILL_FOLDER } from './places.ts';

/** True where the library has files in this storage, but their folder is not there: as when its disk is not. */
export async function hasLostItsFolder({ query }: Database, storage: MediaStorage): Promise<boolean> {
  if ((await storage.folders()).includes(BACKFILL_FOLDER)) return false;
  const row = await query
    .selectFrom('media_items')
    .select('file_path')
    .where('source_type', '=', BACKFILL_FOLDER)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && storage.idOf(row.file_path) !== undefined;
}
