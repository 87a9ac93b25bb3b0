import { type FileState, noteFileState } from '../catalogue/file-states.ts';
import type { Database } from '../db/open.ts';
import { StorylineError } from '../errors.ts';
import type { StoredFile } from '../files/file-store.ts';
import type { Stores } from '../files/stores.ts';
import type { Log } from '../lib/log.ts';

/** What was seen of a file on the way. */
export interface SeenFile {
  readonly id: string;
  /** Bytes, when it was stored. */
  readonly fileSize: number;
  /** Absent where it is missing. */
  readonly stored: Pick<StoredFile, 'size'> | undefined;
}

/** Remembers that a file is missing where somebody meets that, and that it is there again. */
export type FileNotes = ReturnType<typeof createFileNotes>;

/** Milliseconds for which what is remembered of all files is not read again. */
const FRESH = 5000;

export function createFileNotes({ db, stores, now, log, changed }: Options) {
  let known = new Map<string, FileState>();
  let readAt: number | undefined;

  /** There are few at most times: one read serves the requests of some seconds. */
  const read = async () => {
    const time = now().getTime();
    if (readAt !== undefined && Math.abs(time - readAt) < FRESH) return;
    readAt = time;
    const rows = await db.query.selectFrom('media_file_states').select(['media_item_id', 'state']).execute();
    known = new Map(rows.map(({ media_item_id, state }) => [media_item_id, state]));
  };
  const stateOf = ({ id, fileSize, stored }: SeenFile): FileState | undefined => {
    if (!stored) return 'missing';
    if (stored.size !== fileSize) return 'altered';
    // Its size says nothing against bytes that were found to be others.
    return known.get(id) === 'altered' ? 'altered' : undefined;
  };

  return {
    /** Costs nothing if all is as it is remembered. */
    async saw(file: SeenFile): Promise<void> {
      try {
        await read();
        const state = stateOf(file);
        if (state === known.get(file.id)) return;
        // A library that is away as a whole, such as a disk that is not mounted, says nothing of a file.
        if (state === 'missing' && (await stores.media.folders()).length === 0) return;
        await noteFileState(db, file.id, state);
        if (state === undefined) known.delete(file.id);
        else known.set(file.id, state);
        changed?.();
      } catch (error) {
        if (!(error instanceof StorylineError)) throw error;
        log.warn(`what was seen of a file is not remembered: ${error.message}`);
      }
    },
  };
}

interface Options {
  readonly db: Database;
  readonly stores: Stores;
  readonly now: () => Date;
  readonly log: Log;
  /** Called when something else is remembered of a file. */
  readonly changed?: () => void;
}
