import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isAbsolute, sep } from 'node:path';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { addressOf, type FileStore, keyOfAddress } from '../files/file-store.ts';
import { type Mark, readMark, writeMark } from './folder-mark.ts';
import { BACKFILL_FOLDER } from './paths.ts';
import { relink } from './repair/relink.ts';

/**
 * Whether a database and a media folder belong together.
 *
 * - `new`: the database has no files yet. If the folder has a mark, its library is adopted.
 * - `ours`: they have the same id.
 * - `unmarked`: files of this database are in the folder, which has no mark, as in older versions.
 * - `moved`: the folder is this library's, and was somewhere else when the rows were written.
 * - `elsewhere`: moved too, but another machine still uses the old path.
 * - `lost`: the database has files, and none of them is in the folder.
 * - `foreign`: the folder belongs to another library.
 * - `unreadable`: the system denies access.
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
  readonly store: FileStore;
  readonly now: () => Date;
}

/** Files that are looked for if nothing else tells whose folder it is. */
const SAMPLE = 20;

/** Finds out whose media folder this is. Writes nothing. */
export async function whoseFolder(options: Pick<Options, 'db' | 'store'>): Promise<Belonging> {
  try {
    return await compare(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!['EACCES', 'EPERM', 'EIO', 'ESTALE', 'ENODEV', 'ENXIO', 'ELOOP', 'ENAMETOOLONG'].includes(code ?? ''))
      throw error;
    const from = options.store.root;
    return {
      kind: 'unreadable',
      from,
      problem: `The media folder ${from} cannot be read: ${message}`,
      hint: 'Check MEDIA_DIR, its disk and its permissions.',
    };
  }
}

async function compare({ db, store }: Pick<Options, 'db' | 'store'>): Promise<Belonging> {
  const folder = store.root;
  // With a link in the place of the folder, all files would seem to be missing.
  const obstacle = await store.obstacle?.(`${BACKFILL_FOLDER}/any`);
  if (obstacle) return { kind: 'unreadable', from: folder, problem: obstacle.message, hint: obstacle.hint ?? '' };
  const mark = await readMark(store);
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
  const found = await findSample(store, sample);
  // All of them have paths that say nothing, such as the Python program's relative ones.
  if (found === 'unknown') return { kind: 'unmarked' };
  if (found === undefined) {
    const path = addressOf(store, BACKFILL_FOLDER);
    const hasFolder = (await store.folders()).includes(BACKFILL_FOLDER);
    return {
      kind: 'lost',
      from,
      problem:
        from === folder
          ? `The library's files should be in ${path}, but ${hasFolder ? 'none of them is there' : 'there is no such folder'}`
          : `The library's files are in ${from}, but MEDIA_DIR is ${folder}, which has none of them`,
      hint: 'Is the disk mounted and MEDIA_DIR correct? If the files are really gone, download them again: storyline-cli verify-library --repair',
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
  // SQLite's file is next to its library; a server is also used by machines that have the folder at another path.
  if (dialect.kind === 'sqlite' || host === hostname()) return { kind: 'moved', from };
  return {
    kind: 'elsewhere',
    from,
    problem: `This library is used by the machine ${host} with the media folder ${from}; here MEDIA_DIR is ${folder}`,
    hint: 'Mount the folder at the same path on both machines. If it moved here permanently: storyline-cli verify-library --repair',
  };
}

/** @throws {UsageError} if nothing may be written to the folder. */
export function refuseOthers(belonging: Belonging, { isRepair = false } = {}): void {
  if (!('problem' in belonging)) return;
  // By starting a repair, a person confirms that the files are lost, or that the library moved permanently.
  if (isRepair && (belonging.kind === 'lost' || belonging.kind === 'elsewhere')) return;
  throw new UsageError(belonging.problem, { hint: belonging.hint });
}

/** True if the database has files and none of a sample of them is in the folder. */
export async function lacksItsFiles({ db, store }: Pick<Options, 'db' | 'store'>): Promise<boolean> {
  const rows = await sampleRows(db);
  return rows.length > 0 && (await findSample(store, rows)) === undefined;
}

/** The message about a move. */
export const movedNote = ({ from, rows }: { from: string; rows: number }, to: string): string =>
  `This library was moved from ${from} to ${to}: ${rows} records updated.`;

/**
 * Records in the database and in the folder that they belong together, after {@link refuseOthers} allowed it. If the
 * library was moved, returns where it was, and how many rows were updated.
 *
 * @param marks false for commands that only read the folder: they do not mark it.
 */
export async function claimFolder(
  options: Options,
  belonging: Belonging,
  { marks = true } = {},
): Promise<{ readonly from: string; readonly rows: number } | undefined> {
  const { db, store, now } = options;
  const folder = store.root;
  const found = await readMark(store);
  const from = 'from' in belonging ? belonging.from : folder;
  // A new database adopts the folder's id; otherwise the database's id counts.
  const isNew = belonging.kind === 'new';
  const row = await claimRow(options, { mark: found, mediaDir: isNew ? folder : from, takesMark: isNew });
  const rows = row.media_dir === folder && row.moving_to === null ? 0 : await relink(db, folder, now);
  if (row.host !== hostname()) await db.query.updateTable('library_identity').set({ host: hostname() }).execute();
  if (marks && found?.id !== row.library_id) await writeMark(store, { id: row.library_id, createdAt: row.created_at });
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
    // If another run was faster, its id counts.
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

/** The newest files, the oldest, and some in between. */
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
  // Ids are random, so this is a random sample.
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
 * The folder that the rows' paths begin with, if their files are here: this one, or the one that it was moved from.
 * `unknown` if the rows have no absolute paths.
 */
async function findSample(store: FileStore, rows: readonly SampleRow[]): Promise<string | 'unknown' | undefined> {
  const folder = store.root;
  const known = rows.filter(({ file_path }) => isAbsolute(file_path));
  if (known.length === 0) return 'unknown';
  for (const { file_path } of known) {
    const key = keyOfAddress(store, file_path);
    if (key === undefined || !(await store.stat(key))) continue;
    return isBelow(folder, file_path) ? folder : realpath(folder).catch(() => folder);
  }
  for (const row of known) {
    const split = splitPath(row.file_path);
    if (split === undefined || isBelow(folder, row.file_path)) continue;
    if ((await store.stat(split.key))?.size === row.file_size) return split.root;
  }
  return undefined;
}

const isBelow = (folder: string, path: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Splits a recorded path into its media folder and its key there. */
function splitPath(path: string): { root: string; key: string } | undefined {
  const parts = path.split(/[\\/]/);
  const at = parts.lastIndexOf(BACKFILL_FOLDER);
  if (at < 1) return undefined;
  const key = parts.slice(at).join('/');
  return { root: path.slice(0, path.length - key.length - 1) || sep, key };
}

function rootOf(rows: readonly SampleRow[]): string | undefined {
  for (const { file_path } of rows) {
    const root = splitPath(file_path)?.root;
    if (root !== undefined && isAbsolute(root)) return root;
  }
  return undefined;
}
