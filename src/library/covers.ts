import { basename, extname } from 'node:path';
import type { StoredCover } from '../catalogue/covers.ts';
import type { FileStore, StoredFile } from '../files/file-store.ts';
import { EXTENSIONS } from '../media/content.ts';
import type { MediaId } from '../media/item.ts';
import { COVER_FOLDER, coverStem } from './paths.ts';

/** The key of a recorded cover. */
export const coverKey = ({ name }: Pick<StoredCover, 'name'>): string => `${COVER_FOLDER}/${basename(name)}`;

/** Finds a cover without a record, as earlier versions stored them. */
export async function findCover(store: FileStore, id: MediaId): Promise<StoredFile | undefined> {
  for (const extension of EXTENSIONS) {
    const found = await store.stat(coverStem(id) + extension);
    if (found && found.size > 0) return found;
  }
  return undefined;
}

/** The id of the video that a cover's file is named after. */
export const videoOfCover = (name: string): MediaId => basename(name, extname(name));
