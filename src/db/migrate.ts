import type { Kysely } from 'kysely';
import { DatabaseError } from '../errors.ts';
import type { Database } from './database.ts';
import { codeOf, type Dialect } from './dialect.ts';
import { type Migration, readOwnMigrations, readSharedMigrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';

export interface MigrationReport {
  /** Names of the migrations that this call applied, in order. */
  readonly applied: readonly string[];
  /** The version in `schema_version`. */
  readonly version: number;
}

export interface SchemaStatus {
  /** The version in `schema_version`; undefined for an empty database. */
  readonly version: number | undefined;
  /** Names of the migrations that `migrate` would apply. */
  readonly pending: readonly string[];
}

const OLDEST_VERSION = 12;
const NEWEST_VERSION = 13;

/** Tables of every version: they identify an existing database that lacks its version. */
const TABLES_OF_OURS = ['media_items', 'service_runs', 'users'];

/**
 * Migrates an empty database, or one of version 12 or 13, to this program's schema. Each migration is applied completely
 * or not at all, and only once, even if several processes migrate.
 *
 * @throws {DatabaseError} for any other database, which is left unchanged.
 */
export async function migrate({ query, dialect }: Database): Promise<MigrationReport> {
  const steps = readSteps(dialect);
  const start = await readState(query, dialect, steps);
  const pending = steps.filter((step) => isPending(step, start));
  const applied: string[] = [];
  for (const step of pending) if (await apply(step)) applied.push(step.migration.name);
  return { applied, version: NEWEST_VERSION };

  async function apply(step: Step): Promise<boolean> {
    try {
      return await query.transaction().execute(async (transaction) => {
        await dialect.lockMigrations(transaction);
        if (!isPending(step, await readState(transaction, dialect, steps))) return false;
        const { number: id, name, checksum, script } = step.migration;
        await dialect.runScript(transaction, script);
        if (step.isOwn) await transaction.insertInto('storyline_migrations').values({ id, name, checksum }).execute();
        return true;
      });
    } catch (error) {
      throw migrationError(step.migration, error);
    }
  }
}

/** Read-only. @throws {DatabaseError} for a database that {@link migrate} would refuse. */
export async function schemaStatus({ query, dialect }: Database): Promise<SchemaStatus> {
  const steps = readSteps(dialect);
  const state = await readState(query, dialect, steps);
  const pending = steps.filter((step) => isPending(step, state)).map(({ migration }) => migration.name);
  return { version: state.version, pending };
}

interface Step {
  readonly migration: Migration;
  /** True for this program's own migrations; the others are versions of the shared tables. */
  readonly isOwn: boolean;
}

interface State {
  readonly version: number | undefined;
  /** Numbers of our own migrations that were applied. */
  readonly own: ReadonlySet<number>;
}

const readSteps = ({ kind }: Dialect): Step[] => [
  ...readSharedMigrations(kind).map((migration) => ({ migration, isOwn: false })),
  ...readOwnMigrations(kind).map((migration) => ({ migration, isOwn: true })),
];

const isPending = ({ migration, isOwn }: Step, { version = 0, own }: State): boolean =>
  isOwn ? !own.has(migration.number) : migration.number > version;

async function readState(query: Kysely<Schema>, dialect: Dialect, steps: readonly Step[]): Promise<State> {
  const version = await readVersion(query, dialect);
  if (!(await dialect.hasTable(query, 'storyline_migrations'))) return { version, own: new Set() };
  const applied = await query.selectFrom('storyline_migrations').select(['id', 'name', 'checksum']).execute();
  for (const { id, name, checksum } of applied) {
    const step = steps.find(({ migration, isOwn }) => isOwn && migration.number === id);
    if (!step) {
      throw new DatabaseError(`The database has the migration ${name}, made by a newer version of this program`, {
        hint: 'Update this program, then run the same command again.',
      });
    }
    if (step.migration.checksum !== checksum) {
      throw new DatabaseError(`The migration ${name} is not the one that was applied to this database`, {
        hint: 'Reinstall this program: its files were changed.',
      });
    }
  }
  return { version, own: new Set(applied.map(({ id }) => id)) };
}

async function readVersion(query: Kysely<Schema>, dialect: Dialect): Promise<number | undefined> {
  if (await dialect.hasTable(query, 'schema_version')) {
    const row = await query
      .selectFrom('schema_version')
      .select((eb) => eb.fn.max('version').as('version'))
      .executeTakeFirst();
    return checkedVersion(row?.version ?? 0);
  }
  for (const table of TABLES_OF_OURS) {
    if (await dialect.hasTable(query, table)) {
      // Another process may have applied the baseline between the two queries.
      if (await dialect.hasTable(query, 'schema_version')) return readVersion(query, dialect);
      throw new DatabaseError(`The database has a table ${table}, but no schema_version`, {
        hint: 'Set DATABASE_URL to an empty database, or restore this one from a complete backup.',
      });
    }
  }
  return undefined;
}

function checkedVersion(version: number): number {
  if (version > NEWEST_VERSION) {
    throw new DatabaseError(
      `The database is at version ${version}, made by a newer Python Storyline; this program supports 12 and 13`,
      { hint: 'Set DATABASE_URL to another database, or remove it to use the embedded one.' },
    );
  }
  if (version < OLDEST_VERSION) {
    throw new DatabaseError(`The database is at version ${version}; this program supports 12 and 13`, {
      hint: 'Migrate it to version 12 with the Python program first.',
    });
  }
  return version;
}

function migrationError({ name }: Migration, error: unknown): unknown {
  if (error instanceof DatabaseError || !(error instanceof Error)) return error;
  const hints: Record<string, string> = {
    '42501': 'Allow the database user to create and change tables in this schema.',
    '55P03': 'Another program is using the tables: stop it, then run the same command again.',
  };
  const hint = hints[codeOf(error)] ?? 'It was rolled back; the database is unchanged.';
  return new DatabaseError(`The migration ${name} failed: ${error.message}`, { cause: error, hint });
}
