import type { KeptFile } from '../backfill/ports.ts';
import { namingItem } from '../catalogue/item-errors.ts';
import type { MediaStorage } from '../files/file-store.ts';
import { inspect } from '../files/inspect.ts';
import { EXTENSIONS } from '../media/content.ts';
import { expectedKind, type Item } from '../media/item.ts';
import { itemPlace } from './paths.ts';

/** What lies in an item's place. */
interface InPlace {
  /** A complete file of the right kind, as a run that died leaves it. */
  readonly file?: KeptFile;
  /** The ids of files that are not. */
  readonly others: readonly string[];
}

/**
 * Looks for the item's file in its place, where a run that died may have left it. Without a row nothing but its structure
 * says that it is complete: a file of unusual structure is downloaded again, and then replaced by the same bytes.
 *
 * @throws {BackfillError} where a link or a pipe is in its place: nothing that is downloaded could be put there.
 */
export async function findInPlace(storage: MediaStorage, item: Item): Promise<InPlace> {
  const places = EXTENSIONS.map((extension) => itemPlace(item) + extension);
  for (const place of places) {
    const obstacle = await storage.obstacle(place);
    if (obstacle) throw namingItem(obstacle, item.id);
  }
  const found = await Promise.all(places.map((place) => storage.info(place)));
  const kind = expectedKind(item);
  const others: string[] = [];
  for (const file of found) {
    if (!file) continue;
    const { type, isWhole, size, hash } = await inspect(storage, file.id, kind);
    if (isWhole && type && type.kind === (kind ?? type.kind) && file.id.endsWith(type.extension)) {
      return { file: { path: storage.locate(file.id), size, hash, mime: type.mime }, others };
    }
    others.push(file.id);
  }
  return { others };
}
