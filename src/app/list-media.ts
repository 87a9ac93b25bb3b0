import type { OnDisk } from '../backfill/ports.ts';
import { listMediaItems, type MediaFilter, type MediaView } from '../catalogue/media-items.ts';
import { lookAtFile } from '../library/look.ts';
import type { App } from './open.ts';

/** A media item, and the state of its file; undefined if the file could not be looked at. */
export interface ListedMedia extends MediaView {
  readonly onDisk: OnDisk | undefined;
}

/** Media items, newest first, each with a look at its file: the disk knows more than the last check did. */
export async function listMedia({ db, stores }: App, filter: MediaFilter): Promise<ListedMedia[]> {
  const listed: ListedMedia[] = [];
  for (const item of await listMediaItems(db, filter)) {
    const { filePath, fileSize, fileHash, sourceType, fileState } = item;
    const row = { file_path: filePath, file_size: fileSize, file_hash: fileHash, source_type: sourceType };
    const look = await lookAtFile(stores, row);
    // A file of the right size may still have been found changed when it was read.
    const onDisk = look?.onDisk === 'there' && fileState === 'altered' ? 'changed' : look?.onDisk;
    listed.push({ ...item, onDisk });
  }
  return listed;
}
