import { BACKFILL_SOURCE } from '../catalogue/backfill-source.ts';
import { fileStem } from '../media/file-name.ts';
import type { Item, MediaId } from '../media/item.ts';

/** The folder of backfilled files in the media folder. */
export const BACKFILL_FOLDER = BACKFILL_SOURCE;

/** The key of an item's file, without its extension. */
export const itemStem = (item: Pick<Item, 'id' | 'postedAt'>): string => `${BACKFILL_FOLDER}/${fileStem(item)}`;

/** The folder of the covers of videos. */
export const COVER_FOLDER = `${BACKFILL_FOLDER}/.covers`;

/** The key of a video's cover, without its extension. */
export const coverStem = (id: MediaId): string => `${COVER_FOLDER}/${id}`;

/** The folder of the posts' sidecars. */
export const SIDECAR_FOLDER = `${BACKFILL_FOLDER}/.posts`;

/** Folders that a run writes to; the first one contains the others. */
export const WRITTEN_FOLDERS = [BACKFILL_FOLDER, SIDECAR_FOLDER, COVER_FOLDER] as const;

/** The key of a post's sidecar. */
export const sidecarKey = (postId: MediaId): string => `${SIDECAR_FOLDER}/${postId}.json`;
