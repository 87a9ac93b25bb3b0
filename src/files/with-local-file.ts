import { close } from 'node:fs';
import { promisify } from 'node:util';
import type { StoredAt } from './file-store.ts';

const closeDescriptor = promisify(close);

/** A file of this machine that is open for reading. */
export interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
}

/** Lends a stored file to work that needs a file of this machine. Undefined if the store has none. */
export async function withLocalFile<T>(
  { store: { local }, key }: StoredAt,
  work: (file: OpenFile) => Promise<T>,
): Promise<T | undefined> {
  if (!local) return undefined;
  const descriptor = await local.descriptor(key);
  try {
    return await work({ path: local.path(key), descriptor });
  } finally {
    await closeDescriptor(descriptor);
  }
}
