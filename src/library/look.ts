import type { OnDisk } from '../backfill/ports.ts';
import type { FileState } from '../catalogue/file-states.ts';
import type { MediaStorage } from '../files/file-store.ts';
import { fileOfRow, isOnThisDisk, type RowPlace } from './row-files.ts';

/** What of a `media_items` row says what its file is. */
export interface StoredAs extends RowPlace {
  readonly file_size: number;
  readonly file_hash: string;
}

export interface Look {
  readonly onDisk: OnDisk;
  /** Why the file could not be looked at, as the system says it: `EACCES`. */
  readonly code?: string;
}

/**
 * Looks at a row's file without reading it; undefined if the row's file is on no disk of ours. One that was remembered
 * as altered is read: its size alone does not say that it is as it was stored.
 */
export async function lookAtFile(
  storage: MediaStorage,
  row: StoredAs,
  remembered?: FileState | null,
): Promise<Look | undefined> {
  if (!isOnThisDisk(row)) return undefined;
  try {
    const file = fileOfRow(storage, row);
    const found = await file.storage.info(file.id);
    if (!found || (found.size === 0 && row.file_size > 0)) return { onDisk: 'missing' };
    if (found.size !== row.file_size) return { onDisk: 'changed' };
    if (remembered === 'altered' && (await file.storage.contentHash(file.id)) !== row.file_hash) {
      return { onDisk: 'changed' };
    }
    return { onDisk: 'there' };
  } catch (error) {
    return { onDisk: 'unreadable', code: systemCode(error) };
  }
}

/**
 * The system's own word for why a file could not be read.
 *
 * @throws whatever else it is.
 */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return code;
  throw error;
}
