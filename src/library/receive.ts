import { createHash } from 'node:crypto';
import type { Body } from '../backfill/ports.ts';
import { BackfillMediaIncompleteError, BackfillMediaTypeError } from '../errors.ts';
import { type ContentType, DETECTION_BYTES, detectContent } from '../media/content.ts';
import type { Completeness } from '../media/structure.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { namingItem } from './item-errors.ts';

interface About {
  /** Bytes, where the sender said. */
  announcedSize: number | undefined;
  instagramMediaId: string;
}

/**
 * Takes a body in piece by piece: hashes it, tells its type by its content, and checks that it is whole, by what was
 * announced and by its own structure. What is not is discarded.
 *
 * @throws {BackfillMediaTypeError} for what is neither image nor video, or empty.
 * @throws {BackfillMediaIncompleteError} for what ended early.
 */
export async function receive(
  storage: MediaStorage,
  folder: string,
  chunks: AsyncIterable<Uint8Array>,
  { announcedSize, instagramMediaId }: About,
): Promise<Body> {
  const upload = storage.upload(folder);
  const check = createCheck();
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
    if (!check.isWhole()) {
      throw new BackfillMediaIncompleteError(`The ${type.mime} ended early, after ${size} bytes`, { instagramMediaId });
    }
    return {
      type,
      size,
      hash: hash.digest('hex'),
      place: (id, modifiedAt) => upload.commit(id + type.extension, modifiedAt),
      discard: upload.discard,
    };
  } catch (error) {
    await upload.discard();
    throw namingItem(error, instagramMediaId);
  }
}

/** Finds a file's type by its first bytes, then follows its structure. */
export function createCheck() {
  let head: Uint8Array = Buffer.alloc(0);
  let type: ContentType | undefined;
  let structure: Completeness | undefined;
  let isRefused = false;
  return {
    push(chunk: Uint8Array, size: number): void {
      if (isRefused) return;
      if (structure) {
        structure.push(chunk);
        return;
      }
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (size < DETECTION_BYTES) return;
      type = detectContent(head);
      isRefused = !type;
      structure = type?.completeness();
      structure?.push(head);
      head = Buffer.alloc(0);
    },
    type: () => type,
    /** True once it is sure that this is neither image nor video: no more of it need be read. */
    isRefused: () => isRefused,
    isWhole: () => structure?.isWhole() ?? false,
  };
}
