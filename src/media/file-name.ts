import { BackfillError } from '../errors.ts';
import type { Item } from './item.ts';
import { formatStamp } from './moment.ts';

/** True for what can be an Instagram id, and so for what may become part of a path: digits alone. */
export const isMediaId = (id: string): boolean => /^\d{1,32}$/.test(id);

/**
 * The item's file name without its extension: `{YYYYMMDD_HHMMSS}_{id}`, the time being the post's in UTC, or `{id}`
 * where the post has none.
 *
 * @throws {BackfillError} for an id that is not digits: it would name a file elsewhere.
 */
export function fileStem(item: Pick<Item, 'id' | 'postedAt'>): string {
  if (!isMediaId(item.id)) throw new BackfillError(`Not an Instagram id: ${JSON.stringify(item.id)}`);
  return item.postedAt ? `${formatStamp(item.postedAt)}_${item.id}` : item.id;
}
