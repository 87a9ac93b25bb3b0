import { type FileState, noteFileCheck, noteFileStates, WHOLE_LIBRARY } from '../../catalogue/file-states.ts';
import type { Database } from '../../db/open.ts';
import type { MediaStorage } from '../../files/file-store.ts';
import { inspect } from '../../files/inspect.ts';
import { mapConcurrent } from '../../lib/map-concurrent.ts';
import { kindOfMime } from '../../media/content.ts';
import type { MediaId } from '../../media/item.ts';
import { coversInPages, placeOfCover, recordCovers, type StoredCover, videoOfCover, videosAmong } from '../covers.ts';
import { systemCode } from '../look.ts';
import { BACKFILL_FOLDER, COVER_FOLDER, WRITTEN_FOLDERS } from '../paths.ts';
import { fileOfRow } from '../row-files.ts';

/**
 * Something that is not as it should be. `missing`: a row without its file; `altered`: a file that is not what its row
 * says; `unreadable`: a file that the system does not let us read; `unknown`: a file without a row; `partial`: what a run
 * that died left half-written.
 */
export interface Finding {
  readonly kind: 'missing' | 'altered' | 'unreadable' | 'unknown' | 'partial';
  /** `cover`: the still of a video, which is kept beside it. */
  readonly of: 'file' | 'cover';
  /** Where the file is, or should be. */
  readonly path: string;
  readonly instagramMediaId: string | undefined;
  /** What is wrong, in a few words. */
  readonly reason: string;
}

/** All that a verification can say: each file of the library once, each finding once. */
export type VerifyEvent =
  | { readonly type: 'checked'; readonly bytes: number }
  | { readonly type: 'cover-checked'; readonly bytes: number }
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

/**
 * Reads every backfilled file and every cover again and compares it with what was stored, then looks for files without a
 * row. No file and no row of the library is changed; what was found is remembered.
 */
export async function* verifyLibrary(options: VerifyOptions, signal: AbortSignal): AsyncGenerator<VerifyEvent> {
  const { db, storage, liveOwners } = options;
  const abort = new AbortController();
  const known = new Set<string>();
  const rows = backfilledRows(db, known, signal);
  const memory = createMemory(db);
  const checks = mapConcurrent(rows, (row) => verifyRow(storage, row), { room: () => AT_ONCE, signal, abort });
  try {
    for await (const { row, event } of checks) {
      await memory.note(row, event);
      yield event;
    }
  } finally {
    // Also what an interrupted look found so far.
    await memory.flush();
  }
  await memory.finish();
  yield* verifyCovers({ db, storage }, signal);

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
  of: Finding['of'] = 'file',
): VerifyEvent => ({ type: 'found', finding: { kind, of, path, instagramMediaId, reason } });

/** Remembers which files are not as they were stored, some hundred rows at a time. */
function createMemory(db: Database) {
  let changes = new Map<string, FileState | undefined>();
  const counts = { files: 0, missing: 0, altered: 0 };
  const flush = async () => {
    const some = changes;
    changes = new Map();
    await noteFileStates(db, some);
  };
  return {
    flush,
    async note({ id, state }: Row, event: VerifyEvent): Promise<void> {
      counts.files += 1;
      const kind = event.type === 'found' ? event.finding.kind : undefined;
      // What cannot be read is neither there nor gone.
      if (kind === 'unreadable') return;
      const found = kind === 'missing' || kind === 'altered' ? kind : undefined;
      if (found) counts[found] += 1;
      if (found === (state ?? undefined)) return;
      changes.set(id, found);
      if (changes.size >= BATCH) await flush();
    },
    async finish(): Promise<void> {
      await noteFileCheck(db, { scope: WHOLE_LIBRARY, kind: 'verify', ...counts });
    },
  };
}

interface Row {
  id: string;
  file_path: string;
  file_size: number;
  file_hash: string;
  mime_type: string | null;
  source_type: string;
  source_identifier: string | null;
  state: FileState | null;
}

async function* backfilledRows({ query }: Database, known: Set<string>, signal: AbortSignal): AsyncGenerator<Row> {
  for (let last: string | undefined; ; ) {
    signal.throwIfAborted();
    let select = query
      .selectFrom('media_items')
      .leftJoin('media_file_states as noted', 'noted.media_item_id', 'media_items.id')
      .select(['id', 'file_path', 'file_size', 'file_hash', 'mime_type', 'source_type', 'source_identifier'])
      .select('noted.state')
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

async function verifyRow(storage: MediaStorage, row: Row): Promise<{ row: Row; event: VerifyEvent }> {
  return { row, event: await compare(storage, row) };
}

async function compare(storage: MediaStorage, row: Row): Promise<VerifyEvent> {
  const id = row.source_identifier ?? undefined;
  const altered = (reason: string) => found('altered', row.file_path, id, reason);
  try {
    const file = fileOfRow(storage, row);
    if (!(await file.storage.exists(file.id))) {
      const obstacle = await file.storage.obstacle(file.id);
      return found('missing', row.file_path, id, obstacle?.message ?? 'the file is gone');
    }
    const { size, hash, type } = await inspect(file.storage, file.id, kindOfMime(row.mime_type));
    if (size === 0 && row.file_size > 0) return found('missing', row.file_path, id, 'the file is empty');
    if (size !== row.file_size) return altered(`it has ${size} bytes instead of ${row.file_size}`);
    if (hash !== row.file_hash) return altered('its bytes are not those that were kept');
    // These are the bytes that were kept, so their structure is not judged again; see receive.ts.
    if (!type) return altered('it is neither an image nor a video');
    if (type.mime !== row.mime_type) return altered(`it is ${type.mime}, not ${row.mime_type ?? 'of a known type'}`);
    return { type: 'checked', bytes: size };
  } catch (error) {
    return found('unreadable', row.file_path, id, `it could not be read (${systemCode(error)})`);
  }
}

type Library = Pick<VerifyOptions, 'db' | 'storage'>;

/** Covers that are recorded, then those of earlier versions, which are recorded now. */
async function* verifyCovers(library: Library, signal: AbortSignal): AsyncGenerator<VerifyEvent> {
  const { db, storage } = library;
  const recorded = new Set<string>();
  for await (const covers of coversInPages(db)) {
    for (const cover of covers) {
      signal.throwIfAborted();
      recorded.add(cover.name);
      yield await verifyCover(cover, library);
    }
  }
  let others: { id: MediaId; name: string }[] = [];
  for await (const { name } of storage.listFiles(COVER_FOLDER)) {
    signal.throwIfAborted();
    if (recorded.has(name)) continue;
    others.push({ id: videoOfCover(name), name });
    if (others.length < BATCH) continue;
    yield* learnCovers(others, library);
    others = [];
  }
  yield* learnCovers(others, library);
}

/** Files among the covers of which there is no record: each that is named after a video of the library is its cover. */
async function* learnCovers(files: readonly { id: MediaId; name: string }[], library: Library) {
  const videos = await videosAmong(
    library.db,
    files.map(({ id }) => id),
  );
  for (const { id, name } of files) {
    if (videos.has(id)) yield await verifyCover({ id, name, size: undefined, hash: undefined }, library);
  }
}

/** A cover that nobody has read so far is recorded with its hash. */
async function verifyCover(
  cover: Omit<StoredCover, 'size'> & { readonly size: number | undefined },
  { db, storage }: Library,
): Promise<VerifyEvent> {
  const { id, name } = cover;
  const place = placeOfCover(cover);
  const path = storage.locate(place);
  const altered = (reason: string) => found('altered', path, id, reason, 'cover');
  try {
    if (!(await storage.exists(place))) return found('missing', path, id, "the video's cover is gone", 'cover');
    const { size, hash, type, isWhole } = await inspect(storage, place);
    if (cover.size !== undefined && size !== cover.size) {
      return altered(`the video's cover has ${size} bytes instead of ${cover.size}`);
    }
    if (cover.hash === undefined) {
      if (!isWhole || type?.kind !== 'image') return altered("the video's cover is not a complete image");
      await recordCovers(db.query, [{ id, name, size, hash }]);
    } else if (hash !== cover.hash) return altered("the video's cover is not the one that was stored");
    return { type: 'cover-checked', bytes: size };
  } catch (error) {
    return found('unreadable', path, id, `the video's cover could not be read (${systemCode(error)})`, 'cover');
  }
}
