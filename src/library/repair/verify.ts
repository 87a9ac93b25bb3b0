import { coversInPages, recordCovers, type StoredCover, videosAmong } from '../../catalogue/covers.ts';
import { type FileState, noteFileCheck, noteFileStates, WHOLE_LIBRARY } from '../../catalogue/file-states.ts';
import type { Database } from '../../db/open.ts';
import { addressOf } from '../../files/file-store.ts';
import { inspect } from '../../files/inspect.ts';
import type { Stores } from '../../files/stores.ts';
import { mapConcurrent } from '../../lib/map-concurrent.ts';
import { kindOfMime } from '../../media/content.ts';
import type { MediaId } from '../../media/item.ts';
import { coverKey, videoOfCover } from '../covers.ts';
import { systemCode } from '../look.ts';
import { PAGE, pagesOf, rowPages } from '../pages.ts';
import { BACKFILL_FOLDER, COVER_FOLDER, WRITTEN_FOLDERS } from '../paths.ts';
import { fileOfRow, PLACE_COLUMNS, type RowPlace } from '../row-files.ts';

/**
 * A problem. `missing`: a row without its file; `altered`: a file that differs from its row; `unreadable`: a file that the
 * system does not let us read; `unknown`: a file without a row; `partial`: an incomplete file of a run that died.
 */
export interface Finding {
  readonly kind: 'missing' | 'altered' | 'unreadable' | 'unknown' | 'partial';
  /** `cover`: the still of a video, which is stored next to it. */
  readonly of: 'file' | 'cover';
  /** Where the file is, or should be. Absolute. */
  readonly path: string;
  readonly instagramMediaId: string | undefined;
  /** What is wrong, in a few words. */
  readonly reason: string;
}

/** Each checked file and each finding is reported once. */
export type VerifyEvent =
  | { readonly type: 'checked'; readonly bytes: number }
  | { readonly type: 'cover-checked'; readonly bytes: number }
  | { readonly type: 'found'; readonly finding: Finding };

interface VerifyOptions {
  db: Database;
  stores: Stores;
  /** Owners of partial files that are still being written. */
  liveOwners: readonly string[];
}

/** Files read in parallel: more would only make a disk seek. */
const PARALLEL = 4;

/**
 * Reads every backfilled file and cover and compares it with the database, then looks for files without a row. Changes no
 * file and no media row; records what it finds.
 */
export async function* verifyLibrary(options: VerifyOptions, signal: AbortSignal): AsyncGenerator<VerifyEvent> {
  const { db, stores, liveOwners } = options;
  const { media } = stores;
  const abort = new AbortController();
  const known = new Set<string>();
  const rows = backfilledRows(db, known, signal);
  const memory = createMemory(db);
  const checks = mapConcurrent(rows, (row) => verifyRow(stores, row), { room: () => PARALLEL, signal, abort });
  try {
    for await (const { row, event } of checks) {
      await memory.note(row, event);
      yield event;
    }
  } finally {
    // Also if it is interrupted.
    await memory.flush();
  }
  await memory.finish();
  yield* verifyCovers({ db, stores }, signal);

  // A run in progress stores files before their rows.
  if (liveOwners.length === 0) {
    for await (const { key } of media.list(BACKFILL_FOLDER)) {
      signal.throwIfAborted();
      const path = addressOf(media, key);
      if (!known.has(path)) yield found('unknown', path, undefined, 'not part of the library');
    }
  }
  for (const folder of WRITTEN_FOLDERS) {
    for (const name of await media.partials(folder, liveOwners)) {
      yield found('partial', addressOf(media, `${folder}/${name}`), undefined, 'incomplete, left by a run that died');
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

/** Records which files are missing or altered, some hundred rows at a time. */
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
      // A file that cannot be read is neither there nor missing.
      if (kind === 'unreadable') return;
      const found = kind === 'missing' || kind === 'altered' ? kind : undefined;
      if (found) counts[found] += 1;
      if (found === (state ?? undefined)) return;
      changes.set(id, found);
      if (changes.size >= PAGE) await flush();
    },
    async finish(): Promise<void> {
      await noteFileCheck(db, { scope: WHOLE_LIBRARY, kind: 'verify', ...counts });
    },
  };
}

interface Row extends RowPlace {
  id: string;
  file_size: number;
  file_hash: string;
  mime_type: string | null;
  source_identifier: string | null;
  state: FileState | null;
}

async function* backfilledRows({ query }: Database, known: Set<string>, signal: AbortSignal): AsyncGenerator<Row> {
  const next = (after: string | undefined) => {
    signal.throwIfAborted();
    let select = query
      .selectFrom('media_items')
      .leftJoin('media_file_states as noted', 'noted.media_item_id', 'media_items.id')
      .select(['id', 'file_path', 'file_size', 'file_hash', 'mime_type', 'source_type', 'source_identifier'])
      .leftJoin('media_places as place', 'place.media_item_id', 'media_items.id')
      .select(['noted.state', ...PLACE_COLUMNS])
      .where('source_type', '=', BACKFILL_FOLDER);
    if (after !== undefined) select = select.where('id', '>', after);
    return select.orderBy('id').limit(PAGE).execute();
  };
  for await (const rows of rowPages(next)) {
    for (const row of rows) {
      known.add(row.file_path);
      yield row;
    }
  }
}

async function verifyRow(stores: Stores, row: Row): Promise<{ row: Row; event: VerifyEvent }> {
  return { row, event: await compare(stores, row) };
}

async function compare(stores: Stores, row: Row): Promise<VerifyEvent> {
  const id = row.source_identifier ?? undefined;
  const altered = (reason: string) => found('altered', row.file_path, id, reason);
  try {
    const { store, key } = fileOfRow(stores, row);
    if (!(await store.stat(key))) {
      const obstacle = await store.obstacle?.(key);
      return found('missing', row.file_path, id, obstacle?.message ?? 'the file is missing');
    }
    const { size, hash, type } = await inspect(store, key, kindOfMime(row.mime_type));
    if (size === 0 && row.file_size > 0) return found('missing', row.file_path, id, 'the file is empty');
    if (size !== row.file_size) return altered(`it has ${size} bytes instead of ${row.file_size}`);
    if (hash !== row.file_hash) return altered('its contents have changed');
    // These are the stored bytes, so their structure is not judged again; see receive.ts.
    if (!type) return altered('it is neither an image nor a video');
    if (type.mime !== row.mime_type) return altered(`it is ${type.mime}, not ${row.mime_type ?? 'of a known type'}`);
    return { type: 'checked', bytes: size };
  } catch (error) {
    return found('unreadable', row.file_path, id, `it cannot be read (${systemCode(error)})`);
  }
}

type Library = Pick<VerifyOptions, 'db' | 'stores'>;

/** Recorded covers, then those of earlier versions, which are recorded now. */
async function* verifyCovers(library: Library, signal: AbortSignal): AsyncGenerator<VerifyEvent> {
  const { db, stores } = library;
  const recorded = new Set<string>();
  for await (const covers of coversInPages(db)) {
    for (const cover of covers) {
      signal.throwIfAborted();
      recorded.add(cover.name);
      yield await verifyCover(cover, library);
    }
  }
  for await (const page of pagesOf(stores.media.list(COVER_FOLDER))) {
    signal.throwIfAborted();
    const others = page.filter(({ name }) => !recorded.has(name));
    yield* recordFound(
      others.map(({ name }) => ({ id: videoOfCover(name), name })),
      library,
    );
  }
}

/** Covers without a record: a file named after a video of the library is its cover. */
async function* recordFound(files: readonly { id: MediaId; name: string }[], library: Library) {
  const videos = await videosAmong(
    library.db,
    files.map(({ id }) => id),
  );
  for (const { id, name } of files) {
    if (videos.has(id)) yield await verifyCover({ id, name, size: undefined, hash: undefined }, library);
  }
}

/** A cover that has not been read before is recorded with its hash. */
async function verifyCover(
  cover: Omit<StoredCover, 'size'> & { readonly size: number | undefined },
  { db, stores: { media } }: Library,
): Promise<VerifyEvent> {
  const { id, name } = cover;
  const key = coverKey(cover);
  const path = addressOf(media, key);
  const altered = (reason: string) => found('altered', path, id, reason, 'cover');
  try {
    if (!(await media.stat(key))) return found('missing', path, id, "the video's cover is missing", 'cover');
    const { size, hash, type, isComplete } = await inspect(media, key);
    if (cover.size !== undefined && size !== cover.size) {
      return altered(`the video's cover has ${size} bytes instead of ${cover.size}`);
    }
    if (cover.hash === undefined) {
      if (!isComplete || type?.kind !== 'image') return altered("the video's cover is not a complete image");
      await recordCovers(db.query, [{ id, name, size, hash }]);
    } else if (hash !== cover.hash) return altered("the video's cover is not the one that was stored");
    return { type: 'cover-checked', bytes: size };
  } catch (error) {
    return found('unreadable', path, id, `the video's cover cannot be read (${systemCode(error)})`, 'cover');
  }
}
