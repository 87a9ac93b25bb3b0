import type { KeptFile } from '../backfill/ports.ts';
import { addressOf, type FileStore } from '../files/file-store.ts';
import { inspect } from '../files/inspect.ts';
import { EXTENSIONS } from '../media/content.ts';
import { expectedKind, type Item } from '../media/item.ts';
import { namingItem } from '../media/item-errors.ts';
import { itemStem } from './paths.ts';

/** What a run that died left under an item's keys. */
interface Leftovers {
  /** A complete file of the right kind. */
  readonly file?: KeptFile;
  /** The keys of incomplete files. */
  readonly incomplete: readonly string[];
}

/**
 * Looks for an item's file that a run which died stored without a row. Only its structure says that it is complete: a file
 * of unusual structure is downloaded again, and then replaced by the same bytes.
 *
 * @throws {BackfillError} if a link or a pipe is in its place: no download could be stored there.
 */
export async function findLeftovers(store: FileStore, item: Item): Promise<Leftovers> {
  const keys = EXTENSIONS.map((extension) => itemStem(item) + extension);
  const [obstacles, found] = await Promise.all([
    Promise.all(keys.map((key) => store.obstacle?.(key))),
    Promise.all(keys.map((key) => store.stat(key))),
  ]);
  const obstacle = obstacles.find(Boolean);
  if (obstacle) throw namingItem(obstacle, item.id);
  const kind = expectedKind(item);
  const incomplete: string[] = [];
  for (const file of found) {
    if (!file) continue;
    const { type, isComplete, size, hash } = await inspect(store, file.key, kind);
    if (isComplete && type && type.kind === (kind ?? type.kind) && file.key.endsWith(type.extension)) {
      return { file: { path: addressOf(store, file.key), size, hash, mime: type.mime }, incomplete };
    }
    incomplete.push(file.key);
  }
  return { incomplete };
}
