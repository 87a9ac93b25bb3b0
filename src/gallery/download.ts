import { randomBytes } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import type { Stores } from '../files/stores.ts';
import { formatDay } from '../media/moment.ts';
import type { SeenFile } from './file-notes.ts';
import { postFolders } from './post-folders.ts';
import { MOST_ENTRIES, zipBytes, zipLength } from './zip.ts';

/** A ZIP of posts, ready to be read. */
export interface ReadyDownload {
  readonly id: string;
  readonly fileName: string;
  readonly posts: number;
  /** Pictures and videos. */
  readonly files: number;
  /** Of the ZIP file, exactly. */
  readonly bytes: number;
  /** Each call reads the ZIP anew; it throws in its midst where a file changes meanwhile. */
  read(): AsyncGenerator<Uint8Array>;
}

export interface Downloads {
  /**
   * Makes the posts ready to be downloaded; each counts once.
   *
   * @throws {UsageError} where a post is not in the library, or there are more files than a ZIP holds.
   */
  prepare(postIds: readonly string[]): Promise<ReadyDownload>;
  /** What was prepared not long ago, as it is now; nothing for any other id. */
  open(id: string): Promise<ReadyDownload | undefined>;
}

/** How long a download can be had. */
const KEPT_MS = 10 * 60_000;
const KEPT_MOST = 100;

/** Downloads are made as they are read; only what is asked for is held in memory. */
export function createDownloads(options: {
  db: Database;
  stores: Stores;
  now: () => Date;
  /** Hears what was met of each file. */
  saw?: (file: SeenFile) => Promise<void>;
}): Downloads {
  const { now } = options;
  const asked = new Map<string, { readonly postIds: readonly string[]; readonly at: Date }>();

  const ready = async (id: string, postIds: readonly string[], at: Date): Promise<ReadyDownload> => {
    const { entries, posts, files } = await postFolders(options, postIds, at);
    if (posts < postIds.length) {
      throw new UsageError(`${postIds.length - posts} of these posts are not in the library`, {
        hint: 'Load the page again, and choose once more.',
      });
    }
    if (entries.length > MOST_ENTRIES) {
      throw new UsageError(`These posts have ${entries.length} files, and a ZIP holds ${MOST_ENTRIES}`, {
        hint: 'Download them in two parts.',
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
  const forgetOld = () => {
    for (const [id, { at }] of asked) if (now().getTime() - at.getTime() >= KEPT_MS) asked.delete(id);
  };

  return {
    async prepare(wanted) {
      const postIds = [...new Set(wanted)];
      const at = now();
      const id = randomBytes(16).toString('base64url');
      const download = await ready(id, postIds, at);
      forgetOld();
      for (const oldest of asked.keys()) if (asked.size >= KEPT_MOST) asked.delete(oldest);
      asked.set(id, { postIds, at });
      return download;
    },
    async open(id) {
      forgetOld();
      const found = asked.get(id);
      return found && ready(id, found.postIds, found.at);
    },
  };
}
