import { createHash } from 'node:crypto';
import type { ContentType } from '../media/content.ts';
import { createContentCheck } from './content/content-check.ts';
import type { FileStore } from './file-store.ts';

/** What reading every byte of a stored file shows. */
export interface Inspection {
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** According to its content; undefined if it is neither image nor video. */
  readonly type: ContentType | undefined;
  /** True if it ends the way a file of its type does. */
  readonly isComplete: boolean;
}

/** @param expected what the file should be, if known. */
export async function inspect(store: FileStore, key: string, expected?: ContentType['kind']): Promise<Inspection> {
  const check = createContentCheck(expected);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of store.open(key)) {
    size += chunk.length;
    hash.update(chunk);
    check.push(chunk, size);
  }
  return { size, hash: hash.digest('hex'), type: check.type(), isComplete: check.isComplete() };
}

/** SHA-256 of a stored file, lower-case hex. */
export async function hashOf(store: FileStore, key: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of store.open(key)) hash.update(chunk);
  return hash.digest('hex');
}
