import { basename } from 'node:path';
import { knownItems } from '../known-items.ts';
import { pagesOf } from '../pages.ts';
import { BACKFILL_FOLDER } from '../paths.ts';
import type { RepairOptions } from './options.ts';
import { removeStrays, withoutRows } from './strays.ts';

/**
 * Removes incomplete files without a row that are named after items whose own files are in the library: a run that died
 * left them behind. Returns how many.
 */
export async function clearLeftovers({ db, stores }: RepairOptions): Promise<number> {
  const { media } = stores;
  let cleared = 0;
  for await (const page of pagesOf(media.list(BACKFILL_FOLDER))) {
    const keys = page.map(({ key }) => key);
    const named = (await withoutRows(db, media, keys)).flatMap((key) => {
      const item = itemOfFile(key);
      return item === undefined ? [] : [{ key, item }];
    });
    const items = named.map(({ item }) => item);
    const known = await knownItems(items, () => undefined, { db, stores, remembers: false });
    const strays = named.filter(({ item }) => known.get(item)?.onDisk === 'there').map(({ key }) => key);
    cleared += await removeStrays({ db, store: media }, strays);
  }
  return cleared;
}

/** The item that a file is named after, if it has a name that this program gives files. */
const itemOfFile = (key: string): string | undefined =>
  /^(?:\d{8}_\d{6}_)?(\d{1,32})\.[a-z0-9]+$/.exec(basename(key))?.[1];
