import * as z from 'zod';
import type { MediaStorage } from '../files/file-store.ts';

/** Hidden, so that no listing takes it for media. */
export const MARK = '.storyline-library.json';

const FORMAT = 'storyline-library/1';
/** More than this, in bytes, is no mark of ours. */
const MOST = 64 * 1024;

const shape = z.object({ format: z.literal(FORMAT), id: z.uuid(), created_at: z.iso.datetime() });

/** Which library a media folder belongs to. */
export interface Mark {
  readonly id: string;
  readonly createdAt: Date;
}

/** The folder's mark; undefined if there is none that can be read. */
export async function readMark(storage: MediaStorage): Promise<Mark | undefined> {
  const file = await storage.info(MARK);
  if (!file || file.size > MOST) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of storage.download(MARK)) chunks.push(chunk);
  try {
    const { success, data } = shape.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    return success ? { id: data.id.toLowerCase(), createdAt: new Date(data.created_at) } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeMark(storage: MediaStorage, { id, createdAt }: Mark): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, id, created_at: createdAt.toISOString() }, null, 2);
  await storage.put(MARK, Buffer.from(`${text}\n`));
}
