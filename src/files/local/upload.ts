import { randomBytes } from 'node:crypto';
import { closeSync, fsync, futimesSync, open, rename, rmSync, writev } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BackfillError, StorageError, StorylineError } from '../../errors.ts';
import { isFailure } from '../../lib/sync-folder.ts';
import type { BlockPool } from '../block-pool.ts';
import type { StoredFile, Upload } from '../file-store.ts';
import type { Room } from './disk-space.ts';
import { obstacle, standing } from './plain-files.ts';

interface FileUploadOptions {
  /** Where the partial file lies, absolute. */
  folder: string;
  owner: string;
  /** What was set aside for it on the disk. */
  room: Room | undefined;
  /** What a partial file's name ends with. */
  suffix: string;
  /** Shared by all uploads. */
  memory: BlockPool;
  /** An id's place, absolute. */
  pathOf: (id: string) => string;
  info: (id: string) => Promise<StoredFile | undefined>;
  /** Throws where the storage is not what it was, or this folder in it is a link. */
  confirm: (folder: string) => void;
  /** Makes a folder that is missing, and those above it. */
  makeFolder: (folder: string) => void;
  /** Throws where what was opened is not the file at this path. */
  checkOpened: (path: string, descriptor: number) => void;
  /** Makes the names in a folder last. */
  settle: (folder: string) => Promise<void>;
  /** Called for what a file can do without; says it once. */
  warn: (about: 'times' | 'sync', error: unknown) => void;
  /** True where a link or a pipe in the file's place gives way: for files that are ours to write again. */
  replacesAnything: boolean;
}

// Each of these is real work for the disk and goes to another thread. What takes a few microseconds, as closing a file
// that is synced, is done at once: handing it over would take many times as long.
const openFile = promisify(open);
const writeChunks = promisify(writev);
const syncFile = promisify(fsync);
const renameFile = promisify(rename);

/** A body of more bytes goes into its partial file in pieces of so many. */
const PIECE = 512 * 1024;

/**
 * Gathers a file in memory and writes it once; what outgrows memory goes on in a partial file. Either way it appears
 * under its final name in one step, with its bytes on the disk.
 */
export function createFileUpload({
  folder,
  owner,
  room,
  suffix,
  memory,
  pathOf,
  info,
  confirm,
  makeFolder,
  checkOpened,
  settle,
  warn,
  replacesAnything,
}: FileUploadOptions): Upload {
  const partial = join(folder, `${randomBytes(6).toString('hex')}.${owner}${suffix}`);
  const held = createHeld(memory);
  let descriptor: number | undefined;
  let isPartial = false;

  /** What there is no memory for goes to the disk with what came before it. */
  const write = async (overflow?: Uint8Array): Promise<number> => {
    if (descriptor === undefined) {
      confirm(folder);
      try {
        descriptor = await inFolder(folder, makeFolder, () => openFile(partial, 'wx'));
      } catch (error) {
        throw asClosedFolder(error, folder);
      }
      isPartial = true;
      checkOpened(partial, descriptor);
    }
    await writeAll(descriptor, [...held.parts(), ...(overflow ? [overflow] : [])]);
    room?.written(held.size() + (overflow?.length ?? 0));
    held.clear();
    return descriptor;
  };

  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };

  const discard = async () => {
    held.clear();
    close();
    if (isPartial) rmSync(partial, { force: true });
    isPartial = false;
    room?.release();
  };

  /** Network shares and FAT refuse to set times or to sync: the bytes are there all the same. */
  const orWarn = (about: 'times' | 'sync', work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (isFailure(error)) throw error;
      warn(about, error);
    }
  };

  const orDiscard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await discard();
      throw asStorageError(error);
    }
  };

  return {
    write(chunk) {
      const overflow = held.add(chunk);
      const checked = room?.received(chunk.length);
      if (!checked && !overflow && held.size() < PIECE) return undefined;
      return orDiscard(async () => {
        await checked;
        await write(overflow);
      });
    },
    commit: (id, modifiedAt) =>
      orDiscard(async () => {
        const written = await write();
        if (modifiedAt) orWarn('times', () => futimesSync(written, modifiedAt, modifiedAt));
        // The name must not reach the disk before the bytes, or a power cut leaves an empty file under it.
        await syncFile(written).catch((error: unknown) => orWarn('sync', () => raise(error)));
        close();
        const path = pathOf(id);
        confirm(dirname(path));
        const found = standing(path);
        if (found && !found.isFile() && !found.isDirectory() && !replacesAnything) throw obstacle(path, found);
        await inFolder(dirname(path), makeFolder, () => renameFile(partial, path));
        isPartial = false;
        room?.release();
        await settle(dirname(path));
        const placed = await info(id);
        if (!placed) throw new StorageError(`The file that was just written is gone: ${path}`);
        return placed;
      }),
    discard,
  };
}

/** Bytes that wait in memory to be written. */
function createHeld(memory: BlockPool) {
  let blocks: Buffer[] = [];
  let size = 0;
  /** Free bytes at the end of the last block. */
  let room = 0;
  return {
    size: () => size,
    /** Takes a copy; gives back what there is no memory for. */
    add(chunk: Uint8Array): Uint8Array | undefined {
      let rest = chunk;
      while (rest.length > 0) {
        const block = room > 0 ? blocks.at(-1) : memory.take();
        if (!block) return rest;
        if (room === 0) {
          blocks.push(block);
          room = block.length;
        }
        const taken = rest.subarray(0, room);
        block.set(taken, block.length - room);
        room -= taken.length;
        size += taken.length;
        rest = rest.subarray(taken.length);
      }
      return undefined;
    },
    parts: (): Uint8Array[] =>
      blocks.map((block, index) => (index < blocks.length - 1 ? block : block.subarray(0, block.length - room))),
    clear(): void {
      memory.giveBack(blocks);
      blocks = [];
      size = 0;
      room = 0;
    },
  };
}

function raise(error: unknown): never {
  throw error;
}

/** Does what needs a folder; makes the folder where it turns out to be missing. */
async function inFolder<T>(folder: string, makeFolder: (folder: string) => void, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(folder);
    return work();
  }
}

/** A folder that takes no new file takes none of the next ones either. */
function asClosedFolder(error: unknown, folder: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'ENOENT'].includes(code)) return error;
  return new StorageError(`The folder ${folder} does not take new files (${code})`, {
    cause: error,
    hint: 'Check its owner and its permissions, then run the same command again.',
  });
}

async function writeAll(descriptor: number, chunks: readonly Uint8Array[]): Promise<void> {
  let rest = chunks.filter(({ length }) => length > 0);
  // A disk that fills up takes a part without an error: writing the rest tells.
  while (rest.length > 0) {
    const { bytesWritten } = await writeChunks(descriptor, rest);
    rest = after(rest, bytesWritten);
  }
}

function after(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return chunks.flatMap((chunk) => {
    const gone = Math.min(left, chunk.length);
    left -= gone;
    return gone < chunk.length ? [chunk.subarray(gone)] : [];
  });
}

const FREE_SPACE =
  'Free some space in the media folder, or set MEDIA_DIR to a larger disk after you moved the library there; then run the same command again.';
const CHECK_DISK = 'Check the disk and its connection, then run the same command again.';

/** What the next file would meet too. */
const STOPPING: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOSPC: ['The disk is full', FREE_SPACE],
  EDQUOT: ['The disk quota is used up', FREE_SPACE],
  EROFS: ['The disk is read-only', CHECK_DISK],
  EIO: ['The disk reports an error (EIO)', CHECK_DISK],
  ENODEV: ['The disk is gone (ENODEV)', CHECK_DISK],
  ENXIO: ['The disk is gone (ENXIO)', CHECK_DISK],
  ESTALE: ['The network share is gone (ESTALE)', CHECK_DISK],
  EMFILE: ['Too many files are open (EMFILE)', 'Raise the limit (ulimit -n), or use a smaller --concurrency.'],
  ENFILE: [
    'Too many files are open on this machine (ENFILE)',
    'Close other programs, then run the same command again.',
  ],
};

function asStorageError(error: unknown): unknown {
  const stopping = STOPPING[(error as NodeJS.ErrnoException).code ?? ''];
  if (stopping) {
    const [message, hint] = stopping;
    return new StorageError(message, { cause: error, hint });
  }
  if (error instanceof StorylineError || !(error instanceof Error)) return error;
  return new BackfillError(`The file could not be written: ${error.message}`, {
    cause: error,
    hint: 'Check the permissions of the media folder, then run the same command again.',
  });
}
