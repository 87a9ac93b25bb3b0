import type { KeptFile } from '../backfill/ports.ts';
import { EXTENSIONS } from '../media/content.ts';
import { type Item, isPosterOnly } from '../media/item.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { inspect } from './inspect.ts';
import { namingItem } from './item-errors.ts';
import { itemPlace } from './places.ts';

/**
 * The item's file where a run that died left it in its place: whole, and of the right kind.
 *
 * @throws {BackfillError} where a link or a pipe is in its place: nothing that is downloaded could be put there.
 */
export async function findWholeFile(storage: MediaStorage, item: Item): Promise<KeptFile | undefined> {
  const places = EXTENSIONS.map((extension) => itemPlace(item) + extension);
  for (const place of places) {
    const obstacle = await storage.obstacle(place);
    if (obstacle) throw namingItem(obstacle, item.id);
  }
  const found = await Promise.all(places.map((place) => storage.info(place)));
  const kind = isPosterOnly(item) ? 'image' : item.kind;
  for (const file of found) {
    if (!file) continue;
    const { type, isWhole, size, hash } = await inspect(storage, file.id);
    if (isWhole && type?.kind === kind && file.id.endsWith(type.extension)) {
      return { path: storage.locate(file.id), size, hash, mime: type.mime };
    }
  }
  return undefined;
}
