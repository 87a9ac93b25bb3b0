import type { Database } from '../db/open.ts';
import { mapConcurrent } from '../lib/map-concurrent.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { inspect } from './inspect.ts';
import { BACKFILL_FOLDER, WRITTEN_FOLDERS } from './places.ts';
import { fileOfRow } from './row-files.ts';

/**
 * Something that is not as it should be. `missing`: a row without its file; `altered`: a file that is not what its row
 * says; `unknown`: a file without a row; `partial`: what a run that died left half-written.
 */
export interface Finding {
  readonly kind: 'missing' | 'altered' | 'unknown' | 'partial';
  /** Where the file is, or should be. */
  readonly path: string;
  readonly instagramMediaId: string | undefined;
  /** What is wrong, in a few words. */
  readonly reason: string;
}

/** All that a verification can say: each file of the library once, each finding once. */
export type VerifyEvent =
  | { readonly type: 'checked'; readonly bytes: number }
  | { readonly type: 'found'; readonly finding: Finding };

interface VerifyOptions {
  db: Database;
  storage: MediaStorage;
  /** Owners of partial files that are being written now. */
  liveOwners: readonly string[];
}

/** Rows that are asked for at once. */
const BATCH = 500;
/** Files that are read at once: more would only make a disk seek. */
const AT_ONCE = 4;

/** Reads every backfilled file again and holds it against its row, then looks for what has no row. Changes nothing. */
export async function* verifyLibrary(options: VerifyOptions, signal: AbortSignal): AsyncGenerator<VerifyEvent> {
  const { db, storage, liveOwners } = options;
  const abort = new AbortController();
  const known = new Set<string>();
  const rows = backfilledRows(db, known, signal);
  yield* mapConcurrent(rows, (row) => verifyRow(storage, row), { room: () => AT_ONCE, signal, abort });

  // A run that is under way has files in place whose rows are still to come.
  if (liveOwners.length === 0) {
    for await (const { id } of storage.listFiles(BACKFILL_FOLDER)) {
      signal.throwIfAborted();
      const path = storage.locate(id);
      if (!known.has(path)) yield found('unknown', path, undefined, 'no row of the library names this file');
    }
  }
  for (const folder of WRITTEN_FOLDERS) {
    for (const name of await storage.listPartials(folder, liveOwners)) {
      yield found('partial', storage.locate(`${folder}/${name}`), undefined, 'left half-written by a run that died');
    }
  }
}

const found = (
  kind: Finding['kind'],
  path: string,
  instagramMediaId: string | undefined,
  reason: string,
): VerifyEvent => ({ type: 'found', finding: { kind, path, instagramMediaId, reason } });

interface Row {
  id: string;
  file_path: string;
  file_size: number;
  file_hash: string;
  mime_type: string | null;
  source_type: string;
  source_identifier: string | null;
}

async function* backfilledRows({ query }: Database, known: Set<string>, signal: AbortSignal): AsyncGenerator<Row> {
  for (let last: string | undefined; ; ) {
    signal.throwIfAborted();
    let select = query
      .selectFrom('media_items')
      .select(['id', 'file_path', 'file_size', 'file_hash', 'mime_type', 'source_type', 'source_identifier'])
      .where('source_type', '=', BACKFILL_FOLDER);
    if (last !== undefined) select = select.where('id', '>', last);
    const rows = await select.orderBy('id').limit(BATCH).execute();
    for (const row of rows) {
      known.add(row.file_path);
      yield row;
    }
    last = rows.at(-1)?.id;
    if (rows.length < BATCH) return;
  }
}

async function verifyRow(storage: MediaStorage, row: Row): Promise<VerifyEvent> {
  const id = row.source_identifier ?? undefined;
  const file = fileOfRow(storage, row);
  if (!(await file.storage.exists(file.id))) {
    const obstacle = await file.storage.obstacle(file.id);
    return found('missing', row.file_path, id, obstacle?.message ?? 'the file is gone');
  }
  const { size, hash, type, isWhole } = await inspect(file.storage, file.id);
  const altered = (reason: string) => found('altered', row.file_path, id, reason);
  if (size !== row.file_size) return altered(`it has ${size} bytes instead of ${row.file_size}`);
  if (hash !== row.file_hash) return altered('its bytes are not those that were kept');
  if (!type || !isWhole) return altered('it is not a whole image or video');
  if (type.mime !== row.mime_type) return altered(`it is ${type.mime}, not ${row.mime_type ?? 'of a known type'}`);
  return { type: 'checked', bytes: size };
}
