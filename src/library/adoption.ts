import type { KeptFile } from '../backfill/ports.ts';
import { EXTENSIONS } from '../media/content.ts';
import { expectedKind, type Item } from '../media/item.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { inspect } from './inspect.ts';
import { itemPlace } from './places.ts';

/**
 * The item's file where a run that died left it in its place: whole, and of the right kind. Without a row nothing but its
 * structure says that it is whole: a file of unusual structure is downloaded again, and then replaced by the same bytes.
 */
export async function findWholeFile(storage: MediaStorage, item: Item): Promise<KeptFile | undefined> {
  const places = EXTENSIONS.map((extension) => itemPlace(item) + extension);
  const found = await Promise.all(places.map((place) => storage.info(place)));
  const kind = expectedKind(item);
  for (const file of found) {
    if (!file) continue;
    const { type, isWhole, size, hash } = await inspect(storage, file.id, kind);
    if (isWhole && type && type.kind === (kind ?? type.kind) && file.id.endsWith(type.extension)) {
      return { path: storage.locate(file.id), size, hash, mime: type.mime };
    }
  }
  return undefined;
}
