import { createHash } from 'node:crypto';
import type { ContentType } from '../media/content.ts';
import type { MediaStorage } from './file-store.ts';
import { createCheck } from './receive.ts';

/** What a stored file turns out to be when every byte of it is read. */
export interface Inspection {
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** By its content; absent where it is neither image nor video. */
  readonly type: ContentType | undefined;
  /** True where it ends as a file of its type does. */
  readonly isWhole: boolean;
}

/** @param expected what the file should be, where that is known. */
export async function inspect(storage: MediaStorage, id: string, expected?: ContentType['kind']): Promise<Inspection> {
  const check = createCheck(expected);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of storage.download(id)) {
    size += chunk.length;
    hash.update(chunk);
    check.push(chunk, size);
  }
  return { size, hash: hash.digest('hex'), type: check.type(), isWhole: check.isWhole() };
}
