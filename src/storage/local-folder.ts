import { createHash } from 'node:crypto';
import { constants, createReadStream, type Stats, statSync } from 'node:fs';
import { access, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { StorageError } from '../errors.ts';
import { createBatcher } from '../lib/batcher.ts';
import { createBlockPool } from '../lib/block-pool.ts';
import { ensureFolder } from '../lib/ensure-folder.ts';
import { syncFolder } from '../lib/sync-folder.ts';
import { createDiskSpace, measureDisk } from './disk-space.ts';
import { createFileUpload } from './file-upload.ts';
import type { MediaStorage, StoredFile } from './media-storage.ts';

/** Files that are placed within so many milliseconds share the sync of their folder. */
const SETTLED_TOGETHER = 10;
const SETTLED_AT_MOST = 256;

/** Nobody's folder scan takes a file of this ending for a picture. */
const PARTIAL = '.part';

export interface LocalFolderOptions {
  /** The folder, absolute. */
  root: string;
  /** Marks this process's partial files, so that others leave them alone. */
  owner: string;
  /** Bytes that all uploads together may hold in memory; what is beyond goes on in partial files. */
  heldInMemory: number;
}

/** Media in a folder of this machine. */
export function createLocalFolder({ root, owner, heldInMemory }: LocalFolderOptions): MediaStorage {
  const pathOf = (id: string): string => {
    const path = resolve(root, ...id.split('/'));
    if (path !== root && !path.startsWith(root + sep)) throw new StorageError(`${id} is not in the media folder`);
    return path;
  };
  const idOf = (place: string): string | undefined => {
    const id = relative(root, place).split(sep).join('/');
    return id && !id.startsWith('..') && !isAbsolute(id) ? id : undefined;
  };
  // Looking at a name takes microseconds; to have another thread do it takes many times that.
  const statNow = (path: string): Stats | undefined => {
    try {
      return statSync(path, { throwIfNoEntry: false });
    } catch (error) {
      return absent(error as NodeJS.ErrnoException);
    }
  };
  const info = async (id: string): Promise<StoredFile | undefined> => {
    const found = statNow(pathOf(id));
    if (!found?.isFile()) return undefined;
    return { id, name: basename(id), size: found.size, modifiedAt: found.mtime };
  };
  /** As it was when it was last found good: a disk that is unplugged leaves an empty folder of the same name. */
  let identity: Pick<Stats, 'dev' | 'ino'> | undefined;
  const confirm = (): void => {
    if (!identity) return;
    const found = statNow(root);
    if (found?.ino === identity.ino && found.dev === identity.dev) return;
    throw new StorageError(`The media folder ${root} is gone, or another one is in its place`, {
      hint: 'Bring it back, with the disk that it lies on, then run the same command again.',
    });
  };
  const memory = createBlockPool(heldInMemory);
  const space = createDiskSpace(() => measureDisk(root));
  const settle = createBatcher(
    async (folders: readonly string[]) => {
      await Promise.all([...new Set(folders)].map(syncFolder));
      return folders.map(() => undefined);
    },
    { gather: SETTLED_TOGETHER, most: SETTLED_AT_MOST },
  );
  const upload: MediaStorage['upload'] = (folder, room) =>
    createFileUpload({
      room,
      confirm,
      settle,
      memory,
      folder: pathOf(folder),
      owner,
      suffix: PARTIAL,
      pathOf,
      info,
    });

  const storage: MediaStorage = {
    info,
    upload,
    idOf,
    locate: pathOf,

    async problem() {
      try {
        ensureFolder(root);
        await access(root, constants.W_OK);
        // Access rights say nothing of a read-only medium: only a file tells.
        // One name for all: what a process that died leaves behind, the next takes away.
        const probe = join(root, `.probe${PARTIAL}`);
        await (await open(probe, 'w')).close();
        await rm(probe, { force: true });
        identity = await stat(root);
        return undefined;
      } catch (error) {
        return `The media folder ${root} cannot be written: ${error instanceof Error ? error.message : 'unknown error'}`;
      }
    },
    isConfigured: async () => (await stat(root).catch(absent))?.isDirectory() ?? false,

    async *listFiles(folder = '') {
      const entries = await readdir(pathOf(folder), { withFileTypes: true }).catch(absent);
      for (const entry of entries ?? []) {
        if (entry.name.startsWith('.') || entry.name.endsWith(PARTIAL)) continue;
        const id = folder ? `${folder}/${entry.name}` : entry.name;
        if (entry.isDirectory()) yield* storage.listFiles(id);
        else {
          const file = await info(id);
          if (file) yield file;
        }
      }
    },
    async folders(folder = '') {
      const entries = await readdir(pathOf(folder), { withFileTypes: true }).catch(absent);
      const names = (entries ?? []).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
      return names.map(({ name }) => name).toSorted();
    },
    exists: async (id) => (await info(id)) !== undefined,
    download: (id, range) => createReadStream(pathOf(id), range ? { start: range.start, end: range.end } : {}),
    async contentHash(id) {
      const hash = createHash('sha256');
      for await (const chunk of storage.download(id)) hash.update(chunk);
      return hash.digest('hex');
    },
    async put(id, content, modifiedAt) {
      const one = upload(dirname(id));
      await one.write(content);
      return one.commit(id, modifiedAt);
    },
    async move(from, to) {
      ensureFolder(dirname(pathOf(to)));
      await rename(pathOf(from), pathOf(to));
      await Promise.all([dirname(pathOf(from)), dirname(pathOf(to))].map(syncFolder));
    },
    remove: (id) => rm(pathOf(id), { force: true }),
    async listPartials(folder, liveOwners) {
      const names = (await readdir(pathOf(folder)).catch(absent)) ?? [];
      const isLive = (name: string) => [...liveOwners, owner].some((live) => name.endsWith(`.${live}${PARTIAL}`));
      return names.filter((name) => name.endsWith(PARTIAL) && !isLive(name));
    },
    async clearPartials(folder, liveOwners) {
      const dead = await storage.listPartials(folder, liveOwners);
      await Promise.all(dead.map((name) => rm(join(pathOf(folder), name), { force: true })));
      return dead.length;
    },
    claimRoom: space.claim,
    freeBytes: async () => (await measureDisk(root))?.free,
  };
  return storage;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
