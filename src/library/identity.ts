import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, sep } from 'node:path';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import type { MediaStorage } from '../files/file-store.ts';
import { type Mark, readMark, writeMark } from './folder-mark.ts';
import { BACKFILL_FOLDER } from './paths.ts';
import { relink } from './repair/relink.ts';

/**
 * How a database and a media folder belong together.
 *
 * - `new`: the database has recorded no file yet. With a mark, the folder's library is taken over.
 * - `ours`: they have the same id.
 * - `unmarked`: files of this database are in the folder, which has no mark, as one of an older version.
 * - `moved`: the folder is this library's, and was somewhere else when the rows were written.
 * - `elsewhere`: moved as well, but another machine still counts on the old place.
 * - `lost`: files are recorded, and none of them is in the folder.
 * - `foreign`: the folder belongs to another library.
 * - `unreadable`: the system does not let us look.
 */
export type Belonging =
  | { readonly kind: 'new'; readonly mark: Mark | undefined }
  | { readonly kind: 'ours' }
  | { readonly kind: 'unmarked' }
  | { readonly kind: 'moved'; readonly from: string }
  | {
      readonly kind: 'elsewhere' | 'lost' | 'foreign' | 'unreadable';
      readonly from: string;
      readonly problem: string;
      readonly hint: string;
    };

interface Options {
  readonly db: Database;
  readonly storage: MediaStorage;
  readonly now: () => Date;
}

/** Files that are looked for where nothing else says whose the folder is. */
const SAMPLE = 20;

/** Looks whose media folder this is. Writes nothing, and makes nothing. */
export async function whoseFolder(options: Pick<Options, 'db' | 'storage'>): Promise<Belonging> {
  try {
    return await compare(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!['EACCES', 'EPERM', 'EIO', 'ESTALE', 'ENODEV', 'ENXIO', 'ELOOP', 'ENAMETOOLONG'].includes(code ?? ''))
      throw error;
    const from = options.storage.locate('');
    return {
      kind: 'unreadable',
      from,
      problem: `The media folder ${from} cannot be read: ${message}`,
      hint: 'Check MEDIA_DIR, its disk and its permissions.',
    };
  }
}

async function compare({ db, storage }: Pick<Options, 'db' | 'storage'>): Promise<Belonging> {
  const folder = storage.locate('');
  // A link in the place of the folder: all files would seem to be missing.
  const obstacle = await storage.obstacle(`${BACKFILL_FOLDER}/any`);
  if (obstacle) return { kind: 'unreadable', from: folder, problem: obstacle.message, hint: obstacle.hint ?? '' };
  const mark = await readMark(storage);
  const row = await db.query.selectFrom('library_identity').selectAll().executeTakeFirst();
  if (row && mark && row.library_id === mark.id) return sameLibrary(db, row, folder);

  const sample = await sampleRows(db);
  if (sample.length === 0) return { kind: 'new', mark };
  const from = row?.media_dir ?? rootOf(sample) ?? folder;
  if (row && mark) {
    return {
      kind: 'foreign',
      from,
      problem: `The media folder ${folder} belongs to another library (${mark.id}) than the database (${row.library_id})`,
      hint: `Check MEDIA_DIR and the database: this database's files are in ${from}.`,
    };
  }
  const found = await findSample(storage, sample);
  // All of them have paths that say nothing here, as the Python program's relative ones.
  if (found === 'unknown') return { kind: 'unmarked' };
  if (found === undefined) {
    const place = storage.locate(BACKFILL_FOLDER);
    const hasFolder = (await storage.folders()).includes(BACKFILL_FOLDER);
    return {
      kind: 'lost',
      from,
      problem:
        from === folder
          ? `The library's files should be in ${place}, but ${hasFolder ? 'none of them is there' : 'there is no such folder'}`
          : `The library's files are in ${from}, but MEDIA_DIR is ${folder}, which has none of them`,
      hint: 'Is its disk there, and MEDIA_DIR right? To download files again that are lost for good: storyline-cli verify-library --repair',
    };
  }
  if (row) return row.media_dir === folder ? { kind: 'unmarked' } : movedTo(db, row, folder);
  return found === folder ? { kind: 'unmarked' } : { kind: 'moved', from: found };
}

interface Identity {
  readonly media_dir: string;
  readonly host: string;
  readonly moving_to: string | null;
}

const sameLibrary = (db: Database, row: Identity, folder: string): Belonging =>
  row.media_dir === folder && row.moving_to === null ? { kind: 'ours' } : movedTo(db, row, folder);

function movedTo({ dialect }: Database, row: Identity, folder: string): Belonging {
  const { media_dir: from, host } = row;
  // SQLite's file lies beside its library; a server is also asked by machines that have the folder in another place.
  if (dialect.kind === 'sqlite' || host === hostname()) return { kind: 'moved', from };
  return {
    kind: 'elsewhere',
    from,
    problem: `This library is used by the machine ${host} with the media folder ${from}; here MEDIA_DIR is ${folder}`,
    hint: 'Mount the folder at the same path on both machines. If it moved here for good: storyline-cli verify-library --repair',
  };
}

/** @throws {UsageError} where nothing may be written to the folder. */
export function refuseOthers(belonging: Belonging, { isRepair = false } = {}): void {
  if (!('problem' in belonging)) return;
  // A repair is how a person says that what is lost is to be downloaded again, or that the library moved for good.
  if (isRepair && (belonging.kind === 'lost' || belonging.kind === 'elsewhere')) return;
  throw new UsageError(belonging.problem, { hint: belonging.hint });
}

/** True where files are recorded, and none of a sample of them is in the folder. */
export async function lacksItsFiles({ db, storage }: Pick<Options, 'db' | 'storage'>): Promise<boolean> {
  const rows = await sampleRows(db);
  return rows.length > 0 && (await findSample(storage, rows)) === undefined;
}

/** What a person is told of a move. */
export const movedNote = ({ from, rows }: { from: string; rows: number }, to: string): string =>
  `This library was moved from ${from} to ${to}: ${rows} records updated.`;

/**
 * Makes database and folder say that they belong together, as {@link refuseOthers} let them; says where rows were moved
 * from, and how many.
 *
 * @param marks false for commands that only read the folder: they leave it unmarked.
 */
export async function claimFolder(
  options: Options,
  belonging: Belonging,
  { marks = true } = {},
): Promise<{ readonly from: string; readonly rows: number } | undefined> {
  const { db, storage, now } = options;
  const folder = storage.locate('');
  const found = await readMark(storage);
  const from = 'from' in belonging ? belonging.from : folder;
  // In a new database the folder's id is taken over; everywhere else the database's counts.
  const isNew = belonging.kind === 'new';
  const row = await claimRow(options, { mark: found, mediaDir: isNew ? folder : from, takesMark: isNew });
  const rows = row.media_dir === folder && row.moving_to === null ? 0 : await relink(db, folder, now);
  if (row.host !== hostname()) await db.query.updateTable('library_identity').set({ host: hostname() }).execute();
  if (marks && found?.id !== row.library_id)
    await writeMark(storage, { id: row.library_id, createdAt: row.created_at });
  return from === folder || isNew ? undefined : { from, rows };
}

async function claimRow(
  { db: { query }, now }: Options,
  { mark, mediaDir, takesMark }: { mark: Mark | undefined; mediaDir: string; takesMark: boolean },
) {
  const identity = { library_id: mark?.id ?? randomUUID(), created_at: mark?.createdAt ?? now(), media_dir: mediaDir };
  await query
    .insertInto('library_identity')
    .values({ id: 1, ...identity, host: hostname() })
    // Another run was quicker: its id counts.
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  if (takesMark) {
    const taken = { media_dir: mediaDir, moving_to: null, moved_through: null };
    await query
      .updateTable('library_identity')
      .set(mark ? { ...taken, library_id: mark.id, created_at: mark.createdAt } : taken)
      .execute();
  }
  return query.selectFrom('library_identity').selectAll().executeTakeFirstOrThrow();
}

type SampleRow = Awaited<ReturnType<typeof sampleRows>>[number];

/** The newest files, the oldest, and some between. */
async function sampleRows({ query }: Database) {
  const rows = query
    .selectFrom('media_items')
    .select(['id', 'file_path', 'file_size'])
    .where('source_type', '=', BACKFILL_FOLDER);
  const newest = await rows
    .orderBy('created_at', 'desc')
    .limit(SAMPLE / 4)
    .execute();
  const oldest = await rows
    .orderBy('created_at')
    .limit(SAMPLE / 4)
    .execute();
  // Ids are random, and so are the rows at either end of them.
  const some = await rows
    .orderBy('id')
    .limit(SAMPLE / 4)
    .execute();
  const others = await rows
    .orderBy('id', 'desc')
    .limit(SAMPLE / 4)
    .execute();
  return [...new Map([...newest, ...oldest, ...some, ...others].map((row) => [row.id, row])).values()];
}

/**
 * Below which folder the rows are that have their file here: this one, or another from which it was moved. `unknown` where
 * the rows have no absolute paths.
 */
async function findSample(storage: MediaStorage, rows: readonly SampleRow[]): Promise<string | 'unknown' | undefined> {
  const folder = storage.locate('');
  const known = rows.filter(({ file_path }) => isAbsolute(file_path));
  if (known.length === 0) return 'unknown';
  for (const { file_path } of known) {
    const id = storage.idOf(file_path);
    if (id !== undefined && (await storage.exists(id))) return isBelow(folder, file_path) ? folder : realOf(folder);
  }
  for (const row of known) {
    const place = placeOf(row.file_path);
    if (place === undefined || isBelow(folder, row.file_path)) continue;
    if ((await storage.info(place.id))?.size === row.file_size) return place.root;
  }
  return undefined;
}

const isBelow = (folder: string, path: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The folder's own path where MEDIA_DIR leads to it by a link. */
function realOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}

/** A recorded path, taken apart where its media folder ends. */
function placeOf(path: string): { root: string; id: string } | undefined {
  const parts = path.split(/[\\/]/);
  const at = parts.lastIndexOf(BACKFILL_FOLDER);
  if (at < 1) return undefined;
  const id = parts.slice(at).join('/');
  return { root: path.slice(0, path.length - id.length - 1) || sep, id };
}

function rootOf(rows: readonly SampleRow[]): string | undefined {
  for (const { file_path } of rows) {
    const root = placeOf(file_path)?.root;
    if (root !== undefined && isAbsolute(root)) return root;
  }
  return undefined;
}
