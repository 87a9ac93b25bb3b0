import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackfillError, StorageError, StorylineError } from '../errors.ts';
import { ensureFolder } from '../lib/ensure-folder.ts';
import { syncFolder } from '../lib/sync-folder.ts';
import type { StoredFile, Upload } from './media-storage.ts';

interface FileUploadOptions {
  /** Where the partial file lies, absolute. */
  folder: string;
  owner: string;
  /** What a partial file's name ends with. */
  suffix: string;
  heldInMemory: number;
  /** An id's place, absolute. */
  pathOf: (id: string) => string;
  info: (id: string) => Promise<StoredFile | undefined>;
  /** Throws where the storage is not what it was. */
  confirm: () => Promise<void>;
}

/**
 * Gathers a file in memory and writes it once; what outgrows memory goes on in a partial file. Either way it appears
 * under its final name in one step, with its bytes on the disk.
 */
export function createFileUpload({
  folder,
  owner,
  suffix,
  heldInMemory,
  pathOf,
  info,
  confirm,
}: FileUploadOptions): Upload {
  const partial = join(folder, `${randomBytes(6).toString('hex')}.${owner}${suffix}`);
  let held: Uint8Array[] = [];
  let size = 0;
  let file: FileHandle | undefined;

  const spill = async () => {
    if (!file) {
      await confirm();
      ensureFolder(folder);
      file = await open(partial, 'wx');
    }
    const chunks = held;
    held = [];
    await writeAll(file, chunks);
    return file;
  };

  const discard = async () => {
    held = [];
    await file?.close().catch(() => undefined);
    if (file) await rm(partial, { force: true });
    file = undefined;
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
    write: (chunk) =>
      orDiscard(async () => {
        held.push(chunk);
        size += chunk.length;
        if (size > heldInMemory) await spill();
      }),
    commit: (id, modifiedAt) =>
      orDiscard(async () => {
        const handle = await spill();
        if (modifiedAt) await handle.utimes(modifiedAt, modifiedAt);
        // The name must not reach the disk before the bytes, or a power cut leaves an empty file under it.
        await handle.sync();
        await handle.close();
        const path = pathOf(id);
        await confirm();
        ensureFolder(dirname(path));
        await rename(partial, path);
        file = undefined;
        await syncFolder(dirname(path));
        const placed = await info(id);
        if (!placed) throw new StorageError(`The file that was just written is gone: ${path}`);
        return placed;
      }),
    discard,
  };
}

async function writeAll(file: FileHandle, chunks: Uint8Array[]): Promise<void> {
  if (chunks.length === 0) return;
  const { bytesWritten } = await file.writev(chunks);
  // A disk that fills up takes a part without an error: writing the rest tells.
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytesWritten < size) await file.appendFile(Buffer.concat(chunks).subarray(bytesWritten));
}

/** What the next file would meet too. */
const FULL: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full',
  EDQUOT: 'The disk quota is used up',
  EROFS: 'The disk is read-only',
};

function asStorageError(error: unknown): unknown {
  const full = FULL[(error as NodeJS.ErrnoException).code ?? ''];
  if (full) {
    return new StorageError(full, {
      cause: error,
      hint: 'Free some space in the media folder, or set MEDIA_DIR to another disk; then run the same command again.',
    });
  }
  if (error instanceof StorylineError || !(error instanceof Error)) return error;
  return new BackfillError(`The file could not be written: ${error.message}`, {
    cause: error,
    hint: 'Check the rights of the media folder, then run the same command again.',
  });
}
