import { BACKFILL_SOURCE } from '../catalogue/backfill-source.ts';
import { UsageError } from '../errors.ts';
import type { StoredAt } from '../files/file-store.ts';
import { MEDIA_STORE, placeOutside, type Stores } from '../files/stores.ts';
import type { Place } from '../media/place.ts';

/** The columns of a `media_items` row that say where its file is. */
export interface RowPlace {
  readonly source_type: string;
  /** Absolute. */
  readonly file_path: string;
  /** As recorded in `media_places`, if it is. */
  readonly place_store?: string | null;
  readonly place_key?: string | null;
}

/** What to select of `media_places as place` for {@link RowPlace}. */
export const PLACE_COLUMNS = ['place.store as place_store', 'place.key as place_key'] as const;

/** True if a row's file is on this machine; those of the Python program can also be in a cloud. */
export const isOnThisMachine = ({ source_type }: Pick<RowPlace, 'source_type'>): boolean =>
  source_type === 'local' || source_type === BACKFILL_SOURCE;

/**
 * The place of a row's file: the recorded one, or derived from its path, which may be outside of the media folder.
 *
 * @throws {UsageError} for a source that this program has no store for.
 */
export function placeOfRow(stores: Stores, row: RowPlace): Place {
  if (!isOnThisMachine(row)) {
    throw new UsageError(`No file store for media of source type ${row.source_type}`, {
      hint: 'This program reads local files and the files that it downloaded.',
    });
  }
  return (stores.areOurs && recordedPlace(row)) || placeOfPath(stores, row.file_path);
}

/** Undefined if another program has changed the path since the place was recorded. */
function recordedPlace({ file_path, place_store: store, place_key: key }: RowPlace): Place | undefined {
  const isCurrent = store && key && file_path.replaceAll('\\', '/').endsWith(`/${key}`);
  return isCurrent ? { store, key } : undefined;
}

/** The place of a file of this machine. */
export function placeOfPath({ media }: Stores, path: string): Place {
  const key = media.local?.keyOf(path);
  return key === undefined ? placeOutside(path) : { store: MEDIA_STORE, key };
}

/** @throws {UsageError} for a source that this program has no store for. */
export const fileOfRow = (stores: Stores, row: RowPlace): StoredAt => stores.at(placeOfRow(stores, row));
