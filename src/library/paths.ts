import { fileStem } from '../media/file-name.ts';
import type { Item, MediaId } from '../media/item.ts';

/** The folder of what was backfilled, below the media folder; also its rows' category and source type. */
export const BACKFILL_FOLDER = 'instagram_backfill';

/** Where an item's file goes, without its extension. */
export const itemPlace = (item: Pick<Item, 'id' | 'postedAt'>): string => `${BACKFILL_FOLDER}/${fileStem(item)}`;

/** Where the covers of videos lie. */
export const COVER_FOLDER = `${BACKFILL_FOLDER}/.covers`;

/** Where a video's still goes, without its extension. */
export const coverPlace = (id: MediaId): string => `${COVER_FOLDER}/${id}`;

/** Where the posts' sidecars lie. */
export const SIDECAR_FOLDER = `${BACKFILL_FOLDER}/.posts`;

/** Folders that a run writes to; the first one holds the others. */
export const WRITTEN_FOLDERS = [BACKFILL_FOLDER, SIDECAR_FOLDER, COVER_FOLDER] as const;

/** Where a post's sidecar goes. */
export const sidecarPlace = (postId: MediaId): string => `${SIDECAR_FOLDER}/${postId}.json`;
