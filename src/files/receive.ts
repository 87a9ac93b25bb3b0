import { createHash } from 'node:crypto';
import { BackfillMediaIncompleteError, BackfillMediaTypeError } from '../errors.ts';
import type { ContentType } from '../media/content.ts';
import { namingItem } from '../media/item-errors.ts';
import { createContentCheck } from './content/content-check.ts';
import type { FileStore } from './file-store.ts';

interface About {
  /** Bytes, if the sender said. */
  announcedSize: number | undefined;
  instagramMediaId: string;
  /** What Instagram calls it; undefined if the content decides. */
  kind: ContentType['kind'] | undefined;
  /** False for a file that is optional and not worth waiting for disk space. */
  mayWaitForRoom: boolean;
}

/** A complete, checked file that is not visible yet: end it by `place` or `discard`. */
export interface ReceivedFile {
  readonly type: ContentType;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** Set if it has the announced length but does not end the way a file of its type does. */
  readonly isUnusual?: boolean;
  /** Puts the file in its place in one step. `stem` is its key without the extension. */
  place(stem: string, modifiedAt: Date | undefined): Promise<{ readonly key: string }>;
  discard(): Promise<void>;
}

/**
 * Receives a body chunk by chunk: makes sure that the store has room, hashes it, and detects its type. It is complete if
 * it has the announced length; without one, its structure decides. Incomplete files are discarded.
 *
 * @throws {BackfillMediaTypeError} if it is empty, or neither image nor video.
 * @throws {BackfillMediaIncompleteError} if it ended early.
 * @throws {BackfillError} if it does not fit on the disk, {@link StorageError} if hardly any file would.
 */
export async function receive(
  store: FileStore,
  folder: string,
  chunks: AsyncIterable<Uint8Array>,
  { announcedSize, instagramMediaId, kind, mayWaitForRoom }: About,
): Promise<ReceivedFile> {
  const upload = await store.begin(folder, { size: announcedSize, mayWait: mayWaitForRoom }).catch((error: unknown) => {
    throw namingItem(error, instagramMediaId);
  });
  const check = createContentCheck(kind);
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
    if (!type) throw new BackfillMediaTypeError('The file is neither image nor video', { instagramMediaId });
    const isComplete = check.isComplete();
    if (!isComplete && announcedSize === undefined) {
      throw new BackfillMediaIncompleteError(`The ${type.mime} ended early, after ${size} bytes`, { instagramMediaId });
    }
    return {
      type,
      size,
      hash: hash.digest('hex'),
      ...(isComplete ? {} : { isUnusual: true }),
      async place(stem, modifiedAt) {
        const key = stem + type.extension;
        await upload.commit(key, modifiedAt);
        return { key };
      },
      discard: upload.discard,
    };
  } catch (error) {
    await upload.discard();
    throw namingItem(error, instagramMediaId);
  }
}
