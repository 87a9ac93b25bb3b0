import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, mkdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { access, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { StorageError } from '../../errors.ts';
import { createBatcher } from '../../lib/batcher.ts';
import { ensureFolder } from '../../lib/ensure-folder.ts';
import { syncFolder, syncFolderNow } from '../../lib/sync-folder.ts';
import { createBlockPool } from '../block-pool.ts';
import type { ByteRange, MediaStorage, StoredFile } from '../file-store.ts';
import { createDiskSpace, measureDisk, type Room } from './disk-space.ts';
import {
  checkFolder,
  checkOpened,
  folderProblem,
  kindOf,
  LINKED_FOLDER_HINT,
  obstacle,
  openPlain,
  plainFile,
  standing,
} from './plain-files.ts';
import { createFileUpload } from './upload.ts';

/** Files that are placed within so many milliseconds share the sync of their folder. */
const SETTLED_TOGETHER = 10;
const SETTLED_AT_MOST = 256;

/** Nobody's folder scan takes a file of this ending for a picture. */
const PARTIAL = '.part';
/** How partial files are named here. In the media folder itself other programs may have `.part` files of their own. */
const OWN_PARTIAL = /^[\da-f]{12}\./;

export interface LocalFolderOptions {
  /** The folder, absolute. */
  root: string;
  /** Marks this process's partial files, so that others leave them alone. */
  owner: string;
  /** Bytes that all uploads together may hold in memory; what is beyond goes on in partial files. */
  heldInMemory: number;
  /** Told once of each thing that files have to do without here, as their times. */
  warn?: ((text: string) => void) | undefined;
}

/** Media in a folder of this machine. Below it no link is followed, and only regular files are opened. */
export function createLocalFolder({ root, owner, heldInMemory, warn = () => {} }: LocalFolderOptions): MediaStorage {
  const pathOf = (id: string): string => {
    const path = resolve(root, ...id.split('/'));
    if (path !== root && !path.startsWith(root + sep)) throw new StorageError(`${id} is not in the media folder`);
    return path;
  };
  const below = (folder: string, place: string): string | undefined => {
    const id = relative(folder, place).split(sep).join('/');
    return id && id !== '..' && !id.startsWith('../') && !isAbsolute(id) ? id : undefined;
  };
  let realRoot: string | undefined;
  const idOf = (place: string): string | undefined => {
    const id = below(root, place);
    if (id !== undefined) return id;
    // The media folder may be a link, or lie behind one: files are also known by where they really are.
    realRoot ??= realPathOf(root);
    return realRoot === undefined || realRoot === root ? undefined : below(realRoot, place);
  };
  // Looking at a name takes microseconds; to have another thread do it takes many times that.
  const info = async (id: string): Promise<StoredFile | undefined> => {
    const found = plainFile(root, pathOf(id));
    return found && { id, name: basename(id), size: found.size, modifiedAt: found.mtime };
  };
  const readFolder = async (folder: string) => {
    const path = pathOf(folder);
    if (folderProblem(root, path)) return [];
    return (await readdir(path, { withFileTypes: true }).catch(absent)) ?? [];
  };
  /** As it was when it was last found good: a disk that is unplugged leaves an empty folder of the same name. */
  let identity: Pick<Stats, 'dev' | 'ino'> | undefined;
  const confirm = (folder: string): void => {
    if (identity) {
      const found = statNow(root);
      if (found?.ino !== identity.ino || found.dev !== identity.dev) {
        throw new StorageError(`The media folder ${root} is gone, or another one is in its place`, {
          hint: 'Bring it back, with the disk that it lies on, then run the same command again.',
        });
      }
    }
    checkFolder(root, folder);
  };
  const makeFolder = (folder: string): void => {
    ensureFolder(root);
    let path = root;
    for (const part of relative(root, folder).split(sep).filter(Boolean)) {
      const above = path;
      path = join(path, part);
      try {
        mkdirSync(path);
        syncFolderNow(above);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    checkFolder(root, folder);
  };
  const told = new Set<string>();
  const warnOnce = (about: 'times' | 'sync', error?: unknown): void => {
    if (told.has(about)) return;
    told.add(about);
    const { code } = (error ?? {}) as NodeJS.ErrnoException;
    const lacks = about === 'times' ? 'does not let file times be set' : 'cannot sync every file to the disk';
    const result =
      about === 'times'
        ? 'they show when a file was downloaded'
        : 'a power cut may lose the newest files, which the next run then downloads again';
    warn(`the disk of ${root} ${lacks}${code ? ` (${code})` : ''}: ${result}`);
  };
  const memory = createBlockPool(heldInMemory);
  const space = createDiskSpace(() => measureDisk(root));
  const settle = createBatcher(
    async (folders: readonly string[]) => {
      const areSynced = await Promise.all([...new Set(folders)].map(syncFolder));
      // Windows never does, and nothing can be done about it.
      if (process.platform !== 'win32' && areSynced.includes(false)) warnOnce('sync');
      return folders.map(() => undefined);
    },
    { gather: SETTLED_TOGETHER, most: SETTLED_AT_MOST },
  );
  const begin = (folder: string, replacesAnything: boolean, room?: Room) =>
    createFileUpload({
      room,
      confirm,
      makeFolder,
      checkOpened: (path, descriptor) => checkOpened(root, path, descriptor),
      settle,
      warn: warnOnce,
      replacesAnything,
      memory,
      folder: pathOf(folder),
      owner,
      suffix: PARTIAL,
      pathOf,
      info,
    });
  const partialName = () => `${randomBytes(6).toString('hex')}.${owner}${PARTIAL}`;
  /** Access rights say nothing of a read-only medium or a share: only a file tells. Its name is nobody else's. */
  const probe = async (folder: string): Promise<void> => {
    const path = join(folder, partialName());
    const handle = await open(path, 'wx');
    try {
      checkOpened(root, path, handle.fd);
    } finally {
      await handle.close();
      await rm(path, { force: true });
    }
  };
  const cannotBeWritten = (folder: string, error: unknown): string =>
    `The media folder ${folder} cannot be written: ${error instanceof Error ? error.message : 'unknown error'}`;

  const storage: MediaStorage = {
    info,
    upload: (folder, room) => begin(folder, false, room),
    idOf,
    locate: pathOf,

    async problem(written = []) {
      let folder = root;
      try {
        ensureFolder(root);
        await access(root, constants.W_OK);
        const [first, ...others] = written.map(pathOf);
        if (first === undefined) await probe(root);
        else {
          folder = first;
          makeFolder(first);
          await probe(first);
        }
        for (const other of others) {
          folder = other;
          const wrong = folderProblem(root, other);
          if (wrong) return wrong;
          // Where it is missing it is made later, in a folder that takes files.
          if (standing(other)) await probe(other);
        }
        identity = await stat(root);
        return undefined;
      } catch (error) {
        return error instanceof StorageError ? error.message : cannotBeWritten(folder, error);
      }
    },
    async look(written = []) {
      const found = await stat(root).catch(absent);
      if (!found) {
        const wrong = standing(root)?.isSymbolicLink()
          ? `The media folder ${root} is a link that leads nowhere`
          : undefined;
        return { isThere: false, problem: wrong ?? (await whyNotMade(root)) };
      }
      if (!found.isDirectory()) return { isThere: false, problem: `The media folder ${root} is ${kindOf(found)}` };
      for (const folder of [root, ...written.map(pathOf)]) {
        const wrong = folderProblem(root, folder);
        if (wrong) return { isThere: true, problem: wrong };
        const refused = standing(folder) && (await access(folder, constants.W_OK).catch((error: unknown) => error));
        if (refused instanceof Error) return { isThere: true, problem: cannotBeWritten(folder, refused) };
      }
      return { isThere: true, problem: undefined };
    },
    isConfigured: async () => (await stat(root).catch(absent))?.isDirectory() ?? false,

    async *listFiles(folder = '') {
      for (const entry of await readFolder(folder)) {
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
      const entries = await readFolder(folder);
      const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
      return names.map(({ name }) => name).toSorted();
    },
    exists: async (id) => (await info(id)) !== undefined,
    obstacle: async (id) => {
      const wrong = folderProblem(root, dirname(pathOf(id)));
      if (wrong) return new StorageError(wrong, { hint: LINKED_FOLDER_HINT });
      const found = standing(pathOf(id));
      return found && !found.isFile() && !found.isDirectory() ? obstacle(pathOf(id), found) : undefined;
    },
    download: (id, range) => readPlain(root, pathOf(id), range),
    open: (id) => openPlain(root, pathOf(id)),
    async contentHash(id) {
      const hash = createHash('sha256');
      for await (const chunk of storage.download(id)) hash.update(chunk);
      return hash.digest('hex');
    },
    async put(id, content, modifiedAt) {
      const one = begin(dirname(id), true);
      await one.write(content);
      return one.commit(id, modifiedAt);
    },
    async move(from, to) {
      const [source, target] = [pathOf(from), pathOf(to)];
      makeFolder(dirname(target));
      if (!plainFile(root, source)) throw new StorageError(`${source} is not a file of the media folder`);
      const found = standing(target);
      if (found && !found.isFile()) throw obstacle(target, found);
      await rename(source, target);
      await Promise.all([dirname(source), dirname(target)].map(syncFolder));
    },
    async remove(id) {
      const path = pathOf(id);
      checkFolder(root, dirname(path));
      await rm(path, { force: true });
    },
    async listPartials(folder, liveOwners) {
      const isLive = (name: string) => [...liveOwners, owner].some((live) => name.endsWith(`.${live}${PARTIAL}`));
      return (await readFolder(folder))
        .filter((entry) => entry.isFile() && (folder !== '' || OWN_PARTIAL.test(entry.name)))
        .map(({ name }) => name)
        .filter((name) => name.endsWith(PARTIAL) && !isLive(name));
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

function statNow(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return absent(error as NodeJS.ErrnoException);
  }
}

/** Where a path really leads; undefined if it leads nowhere. */
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Why a folder that is missing could not be made; undefined if it could. Makes nothing. */
async function whyNotMade(path: string): Promise<string | undefined> {
  for (let above = dirname(path); ; above = dirname(above)) {
    const found = statNow(above);
    if (!found && above !== dirname(above)) continue;
    if (!found?.isDirectory()) return `The media folder ${path} cannot be made: ${above} is not a folder`;
    const refused = await access(above, constants.W_OK).catch((error: Error) => error);
    // As /proc, which says that it can be written.
    if (!refused && (await statfs(above)).blocks === 0)
      return `The media folder ${path} cannot be made: ${above} holds no files`;
    return refused ? `The media folder ${path} cannot be made: ${refused.message}` : undefined;
  }
}

async function* readPlain(root: string, path: string, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  const fd = await openPlain(root, path);
  yield* createReadStream('', { fd, ...(range ? { start: range.start, end: range.end } : {}) });
}
