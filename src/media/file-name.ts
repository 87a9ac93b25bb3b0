import { BackfillError } from '../errors.ts';
import type { Item } from './item.ts';
import { formatStamp } from './moment.ts';

/** True for a valid Instagram id, which may become part of a path: digits only. */
export const isMediaId = (id: string): boolean => /^\d{1,32}$/.test(id);

/**
 * The item's file name without its extension: `{YYYYMMDD_HHMMSS}_{id}` with the post's time in UTC, or `{id}` if it has
 * none.
 *
 * @throws {BackfillError} for an invalid id: it could name a file elsewhere.
 */
export function fileStem(item: Pick<Item, 'id' | 'postedAt'>): string {
  if (!isMediaId(item.id)) throw new BackfillError(`Not an Instagram id: ${JSON.stringify(item.id)}`);
  return item.postedAt ? `${formatStamp(item.postedAt)}_${item.id}` : item.id;
}
