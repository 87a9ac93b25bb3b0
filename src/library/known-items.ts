import type { Kysely } from 'kysely';
import type { KnownItem } from '../backfill/ports.ts';
import { recordCovers, recordedCovers, type StoredCover } from '../catalogue/covers.ts';
import { type FileState, noteFileStates } from '../catalogue/file-states.ts';
import type { Database } from '../db/open.ts';
import type { Schema } from '../db/schema.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Stores } from '../files/stores.ts';
import { chunks } from '../lib/chunks.ts';
import type { MediaId } from '../media/item.ts';
import { coverKey, findCover } from './covers.ts';
import { type Look, lookAtFile, systemCode } from './look.ts';
import type { LostFile } from './lost-files.ts';
import { BACKFILL_FOLDER } from './paths.ts';
import { PLACE_COLUMNS, type RowPlace } from './row-files.ts';

interface Options {
  db: Database;
  stores: Stores;
  /** False for a dry run: what is found is not recorded. */
  remembers: boolean;
}

/** Ids in one statement: below SQLite's limit of 32,766 parameters; a page of posts has a hundred or two. */
const IDS = 5000;
/** Files that are looked at in parallel. */
const LOOKS = 32;

/** Which of these items have a row in the library, and whether their files are there. Calls `lost` for missing files. */
export async function knownItems(
  ids: readonly MediaId[],
  lost: (id: MediaId, file: LostFile) => void,
  { db, stores, remembers }: Options,
): Promise<Map<MediaId, KnownItem>> {
  const known = new Map<MediaId, KnownItem>();
  const states = new Map<string, FileState | undefined>();
  const videos: MediaId[] = [];
  const rows = await rowsOf(db.query, ids);
  const looks = await lookAtFiles(stores, rows);
  for (const row of rows) {
    const look = looks.get(row.rowId);
    if (look) noteChange(row, look, states);
    if (look?.onDisk === 'missing') lost(row.id, lostFile(row));
    known.set(row.id, { isStillOnly: row.isPoster, ...(look ? described(row, look) : {}) });
    // An item that shares another's file shares its cover too.
    if (row.isVideo && !row.isPoster && isOwn(row)) videos.push(row.id);
  }
  const { lacking, found } = await lookForCovers(videos, db, stores.media);
  for (const id of lacking) known.set(id, { isStillOnly: false, ...known.get(id), lacksCover: true });
  if (remembers) {
    await noteFileStates(db, states);
    await recordCovers(db.query, found);
  }
  return known;
}

/** True if a row's file is there as it was stored: for a file that may have been restored. */
export async function isFileThere(stores: Stores, { query }: Database, rowId: string): Promise<boolean> {
  const row = await query
    .selectFrom('media_items')
    .leftJoin('media_places as place', 'place.media_item_id', 'media_items.id')
    .select(['file_path', 'file_size', 'file_hash', 'source_type', ...PLACE_COLUMNS])
    .where('id', '=', rowId)
    .executeTakeFirst();
  return row !== undefined && (await lookAtFile(stores, row))?.onDisk === 'there';
}

/** By the ids of the rows. */
async function lookAtFiles(stores: Stores, rows: readonly Row[]): Promise<Map<string, Look | undefined>> {
  const looks = new Map<string, Look | undefined>();
  for (const some of chunks([...new Map(rows.map((row) => [row.rowId, row])).values()], LOOKS)) {
    const found = await Promise.all(some.map((row) => lookAtFile(stores, row, row.state)));
    for (const [index, { rowId }] of some.entries()) looks.set(rowId, found[index]);
  }
  return looks;
}

interface Row extends RowPlace {
  readonly id: MediaId;
  readonly isPoster: boolean;
  readonly isVideo: boolean;
  readonly rowId: string;
  readonly file_size: number;
  readonly file_hash: string;
  readonly source_identifier: string | null;
  readonly ownId: string | null;
  readonly state: FileState | null;
}

const lostFile = (row: Row): LostFile => ({
  rowId: row.rowId,
  path: row.file_path,
  hash: row.file_hash,
  isOwn: isOwn(row),
  isOurs: row.source_type === BACKFILL_FOLDER,
});

const isOwn = ({ id, ownId, source_identifier, source_type }: Row): boolean =>
  ownId === id || (source_type === BACKFILL_FOLDER && source_identifier === id);

function described(row: Row, { onDisk, code }: Look): Omit<KnownItem, 'isStillOnly'> {
  if (onDisk === 'unreadable') {
    return { onDisk, problem: `Its file on disk cannot be read (${code}): ${row.file_path}` };
  }
  if (onDisk === 'missing' && isOwn(row) && row.source_type !== BACKFILL_FOLDER) {
    return { onDisk, problem: `Its file is missing on disk, and it is one of your own: ${row.file_path}` };
  }
  return { onDisk };
}

/** Notes a file's state if it is not recorded yet. */
function noteChange({ rowId, state, source_type }: Row, { onDisk }: Look, states: Map<string, FileState | undefined>) {
  if (onDisk === 'unreadable' || source_type !== BACKFILL_FOLDER) return;
  const found = ({ there: undefined, missing: 'missing', changed: 'altered' } as const)[onDisk];
  if (found !== (state ?? undefined)) states.set(rowId, found);
}

async function rowsOf(query: Kysely<Schema>, ids: readonly MediaId[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const some of chunks(ids, IDS)) {
    // Includes ids whose bytes are in the library under another id.
    const items = await query
      .selectFrom('instagram_items as item')
      .innerJoin('media_items as media', 'media.id', 'item.media_item_id')
      .leftJoin('media_file_states as noted', 'noted.media_item_id', 'media.id')
      .leftJoin('media_places as place', 'place.media_item_id', 'media.id')
      .select([
        'item.instagram_media_id as id',
        'item.is_poster',
        'item.media_type',
        'media.id as rowId',
        'media.file_path',
        'media.file_size',
        'media.file_hash',
        'media.source_type',
        'media.source_identifier',
        'media.instagram_media_id as ownId',
        'noted.state',
        ...PLACE_COLUMNS,
      ])
      .where('item.instagram_media_id', 'in', some)
      .execute();
    rows.push(
      ...items.map(({ is_poster: isPoster, media_type, ...row }) => ({
        ...row,
        isPoster,
        isVideo: media_type === 'VIDEO',
      })),
    );
    const found = new Set(items.map(({ id }) => id));
    const rest = some.filter((id) => !found.has(id));
    if (rest.length > 0) rows.push(...(await rowsWithoutItems(query, rest)));
  }
  return rows;
}

/** Rows that no post's item refers to yet: those of the Python program. */
async function rowsWithoutItems(query: Kysely<Schema>, ids: readonly MediaId[]): Promise<Row[]> {
  const columns = [
    'media.id as rowId',
    'media.file_path',
    'media.file_size',
    'media.file_hash',
    'media.source_type',
    'media.source_identifier',
    'media.instagram_media_id as ownId',
    'noted.state',
    ...PLACE_COLUMNS,
  ] as const;
  const all = query
    .selectFrom('media_items as media')
    .leftJoin('media_file_states as noted', 'noted.media_item_id', 'media.id')
    .leftJoin('media_places as place', 'place.media_item_id', 'media.id');
  const byId = await all.select(columns).where('media.instagram_media_id', 'in', ids).execute();
  // It could leave rows without their Instagram id; then the source identifier is the id.
  const bySource = await all
    .select(columns)
    .where('media.source_type', '=', BACKFILL_FOLDER)
    .where('media.source_identifier', 'in', ids)
    .execute();
  const rows = new Map<MediaId, Row>();
  const add = (id: string | null, row: (typeof byId)[number]) => {
    if (id !== null && !rows.has(id)) rows.set(id, { ...row, id, isPoster: false, isVideo: false });
  };
  for (const row of byId) add(row.ownId, row);
  for (const row of bySource) add(row.source_identifier, row);
  return [...rows.values()];
}

/** `found`: covers of earlier versions, which have no record yet. */
async function lookForCovers(videos: readonly MediaId[], db: Database, media: FileStore) {
  const lacking: MediaId[] = [];
  const found: StoredCover[] = [];
  const recorded = await recordedCovers(db, videos);
  for (const id of videos) {
    try {
      const cover = recorded.get(id);
      const size = cover && (await media.stat(coverKey(cover)))?.size;
      // A cover of another size is damaged, or edited by the user: a person has to decide.
      if (size) continue;
      const stored = await findCover(media, id);
      if (stored) found.push({ id, name: stored.name, size: stored.size, hash: undefined });
      else lacking.push(id);
    } catch (error) {
      // Nothing is known about the files in a folder that cannot be read.
      systemCode(error);
    }
  }
  return { lacking, found };
}
