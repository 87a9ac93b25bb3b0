import { UsageError } from '../errors.ts';
import type { MediaStorage } from './file-store.ts';
import { createLocalFolder, type LocalFolderOptions } from './local/local-store.ts';

/** What a storage is made from; further places get a `kind` of their own. */
export type StorageOptions = { kind: 'local' } & LocalFolderOptions;

/** The `source_type`s of rows whose files lie in the local folder. */
const LOCAL_SOURCES = new Set(['local', 'instagram_backfill']);

/** Opens the storage of the given kind. */
export function createStorage(options: StorageOptions): MediaStorage {
  switch (options.kind) {
    case 'local':
      return createLocalFolder(options);
    default:
      return options.kind satisfies never;
  }
}

/** Which kind of storage holds the file of a row, by its `source_type`. */
export function storageKindOf(sourceType: string): StorageOptions['kind'] {
  if (LOCAL_SOURCES.has(sourceType)) return 'local';
  throw new UsageError(`No storage for media of source type ${sourceType}`, {
    hint: 'This program reads local files and what it backfilled itself.',
  });
}
