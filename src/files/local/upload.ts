import { close, fsync, futimes, open, rename, rm, writev } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { isFailure } from '../../lib/sync-folder.ts';
import type { Upload } from '../file-store.ts';
import { type BlockPool, createBuffer } from './block-pool.ts';
import { asFolderError, asWriteError } from './disk-errors.ts';
import type { Room } from './disk-space.ts';
import type { LocalFolder } from './local-folder.ts';
import { entryAt, obstacleAt } from './plain-files.ts';

interface UploadOptions {
  folder: LocalFolder;
  /** The partial file's path. */
  partial: string;
  /** Claimed on the disk; undefined for small files of our own. */
  room: Room | undefined;
  /** Shared by all uploads. */
  memory: BlockPool;
  /** True if a link or a pipe at the key is replaced: for files that the program can write again. */
  replacesAnything: boolean;
  /** Called about what a file can do without. */
  warn: (about: 'times' | 'sync', error: unknown) => void;
}

const closeFile = promisify(close);
const openFile = promisify(open);
const removeFile = promisify(rm);
const renameFile = promisify(rename);
const setTimes = promisify(futimes);
const syncFile = promisify(fsync);
const writeChunks = promisify(writev);

/** A larger file goes to its partial file in pieces of this many bytes. */
const PIECE = 512 * 1024;

/**
 * Collects a file in memory and writes it once; what exceeds the memory goes on in a partial file. Either way it appears
 * under its final name in one step, with its data on the disk.
 */
export function createUpload({ folder, partial, room, memory, replacesAnything, warn }: UploadOptions): Upload {
  const buffer = createBuffer(memory);
  let descriptor: number | undefined;
  let isPartial = false;

  /** Writes what is in memory, then the overflow. */
  const flush = async (overflow?: Uint8Array): Promise<number> => {
    if (descriptor === undefined) {
      const parent = dirname(partial);
      await folder.confirm(parent);
      try {
        descriptor = await inFolder(folder, parent, () => openFile(partial, 'wx'));
      } catch (error) {
        throw asFolderError(error, parent);
      }
      isPartial = true;
      await folder.checkOpened(partial, descriptor);
    }
    await writeAll(descriptor, [...buffer.parts(), ...(overflow ? [overflow] : [])]);
    room?.written(buffer.size() + (overflow?.length ?? 0));
    buffer.clear();
    return descriptor;
  };

  const closePartial = async () => {
    const opened = descriptor;
    descriptor = undefined;
    if (opened !== undefined) await closeFile(opened);
  };

  const discard = async () => {
    buffer.clear();
    await closePartial();
    if (isPartial) await removeFile(partial, { force: true });
    isPartial = false;
    room?.release();
  };

  /** Network shares and FAT refuse to set times or to sync: the data is there nevertheless. */
  const orWarn = async (about: 'times' | 'sync', work: Promise<void>): Promise<void> => {
    try {
      await work;
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
      throw asWriteError(error);
    }
  };

  return {
    write(chunk) {
      const overflow = buffer.add(chunk);
      const checked = room?.received(chunk.length);
      if (!checked && !overflow && buffer.size() < PIECE) return undefined;
      return orDiscard(async () => {
        await checked;
        await flush(overflow);
      });
    },
    commit: (key, modifiedAt) =>
      orDiscard(async () => {
        const written = await flush();
        if (modifiedAt) await orWarn('times', setTimes(written, modifiedAt, modifiedAt));
        // The name must not reach the disk before the data, or a power cut leaves an empty file.
        await orWarn('sync', syncFile(written));
        await closePartial();
        const path = folder.pathOf(key);
        await folder.confirm(dirname(path));
        const entry = await entryAt(path);
        if (entry && !entry.isFile() && !entry.isDirectory() && !replacesAnything) throw obstacleAt(path, entry);
        await inFolder(folder, dirname(path), () => renameFile(partial, path));
        isPartial = false;
        room?.release();
        await folder.settle(dirname(path));
      }),
    discard,
  };
}

/** Does work that needs a folder, and creates the folder if it is missing. */
async function inFolder<T>(folder: LocalFolder, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await folder.create(path);
    return work();
  }
}

async function writeAll(descriptor: number, chunks: readonly Uint8Array[]): Promise<void> {
  let rest = chunks.filter(({ length }) => length > 0);
  // A disk that fills up writes a part without an error: writing the rest reports it.
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
