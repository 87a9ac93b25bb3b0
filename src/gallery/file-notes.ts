import { type FileState, noteFileState } from '../catalogue/file-states.ts';
import type { Database } from '../db/open.ts';
import { StorylineError } from '../errors.ts';
import type { StoredFile } from '../files/file-store.ts';
import type { Stores } from '../files/stores.ts';
import type { Log } from '../lib/log.ts';

/** A file, as found on disk when it was used. */
export interface SeenFile {
  readonly id: string;
  /** Bytes, when it was saved. */
  readonly fileSize: number;
  /** Undefined if it is missing. */
  readonly stored: Pick<StoredFile, 'size'> | undefined;
}

/** Records that a file was found missing or changed, and that it is back. */
export type FileNotes = ReturnType<typeof createFileNotes>;

/** Milliseconds until the recorded states are read again. */
const FRESH = 5000;

export function createFileNotes({ db, stores, now, log, changed }: Options) {
  let known = new Map<string, FileState>();
  let readAt: number | undefined;

  /** There are usually few: one query serves the requests of some seconds. */
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
    // The right size does not prove that changed bytes are right again.
    return known.get(id) === 'altered' ? 'altered' : undefined;
  };

  return {
    /** Writes nothing if the state is already recorded. */
    async saw(file: SeenFile): Promise<void> {
      try {
        await read();
        const state = stateOf(file);
        if (state === known.get(file.id)) return;
        // If the whole library is away, such as on an unmounted disk, its files are not missing.
        if (state === 'missing' && (await stores.media.folders()).length === 0) return;
        await noteFileState(db, file.id, state);
        if (state === undefined) known.delete(file.id);
        else known.set(file.id, state);
        changed?.();
      } catch (error) {
        if (!(error instanceof StorylineError)) throw error;
        log.warn(`the state of a file could not be recorded: ${error.message}`);
      }
    },
  };
}

interface Options {
  readonly db: Database;
  readonly stores: Stores;
  readonly now: () => Date;
  readonly log: Log;
  /** Called after the recorded state of a file has changed. */
  readonly changed?: () => void;
}
