import type { RowFile } from '../library/row-files.ts';
import { type ContentType, DETECTION_BYTES, detectContent, kindOfMime } from '../media/content.ts';

/** Up to `length` bytes of a file, from `start` on. */
export async function readRange({ storage, id }: RowFile, start: number, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.download(id, { start, end: start + length - 1 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a file is by its first bytes, whatever its name says; its row's type counts only where nothing else tells. */
export const contentOf = async (file: RowFile, mimeType?: string): Promise<ContentType | undefined> =>
  detectContent(await readRange(file, 0, DETECTION_BYTES), kindOfMime(mimeType));
