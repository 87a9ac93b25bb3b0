import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../../errors.ts';
import { chunks } from '../../lib/chunks.ts';
import { syncFolder } from '../../lib/sync-folder.ts';
import type { FileStore, StoredFile } from '../file-store.ts';
import { folderOf, nameOf } from '../keys.ts';
import { createBlockPool } from './block-pool.ts';
import { createDiskSpace, measureDisk, type Room } from './disk-space.ts';
import { createLocalFolder, ifMissing } from './local-folder.ts';
import {
  checkFolder,
  entryAt,
  folderProblem,
  LINKED_FOLDER_HINT,
  obstacleAt,
  openPlain,
  plainFile,
} from './plain-files.ts';
import { createUpload } from './upload.ts';
import { createWriteCheck } from './write-check.ts';

/** No folder scan mistakes a file with this ending for a picture. */
const PARTIAL = '.part';
/** Partial files of this program. In the media folder itself other programs may have `.part` files too. */
const OWN_PARTIAL = /^[\da-f]{12}\./;
/** Files of a listing whose sizes are read in parallel. */
const STATS = 64;

export interface WriteOptions {
  /** Marks the partial files of this process, so that others leave them alone. */
  readonly owner: string;
  /** Bytes that all uploads together may keep in memory; the rest goes to partial files. */
  readonly memory: number;
  /** Called once about each thing that files have to do without here, such as their times. */
  readonly warn?: ((text: string) => void) | undefined;
}

interface Options extends WriteOptions {
  /** The folder, absolute. */
  root: string;
  /** The folder with all links resolved, if known: files are found by both paths. */
  realRoot?: string | undefined;
}

/** Files in a folder of this machine. Below it no link is followed, and only regular files are opened. */
export function createLocalStore({ root, realRoot, owner, memory, warn = () => {} }: Options): FileStore {
  const warned = new Set<string>();
  const warnOnce = (about: 'times' | 'sync', error?: unknown): void => {
    if (warned.has(about)) return;
    warned.add(about);
    const { code } = (error ?? {}) as NodeJS.ErrnoException;
    const lacks = about === 'times' ? 'does not let file times be set' : 'cannot sync every file to the disk';
    const result =
      about === 'times'
        ? 'they show when a file was downloaded'
        : 'a power cut may lose the newest files, which the next run then downloads again';
    warn(`the disk of ${root} ${lacks}${code ? ` (${code})` : ''}: ${result}`);
  };
  const folder = createLocalFolder({ root, realRoot, cannotSync: () => warnOnce('sync') });
  const { pathOf } = folder;
  const pool = createBlockPool(memory);
  const space = createDiskSpace(() => measureDisk(root));
  const partialName = () => `${randomBytes(6).toString('hex')}.${owner}${PARTIAL}`;

  const readFolder = async (key: string) => {
    const path = pathOf(key);
    if (await folderProblem(root, path)) return [];
    return (await readdir(path, { withFileTypes: true }).catch(ifMissing)) ?? [];
  };
  const upload = (folderKey: string, room: Room | undefined, replacesAnything: boolean) =>
    createUpload({
      folder,
      partial: join(pathOf(folderKey), partialName()),
      room,
      memory: pool,
      replacesAnything,
      warn: warnOnce,
    });
  const partials = async (folderKey: string, liveOwners: readonly string[]): Promise<string[]> => {
    const isLive = (name: string) => [...liveOwners, owner].some((live) => name.endsWith(`.${live}${PARTIAL}`));
    return (await readFolder(folderKey))
      .filter((entry) => entry.isFile() && (folderKey !== '' || OWN_PARTIAL.test(entry.name)))
      .map(({ name }) => name)
      .filter((name) => name.endsWith(PARTIAL) && !isLive(name));
  };
  async function* list(folderKey = ''): AsyncGenerator<StoredFile> {
    const entries = (await readFolder(folderKey)).filter(
      ({ name }) => !name.startsWith('.') && !name.endsWith(PARTIAL),
    );
    const keyOf = (name: string) => (folderKey ? `${folderKey}/${name}` : name);
    for (const some of chunks(entries, STATS)) {
      const found = await Promise.all(
        some.map((entry) => (entry.isFile() ? entryAt(pathOf(keyOf(entry.name))) : undefined)),
      );
      for (const [index, entry] of some.entries()) {
        const key = keyOf(entry.name);
        const file = found[index];
        if (entry.isDirectory()) yield* list(key);
        else if (file?.isFile()) yield { key, name: entry.name, size: file.size, modifiedAt: file.mtime };
      }
    }
  }

  return {
    root,
    async *open(key, range) {
      const fd = await openPlain(root, pathOf(key));
      yield* createReadStream('', { fd, ...(range ? { start: range.start, end: range.end } : {}) });
    },
    async stat(key) {
      const found = await plainFile(root, pathOf(key));
      return found && { key, name: nameOf(key), size: found.size, modifiedAt: found.mtime };
    },
    list,
    async folders(folderKey = '') {
      const entries = await readFolder(folderKey);
      const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
      return names.map(({ name }) => name).toSorted();
    },

    begin: async (folderKey, claim) => upload(folderKey, await space.claim(claim), false),
    async put(key, content, modifiedAt) {
      const one = upload(folderOf(key), undefined, true);
      await one.write(content);
      await one.commit(key, modifiedAt);
    },
    async move(from, to) {
      const [source, target] = [pathOf(from), pathOf(to)];
      await folder.create(dirname(target));
      if (!(await plainFile(root, source))) throw new StorageError(`${source} is not a file of the media folder`);
      const entry = await entryAt(target);
      if (entry && !entry.isFile()) throw obstacleAt(target, entry);
      await rename(source, target);
      await Promise.all([dirname(source), dirname(target)].map(syncFolder));
    },
    async remove(key) {
      const path = pathOf(key);
      await checkFolder(root, dirname(path));
      await rm(path, { force: true });
    },

    partials,
    async recover(folderKey, liveOwners) {
      const dead = await partials(folderKey, liveOwners);
      await Promise.all(dead.map((name) => rm(join(pathOf(folderKey), name), { force: true })));
      return dead.length;
    },

    ...createWriteCheck(folder, partialName),
    async obstacle(key) {
      const path = pathOf(key);
      const problem = await folderProblem(root, dirname(path));
      if (problem) return new StorageError(problem, { hint: LINKED_FOLDER_HINT });
      const entry = await entryAt(path);
      return entry && !entry.isFile() && !entry.isDirectory() ? obstacleAt(path, entry) : undefined;
    },
    freeBytes: async () => (await measureDisk(root))?.free,
    local: {
      path: pathOf,
      keyOf: folder.keyOf,
      descriptor: (key) => openPlain(root, pathOf(key)),
    },
  };
}
