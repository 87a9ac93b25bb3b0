import { createHash } from 'node:crypto';
import type { Body } from '../backfill/ports.ts';
import { namingItem } from '../catalogue/item-errors.ts';
import { BackfillMediaIncompleteError, BackfillMediaTypeError } from '../errors.ts';
import { type ContentType, DETECTION_BYTES, detectContent } from '../media/content.ts';
import type { Completeness } from './content/structure.ts';
import type { MediaStorage } from './file-store.ts';
import type { Room } from './local/disk-space.ts';

interface About {
  /** Bytes, where the sender said. */
  announcedSize: number | undefined;
  instagramMediaId: string;
  /** What Instagram calls it; absent where the content decides. */
  kind: ContentType['kind'] | undefined;
  /** False for what is nice to have, and is not worth a wait for room on the disk. */
  mayWaitForRoom: boolean;
}

/**
 * Takes a body in piece by piece: makes sure that the disk has room for it, hashes it, and tells its type by its content.
 * It is whole when it has the announced length; without one its own structure decides. What is not whole is discarded.
 *
 * @throws {BackfillMediaTypeError} for what is neither image nor video, or empty.
 * @throws {BackfillMediaIncompleteError} for what ended early.
 * @throws {BackfillError} for what does not fit on the disk, {@link StorageError} where hardly anything would.
 */
export async function receive(
  storage: MediaStorage,
  folder: string,
  chunks: AsyncIterable<Uint8Array>,
  { announcedSize, instagramMediaId, kind, mayWaitForRoom }: About,
): Promise<Body> {
  const room = await claimRoom(storage, { announcedSize, instagramMediaId, mayWaitForRoom });
  const upload = storage.upload(folder, room);
  const check = createCheck(kind);
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      hash.update(chunk);
      check.push(chunk, size);
      if (check.isRefused()) break;
      const written = upload.write(chunk);
      if (written) await written;
    }
    if (size === 0 && !announcedSize) throw new BackfillMediaTypeError('The file is empty', { instagramMediaId });
    const type = check.type();
    if (announcedSize !== undefined && size < announcedSize && !check.isRefused()) {
      const message = `The download ended early: ${size} of ${announcedSize} bytes`;
      throw new BackfillMediaIncompleteError(message, { instagramMediaId });
    }
    if (!type) throw new BackfillMediaTypeError('What came is neither image nor video', { instagramMediaId });
    const isWhole = check.isWhole();
    if (!isWhole && announcedSize === undefined) {
      throw new BackfillMediaIncompleteError(`The ${type.mime} ended early, after ${size} bytes`, { instagramMediaId });
    }
    return {
      type,
      size,
      hash: hash.digest('hex'),
      ...(isWhole ? {} : { isUnusual: true }),
      place: (id, modifiedAt) => upload.commit(id + type.extension, modifiedAt),
      discard: upload.discard,
    };
  } catch (error) {
    await upload.discard();
    throw namingItem(error, instagramMediaId);
  }
}

async function claimRoom(
  storage: MediaStorage,
  { announcedSize, instagramMediaId, mayWaitForRoom }: Omit<About, 'kind'>,
): Promise<Room> {
  try {
    return await storage.claimRoom({ size: announcedSize, mayWait: mayWaitForRoom });
  } catch (error) {
    throw namingItem(error, instagramMediaId);
  }
}

/**
 * Finds a file's type by its first bytes, then follows its structure.
 *
 * @param expected what the file should be, where that is known.
 */
export function createCheck(expected?: ContentType['kind']) {
  let head: Uint8Array = Buffer.alloc(0);
  let type: ContentType | undefined;
  let structure: Completeness | undefined;
  let isDetected = false;
  const detect = () => {
    if (isDetected) return;
    isDetected = true;
    type = detectContent(head, expected);
    structure = type?.completeness();
    structure?.push(head);
    head = Buffer.alloc(0);
  };
  return {
    push(chunk: Uint8Array, size: number): void {
      if (isDetected) {
        structure?.push(chunk);
        return;
      }
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (size >= DETECTION_BYTES) detect();
    },
    /** Asked at the end: a file may be shorter than what its type is usually told by. */
    type(): ContentType | undefined {
      detect();
      return type;
    },
    /** True once it is sure that this is neither image nor video: no more of it need be read. */
    isRefused: () => isDetected && !type,
    /** Asked at the end: true where the file ends as one of its type does. */
    isWhole(): boolean {
      detect();
      return structure?.isWhole() ?? false;
    },
  };
}
