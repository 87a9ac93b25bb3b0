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

/** Bytes. With less, the disk is nearly full. */
const LITTLE_SPACE = 1024 ** 3;
/** How many of the last runs are checked. */
const RUNS_CHECKED = 20;
const WRITABLE_BY_OTHERS = 0o022;

/** Checks that the database answers, has our version, and is writable. */
export async function databaseCheck(app: App): Promise<Check> {
  const { db, config } = app;
  const name = 'Database';
  const place = config.database.kind === 'sqlite' ? config.database.path : `PostgreSQL, ${config.database.database}`;
  try {
    const { version } = await schemaStatus(db);
    // Needs write permission, but deletes nothing: no run is of this kind.
    await db.query.deleteFrom('run_locks').where('kind', '=', '').execute();
    return ok(name, `${place}, version ${version}`);
  } catch (error) {
    const code = codeOf(error);
    if (!code) return failed(name, error);
    const remedy =
      config.database.kind === 'sqlite'
        ? `Make ${place} and its folder writable for your user.`
        : 'Give the database user write permission; a read-only replica does not work.';
    return broken(name, `${place} cannot be written (${code})`, remedy);
  }
}

/** Checks that the keys exist, are valid and decrypt all tokens, and that nobody else can read or replace them. */
export async function keyChecks({ keyring, config, tokens }: App): Promise<Check[]> {
  const problem = await keyring.problem();
  if (problem) {
    return [broken('Key', problem, 'Set ENCRYPTION_KEY to a Fernet key, or remove the file and sign in again.')];
  }
  const exposure = await keyring.exposure();
  const place = keyring.isFromEnvironment ? 'from the environment' : config.keyFile;
  const unreadable = await tokens.unreadable();
  const lost = unreadable.length > 0 ? [broken('Key', `The key is lost for ${unreadable.join(', ')}`, LOST)] : [];
  const file = exposure ? warning('Key file', exposure, `chmod 600 ${config.keyFile}`) : ok('Key', place);
  return [...lost, ...(lost.length > 0 && !exposure ? [] : [file]), ...(await homeCheck(config))];
}

const LOST =
  'Restore the key they were stored with, or sign in again: storyline-cli instagram-auth. Nothing else is lost.';

/** Write permission is enough to replace the key or the database. Reading the folder is harmless. */
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
 * Checks that the media folder belongs to this library, has its files and is writable, and that there is space. Creates
 * nothing. Without the database only the folder itself is checked.
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
  if (problem) return broken(name, problem, 'Set MEDIA_DIR to a writable folder, or fix its permissions.');
  if (!isThere) return ok(name, `${mediaDir}, not created yet: the first run creates it`);
  if (belonging?.kind === 'moved') {
    return ok(name, `${mediaDir}, moved from ${belonging.from}: the next command updates the records`);
  }
  if (app && (await lacksItsFiles({ db: app.db, store }))) {
    return warning(name, `${mediaDir} has none of the newest files`, REPAIR);
  }
  return ok(name, mediaDir);
}

/** Runs whose process died, until the next run closes their records. */
export async function runChecks({ runs }: App): Promise<Check[]> {
  const recent = await runs.recent(RUNS_CHECKED);
  const dead = recent.filter(({ status, completedAt }) => status === 'interrupted' && !completedAt);
  return dead.map(({ startedAt }) =>
    warning(
      'Backfill',
      `the run of ${formatMoment(startedAt)} did not finish: its process died`,
      'Run the same command again: it resumes where that run stopped.',
    ),
  );
}
