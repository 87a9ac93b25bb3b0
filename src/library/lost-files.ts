import { createKeyedLock } from '../lib/keyed-lock.ts';
import type { Item, MediaId } from '../media/item.ts';

/** A row whose file is missing. */
export interface LostFile {
  readonly rowId: string;
  /** Where the file should be, absolute. */
  readonly path: string;
  readonly hash: string;
  /** True if the row is the item's own, and not that of another item with the same bytes. */
  readonly isOwn: boolean;
  /** False for a file of the user's own, which the program does not write. */
  readonly isOurs: boolean;
}

export type LostFiles = ReturnType<typeof createLostFiles>;

/** The items whose files a run found missing, until they are there again. */
export function createLostFiles() {
  const lost = new Map<MediaId, LostFile>();
  /** Rows whose files a dry run would download. */
  const expected = new Set<string>();
  const lockByRow = createKeyedLock();
  return {
    add: (id: MediaId, file: LostFile): void => void lost.set(id, file),
    of: (id: MediaId): LostFile | undefined => lost.get(id),
    restored: (id: MediaId): void => void lost.delete(id),
    /** Items that share a missing file wait for each other: the first one restores it for all. */
    inTurn<T>({ id }: Item, work: () => Promise<T>): Promise<T> {
      const file = lost.get(id);
      return file ? lockByRow(file.rowId, work) : work();
    },
    /** True if an earlier item of the dry run would download the same file. */
    isExpected(id: MediaId): boolean {
      const file = lost.get(id);
      return file !== undefined && expected.has(file.rowId);
    },
    expect(id: MediaId): void {
      const file = lost.get(id);
      if (file) expected.add(file.rowId);
    },
  };
}
