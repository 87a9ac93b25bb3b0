import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Place } from '../media/place.ts';
import type { FileStore, StoredAt } from './file-store.ts';
import { createLocalStore, type WriteOptions } from './local/local-store.ts';

/** The store of the library's own files. */
export const MEDIA_STORE = 'media';
const FOLDER = 'file:';

/** The place of a file of this machine outside of the media folder. */
export const placeOutside = (path: string): Place => ({ store: FOLDER + dirname(path), key: basename(path) });

/** All stores of the library. The only code that creates stores. */
export interface Stores {
  /** The library's own files. */
  readonly media: FileStore;
  /** @throws {UsageError} for a store that this program does not have. */
  at(place: Place): StoredAt;
  /** The same stores for one writer, with a memory budget and an owner mark of its own. */
  forWriter(options: WriteOptions): Stores;
  /** False until the media folder is known to belong to the database: recorded places in it then say nothing. */
  readonly areOurs: boolean;
  /** The same stores with a media folder that belongs to the database. */
  ours(): Stores;
}

/** Commands that write a few small files need no memory budget. */
const READER: WriteOptions = { owner: 'reader', memory: 0 };

/** Opens the stores that the settings name; creates nothing. */
export async function openStores({ mediaDir }: { mediaDir: string }): Promise<Stores> {
  const realRoot = await realpath(mediaDir).catch(() => undefined);
  const create = (options: WriteOptions, areOurs: boolean): Stores => {
    const media = createLocalStore({ root: mediaDir, realRoot, ...options });
    return {
      media,
      areOurs,
      at: ({ store, key }) => ({ store: store === MEDIA_STORE ? media : openFolder(store), key }),
      forWriter: (writer) => create(writer, areOurs),
      ours: () => create(options, true),
    };
  };
  return create(READER, false);
}

function openFolder(name: string): FileStore {
  if (name.startsWith(FOLDER)) return createLocalStore({ root: name.slice(FOLDER.length), ...READER });
  throw new UsageError(`This program has no file store ${name}`, {
    hint: 'It reads files of this machine only.',
  });
}
