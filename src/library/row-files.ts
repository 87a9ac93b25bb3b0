import { BACKFILL_SOURCE } from '../catalogue/backfill-source.ts';
import { UsageError } from '../errors.ts';
import type { StoredAt } from '../files/file-store.ts';
import { MEDIA_STORE, type Place, placeOutside, type Stores } from '../files/stores.ts';

/** The columns of a `media_items` row that say where its file is. */
export interface RowPlace {
  readonly source_type: string;
  /** Absolute. */
  readonly file_path: string;
}

/** True if a row's file is on this machine; those of the Python program can also be in a cloud. */
export const isOnThisMachine = ({ source_type }: Pick<RowPlace, 'source_type'>): boolean =>
  source_type === 'local' || source_type === BACKFILL_SOURCE;

/**
 * The place of a row's file, derived from its path. It may be outside of the media folder.
 *
 * @throws {UsageError} for a source that this program has no store for.
 */
export function placeOfRow({ media }: Stores, row: RowPlace): Place {
  if (!isOnThisMachine(row)) {
    throw new UsageError(`No file store for media of source type ${row.source_type}`, {
      hint: 'This program reads local files and the files that it downloaded.',
    });
  }
  const key = media.local?.keyOf(row.file_path);
  return key === undefined ? placeOutside(row.file_path) : { store: MEDIA_STORE, key };
}

/** @throws {UsageError} for a source that this program has no store for. */
export const fileOfRow = (stores: Stores, row: RowPlace): StoredAt => stores.at(placeOfRow(stores, row));
