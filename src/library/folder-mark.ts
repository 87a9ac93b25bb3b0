import * as z from 'zod';
import type { FileStore } from '../files/file-store.ts';

/** Hidden, so that no listing shows it as media. */
export const MARK = '.storyline-library.json';

const FORMAT = 'storyline-library/1';
/** Larger files, in bytes, are not marks of this program. */
const MAX_SIZE = 64 * 1024;

const shape = z.object({ format: z.literal(FORMAT), id: z.uuid(), created_at: z.iso.datetime() });

/** Which library a media folder belongs to. */
export interface Mark {
  readonly id: string;
  readonly createdAt: Date;
}

/** The folder's mark; undefined if there is none, or it cannot be parsed. */
export async function readMark(store: FileStore): Promise<Mark | undefined> {
  const file = await store.stat(MARK);
  if (!file || file.size > MAX_SIZE) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.open(MARK)) chunks.push(chunk);
  try {
    const { success, data } = shape.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    return success ? { id: data.id.toLowerCase(), createdAt: new Date(data.created_at) } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeMark(store: FileStore, { id, createdAt }: Mark): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, id, created_at: createdAt.toISOString() }, null, 2);
  await store.put(MARK, Buffer.from(`${text}\n`));
}
