import { DETECTION_BYTES, detectContent } from '../files/content/detect.ts';
import type { StoredAt } from '../files/file-store.ts';
import { type ContentType, kindOfMime } from '../media/content.ts';

/** Up to `length` bytes of a file, from `start` on. */
export async function readBytes({ store, key }: StoredAt, start: number, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.open(key, { start, end: start + length - 1 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** More than this, in bytes, is not loaded into memory: pictures are far smaller. */
const MOST_WHOLE = 64 * 1024 * 1024;

/** All of a file. Given as bytes and not by its path, so that nobody can put a link in its place meanwhile. */
export async function readWhole(file: StoredAt): Promise<Buffer> {
  const bytes = await readBytes(file, 0, MOST_WHOLE + 1);
  if (bytes.length > MOST_WHOLE) throw new RangeError('the file is too large for a picture');
  return bytes;
}

/** What a file is by its first bytes, whatever its name says; its row's type counts only where nothing else tells. */
export const contentOf = async (file: StoredAt, mimeType?: string): Promise<ContentType | undefined> =>
  detectContent(await readBytes(file, 0, DETECTION_BYTES), kindOfMime(mimeType));
