import { basename, dirname } from 'node:path';
import type { MediaStorage } from '../files/file-store.ts';
import { createStorage, storageKindOf } from '../files/open-store.ts';
import { BACKFILL_FOLDER } from './paths.ts';

/** What of a `media_items` row says where its file is. */
export interface RowPlace {
  readonly source_type: string;
  /** Absolute. */
  readonly file_path: string;
}

/** A row's file: its storage, and its id there. */
export interface RowFile {
  readonly storage: MediaStorage;
  readonly id: string;
}

/** True for a row whose file can be looked at here; others lie in a cloud, as those of the Python program can. */
export const isOnThisDisk = ({ source_type }: Pick<RowPlace, 'source_type'>): boolean =>
  source_type === 'local' || source_type === BACKFILL_FOLDER;

/**
 * Finds the file of a row, also one that lies outside the media folder, as in a library that was moved.
 *
 * @throws {UsageError} for a source that this program has no storage for.
 */
export function fileOfRow(media: MediaStorage, row: RowPlace): RowFile {
  const kind = storageKindOf(row.source_type);
  const id = media.idOf(row.file_path);
  if (id !== undefined) return { storage: media, id };
  const root = dirname(row.file_path);
  return { storage: createStorage({ kind, root, owner: 'reader', heldInMemory: 0 }), id: basename(row.file_path) };
}
