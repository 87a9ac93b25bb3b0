import type { Stats } from 'node:fs';
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { StorageError } from '../../errors.ts';
import { createBatcher } from '../../lib/batcher.ts';
import { ensureFolder } from '../../lib/ensure-folder.ts';
import { syncFolder } from '../../lib/sync-folder.ts';
import { partsOf } from '../keys.ts';
import { checkFolder, checkOpened } from './plain-files.ts';

/** Files that are committed within this many milliseconds share the sync of their folder. */
const SETTLE_MS = 10;
const SETTLE_MAX = 256;

export type LocalFolder = ReturnType<typeof createLocalFolder>;

interface Options {
  root: string;
  /** The root with all links resolved, if known. */
  realRoot: string | undefined;
  /** Called if the file system cannot sync folders. */
  cannotSync: () => void;
}

/** The folder of a store: its paths, and how folders in it are created, checked and made durable. */
export function createLocalFolder({ root, realRoot, cannotSync }: Options) {
  /** Device and inode when the folder was last found usable: an unplugged disk leaves an empty folder of the same name. */
  let identity: Pick<Stats, 'dev' | 'ino'> | undefined;
  let creating: Promise<unknown> = Promise.resolve();

  /** @throws {StorageError} if the root is no longer the remembered one. */
  const confirmRoot = async (): Promise<void> => {
    const found = identity && (await stat(root).catch(ifMissing));
    if (identity && (found?.ino !== identity.ino || found.dev !== identity.dev)) {
      throw new StorageError(`The media folder ${root} is gone, or another one is in its place`, {
        hint: 'Bring it back, with the disk that it is on, then run the same command again.',
      });
    }
  };

  const createAll = async (folder: string): Promise<void> => {
    await confirmRoot();
    if (!identity) await ensureFolder(root);
    const created: string[] = [];
    let path = root;
    for (const part of relative(root, folder).split(sep).filter(Boolean)) {
      const above = path;
      path = join(path, part);
      try {
        await mkdir(path);
        created.push(path);
        await syncFolder(above);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    // A disk that was unplugged meanwhile: what was created lies in the empty folder of the same name.
    await confirmRoot().catch(async (error: unknown) => {
      for (const one of created.toReversed()) await rmdir(one).catch(() => undefined);
      throw error;
    });
    await checkFolder(root, folder);
  };

  const settle = createBatcher(
    async (folders: readonly string[]) => {
      const areSynced = await Promise.all([...new Set(folders)].map(syncFolder));
      // Windows never can.
      if (process.platform !== 'win32' && areSynced.includes(false)) cannotSync();
      return folders.map(() => undefined);
    },
    { gather: SETTLE_MS, most: SETTLE_MAX },
  );

  return {
    root,
    /** The absolute path of a key. */
    pathOf: (key: string): string => join(root, ...partsOf(key)),
    keyOf(path: string): string | undefined {
      const key = keyBelow(root, path);
      // The root may be a link: files are also known by their real path.
      return key !== undefined || realRoot === undefined || realRoot === root ? key : keyBelow(realRoot, path);
    },
    /** Creates a folder and those above it, durably. */
    create(folder: string): Promise<void> {
      const created = creating.catch(() => undefined).then(() => createAll(folder));
      creating = created;
      return created;
    },
    /** Makes the names in a folder durable, after the folders that are being created. */
    async settle(folder: string): Promise<void> {
      await creating.catch(() => undefined);
      await settle(folder);
    },
    /** Remembers which folder this is. */
    async remember(): Promise<void> {
      identity = await stat(root);
    },
    /** @throws {StorageError} if the root is no longer the remembered one, or a folder in it is a link. */
    async confirm(folder: string): Promise<void> {
      await confirmRoot();
      await checkFolder(root, folder);
    },
    checkOpened: (path: string, descriptor: number) => checkOpened(root, path, descriptor),
  };
}

function keyBelow(folder: string, path: string): string | undefined {
  const key = relative(folder, path).split(sep).join('/');
  return key && key !== '..' && !key.startsWith('../') && !isAbsolute(key) ? key : undefined;
}

/** For `catch`: undefined for a path that does not exist. */
export function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
