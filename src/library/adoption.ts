import { createHash } from 'node:crypto';
import type { KeptFile } from '../backfill/ports.ts';
import { EXTENSIONS } from '../media/content.ts';
import { type Item, isPosterOnly } from '../media/item.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { itemPlace } from './places.ts';
import { createCheck } from './receive.ts';

/** The item's file where a run that died left it in its place: whole, and of the right kind. */
export async function findWholeFile(storage: MediaStorage, item: Item): Promise<KeptFile | undefined> {
  const places = EXTENSIONS.map((extension) => itemPlace(item) + extension);
  const found = await Promise.all(places.map((place) => storage.info(place)));
  const kind = isPosterOnly(item) ? 'image' : item.kind;
  for (const file of found) {
    if (!file) continue;
    const check = createCheck();
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of storage.download(file.id)) {
      size += chunk.length;
      hash.update(chunk);
      check.push(chunk, size);
    }
    const type = check.type();
    if (type?.kind === kind && file.id.endsWith(type.extension) && check.isWhole()) {
      return { path: storage.locate(file.id), size, hash: hash.digest('hex'), mime: type.mime };
    }
  }
  return undefined;
}
