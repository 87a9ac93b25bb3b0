import { stat } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { codeOf } from '../../db/dialect.ts';
import { schemaStatus } from '../../db/migrate.ts';
import type { FileStore } from '../../files/file-store.ts';
import { openStores } from '../../files/stores.ts';
import { lacksItsFiles, whoseFolder } from '../../library/identity.ts';
import { WRITTEN_FOLDERS } from '../../library/paths.ts';
import { formatMoment } from '../../media/moment.ts';
import type { App } from '../open.ts';
import { broken, type Check, failed, ok, warning } from './check.ts';

/** Less than this, in bytes, is soon full. */
const LITTLE_SPACE = 1024 ** 3;
/** How many runs back one that died is looked for. */
const RUNS_LOOKED_AT = 20;
const WRITABLE_BY_OTHERS = 0o022;

/** The database answers, is of our version, and takes what is written. */
export async function databaseCheck(app: App): Promise<Check> {
  const { db, config } = app;
  const name = 'Database';
  const place = config.database.kind === 'sqlite' ? config.database.path : `PostgreSQL, ${config.database.database}`;
  try {
    const { version } = await schemaStatus(db);
    // Takes the right to write, and removes nothing: no run is of this kind.
    await db.query.deleteFrom('run_locks').where('kind', '=', '').execute();
    return ok(name, `${place}, version ${version}`);
  } catch (error) {
    const code = codeOf(error);
    if (!code) return failed(name, error);
    const remedy =
      config.database.kind === 'sqlite'
        ? `Let your user write ${place} and its folder.`
        : 'Let the database user write its tables; a server that only repeats another takes nothing.';
    return broken(name, `${place} cannot be written (${code})`, remedy);
  }
}

/** Keys are there, are keys, and are their owner's alone; so is where they lie. */
export async function keyChecks({ keyring, config, tokens }: App): Promise<Check[]> {
  const problem = await keyring.problem();
  if (problem) {
    return [
      broken('Key', problem, 'Set ENCRYPTION_KEY to a Fernet key, or sign in again once the file is taken away.'),
    ];
  }
  const exposure = await keyring.exposure();
  const place = keyring.isFromEnvironment ? 'from the environment' : config.keyFile;
  const unreadable = await tokens.unreadable();
  const lost = unreadable.length > 0 ? [broken('Key', `The key is lost for ${unreadable.join(', ')}`, LOST)] : [];
  const file = exposure ? warning('Key file', exposure, `chmod 600 ${config.keyFile}`) : ok('Key', place);
  return [...lost, ...(lost.length > 0 && !exposure ? [] : [file]), ...(await homeCheck(config))];
}

const LOST =
  'Put the key back that they were stored with, or sign in again with: storyline-cli instagram-auth. Nothing else is lost.';

/** Whoever may write there can put a key or a database of their own in the place of ours; to read it is no harm. */
async function homeCheck({ home }: Config): Promise<Check[]> {
  if (process.platform === 'win32') return [];
  const mode = await stat(home).then(
    (found) => found.mode & 0o777,
    () => 0,
  );
  if (!(mode & WRITABLE_BY_OTHERS)) return [];
  const finding = `${home} can be written by other users of this machine (mode ${mode.toString(8)})`;
  return [warning('Home folder', finding, `chmod go-w ${home}`)];
}

/**
 * The folder is this library's, has its files and takes more, and there is space. Looks as a run does before it writes,
 * and makes nothing. Without the database only the folder itself is looked at.
 */
export async function folderChecks({ mediaDir }: Config, app?: App): Promise<Check[]> {
  const { media } = app?.stores ?? (await openStores({ mediaDir }));
  const folder = await folderCheck(mediaDir, media, app);
  if (folder.state === 'broken') return [folder];
  const free = await media.freeBytes?.();
  if (free === undefined) return [folder];
  const space = `${(free / LITTLE_SPACE).toFixed(1)} GiB free`;
  if (free >= LITTLE_SPACE) return [folder, ok('Disk', space)];
  return [folder, warning('Disk', space, 'Free some space before the next backfill.')];
}

const REPAIR = 'To download them again: storyline-cli verify-library --repair';

async function folderCheck(mediaDir: string, store: FileStore, app: App | undefined): Promise<Check> {
  const name = 'Media folder';
  const { exists: isThere, problem } = await store.health(WRITTEN_FOLDERS);
  const belonging = app && (await whoseFolder({ db: app.db, store }));
  if (belonging && 'problem' in belonging) {
    const isMissing = belonging.kind === 'lost' && !isThere;
    const finding = isMissing ? `${mediaDir} is missing: its disk may not be mounted` : belonging.problem;
    return broken(name, finding, belonging.hint);
  }
  if (problem) return broken(name, problem, 'Set MEDIA_DIR to a folder that can be written, or fix its permissions.');
  if (!isThere) return ok(name, `${mediaDir}, not there yet: the first run creates it`);
  if (belonging?.kind === 'moved') {
    return ok(name, `${mediaDir}, moved from ${belonging.from}: the next command updates the records`);
  }
  if (app && (await lacksItsFiles({ db: app.db, store }))) {
    return warning(name, `${mediaDir} has none of the newest files`, REPAIR);
  }
  return ok(name, mediaDir);
}

/** A run whose process died is told until the next one closes its record. */
export async function runChecks({ runs }: App): Promise<Check[]> {
  const recent = await runs.recent(RUNS_LOOKED_AT);
  const dead = recent.filter(({ status, completedAt }) => status === 'interrupted' && !completedAt);
  return dead.map(({ startedAt }) =>
    warning(
      'Backfill',
      `the run of ${formatMoment(startedAt)} ended without a word: its process died`,
      'Run the same command again: it goes on where that one stopped.',
    ),
  );
}
