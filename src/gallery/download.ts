import { randomBytes } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import type { Stores } from '../files/stores.ts';
import { formatDay } from '../media/moment.ts';
import type { SeenFile } from './file-notes.ts';
import { postFolders } from './post-folders.ts';
import { MOST_ENTRIES, zipBytes, zipLength } from './zip.ts';

/** A ZIP of posts that can be read. */
export interface ReadyDownload {
  readonly id: string;
  readonly fileName: string;
  readonly posts: number;
  /** Images and videos. */
  readonly files: number;
  /** The exact size of the ZIP file. */
  readonly bytes: number;
  /** Makes the ZIP again on each call. Throws while it is read if a file has changed. */
  read(): AsyncGenerator<Uint8Array>;
}

export interface Downloads {
  /**
   * Prepares a download; posts that are named twice are in it once.
   *
   * @throws {UsageError} if a post is not in the library, or if there are more files than a ZIP can hold.
   */
  prepare(postIds: readonly string[]): Promise<ReadyDownload>;
  /** A prepared download, with the files as they are now; undefined if the id is unknown or expired. */
  open(id: string): Promise<ReadyDownload | undefined>;
}

/** Milliseconds until a download expires. */
const LIFETIME = 10 * 60_000;
const MAX_DOWNLOADS = 100;

/** Keeps only the ids of the posts in memory: a ZIP is made while it is read. */
export function createDownloads(options: {
  db: Database;
  stores: Stores;
  now: () => Date;
  /** Called for each file, with its present size on disk. */
  saw?: (file: SeenFile) => Promise<void>;
}): Downloads {
  const { now } = options;
  const prepared = new Map<string, { readonly postIds: readonly string[]; readonly at: Date }>();

  const ready = async (id: string, postIds: readonly string[], at: Date): Promise<ReadyDownload> => {
    const { entries, posts, files } = await postFolders(options, postIds, at);
    if (posts < postIds.length) {
      throw new UsageError(`${postIds.length - posts} of these posts are not in the library`, {
        hint: 'Reload the page and select the posts again.',
      });
    }
    if (entries.length > MOST_ENTRIES) {
      throw new UsageError(`These posts have ${entries.length} files; a ZIP can hold ${MOST_ENTRIES}`, {
        hint: 'Download them in smaller parts.',
      });
    }
    const name = postIds.length === 1 ? `${postIds[0]}` : `${formatDay(at)}-${postIds.length}-posts`;
    return {
      id,
      fileName: `storyline-${name}.zip`,
      posts,
      files,
      bytes: zipLength(entries),
      read: () => zipBytes(entries),
    };
  };
  const removeExpired = () => {
    for (const [id, { at }] of prepared) if (now().getTime() - at.getTime() >= LIFETIME) prepared.delete(id);
  };

  return {
    async prepare(requested) {
      const postIds = [...new Set(requested)];
      const at = now();
      const id = randomBytes(16).toString('base64url');
      const download = await ready(id, postIds, at);
      removeExpired();
      for (const oldest of prepared.keys()) if (prepared.size >= MAX_DOWNLOADS) prepared.delete(oldest);
      prepared.set(id, { postIds, at });
      return download;
    },
    async open(id) {
      removeExpired();
      const found = prepared.get(id);
      return found && ready(id, found.postIds, found.at);
    },
  };
}
