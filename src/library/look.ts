import type { OnDisk } from '../backfill/ports.ts';
import type { FileState } from '../catalogue/file-states.ts';
import { hashOf } from '../files/inspect.ts';
import type { Stores } from '../files/stores.ts';
import { fileOfRow, isOnThisMachine, type RowPlace } from './row-files.ts';

/** The columns of a `media_items` row that say what its file is. */
export interface StoredAs extends RowPlace {
  readonly file_size: number;
  readonly file_hash: string;
}

export interface Look {
  readonly onDisk: OnDisk;
  /** Why the file could not be looked at, as the system says it, such as `EACCES`. */
  readonly code?: string;
}

/**
 * Looks at a row's file without reading it; undefined if the file is not on this machine. A file that is known as altered
 * is read: its size alone does not show that it has been restored.
 */
export async function lookAtFile(stores: Stores, row: StoredAs, known?: FileState | null): Promise<Look | undefined> {
  if (!isOnThisMachine(row)) return undefined;
  try {
    const { store, key } = fileOfRow(stores, row);
    const found = await store.stat(key);
    if (!found || (found.size === 0 && row.file_size > 0)) return { onDisk: 'missing' };
    if (found.size !== row.file_size) return { onDisk: 'changed' };
    if (known === 'altered' && (await hashOf(store, key)) !== row.file_hash) return { onDisk: 'changed' };
    return { onDisk: 'there' };
  } catch (error) {
    return { onDisk: 'unreadable', code: systemCode(error) };
  }
}

/**
 * The system's code for why a file could not be read.
 *
 * @throws any other error.
 */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return code;
  throw error;
}
