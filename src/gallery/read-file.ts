import { DETECTION_BYTES, detectContent } from '../files/content/detect.ts';
import type { StoredAt } from '../files/file-store.ts';
import { type ContentType, kindOfMime } from '../media/content.ts';

/** Up to `length` bytes of a file, beginning at `start`. */
export async function readBytes({ store, key }: StoredAt, start: number, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.open(key, { start, end: start + length - 1 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes. Images are much smaller. */
const MAX_SIZE = 64 * 1024 * 1024;

/** The whole file. As bytes instead of a path: a path could be replaced by a link before it is opened. */
export async function readWhole(file: StoredAt): Promise<Buffer> {
  const bytes = await readBytes(file, 0, MAX_SIZE + 1);
  if (bytes.length > MAX_SIZE) throw new RangeError('the file is too large for an image');
  return bytes;
}

/** The type of a file by its first bytes; the MIME type of its row counts only if they do not tell. */
export const contentOf = async (file: StoredAt, mimeType?: string): Promise<ContentType | undefined> =>
  detectContent(await readBytes(file, 0, DETECTION_BYTES), kindOfMime(mimeType));
