import { CompiledQuery, Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { DatabaseError } from '../errors.ts';
import type { Database, PostgresTarget } from './database.ts';
import {
  cleanText,
  codeOf,
  containsAny,
  type Dialect,
  exactNumber,
  isConnectionLost,
  toJson,
  translateError,
} from './dialect.ts';
import type { Schema } from './schema.ts';

const OLDEST_SERVER = 13;

/** An arbitrary number that other programs are unlikely to use. */
const MIGRATION_LOCK = 7_418_529_630;

/** Opens a small pool, and reads the server's version so that connection problems show immediately. */
export async function openPostgres(target: PostgresTarget): Promise<Database> {
  const { default: pg } = await import('pg');
  const { host = 'localhost', port = 5432, database, user, password, ssl } = target;
  const location = `PostgreSQL, ${host}:${port}/${database}`;
  const parsers = new Map<number, (text: string) => unknown>([
    [pg.types.builtins.INT8, exactNumber],
    [pg.types.builtins.NUMERIC, Number],
    [pg.types.builtins.TIMESTAMP, toDate],
  ]);
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password,
    ssl,
    max: 5,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    application_name: 'storyline',
    types: { getTypeParser: (oid, format) => parsers.get(oid) ?? pg.types.getTypeParser(oid, format) },
  });
  // Without listeners, a server restart would end this process; the next query reports the error.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));

  try {
    const { rows } = await pool.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    const major = Math.floor((rows[0]?.version ?? 0) / 10_000);
    if (major < OLDEST_SERVER) {
      throw new DatabaseError(`The server is PostgreSQL ${major}, which is too old (${location})`, {
        hint: `Use PostgreSQL ${OLDEST_SERVER} or newer.`,
      });
    }
  } catch (error) {
    await pool.end();
    throw openError(target, location, error);
  }

  const query = new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool: convertingPool(pool, {
        translate: (error) => translateError(error, location),
        // The database may be dropped, or the user locked, while the program runs.
        translateOpening: (error) =>
          isConnectionLost(error) ? translateError(error, location) : openError(target, location, error),
      }),
      // Defaults such as now() depend on the session's time zone, and the format of dates on its DateStyle.
      onCreateConnection: async (connection) => {
        // A machine that loses power during a transaction would keep rows locked for hours.
        await connection.executeQuery(
          CompiledQuery.raw(
            "set time zone 'UTC'; set datestyle to 'ISO'; set idle_in_transaction_session_timeout to '60s'",
          ),
        );
      },
    }),
  });
  let closing: Promise<void> | undefined;
  return {
    query,
    dialect: postgresDialect,
    location,
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
}

const toDate = (text: string): Date => new Date(`${text.replace(' ', 'T')}Z`);

/** Dates would be sent in the process's own time zone. Arrays are left to the driver, because only it knows TEXT[]. */
function toPostgres(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toPostgres);
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) return toJson(value);
  return value;
}

/** A client always has the same wrapper: kysely recognises new clients by it. */
function convertingPool(
  pool: Pool,
  { translate, translateOpening }: Record<'translate' | 'translateOpening', (error: unknown) => unknown>,
): PostgresPool {
  const known = new WeakMap<PoolClient, PostgresPoolClient>();
  const wrap = (client: PoolClient): PostgresPoolClient => {
    let isLost = false;
    const query = async (text: string, parameters: readonly unknown[]) => {
      try {
        return await client.query(text, parameters.map(toPostgres));
      } catch (error) {
        isLost ||= isConnectionLost(error);
        throw translate(error);
      }
    };
    // Its other signature takes a cursor, which is not used here.
    // The server's last message comes before its socket closes: the pool must not reuse the client in between.
    return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release(isLost) };
  };
  return {
    async connect() {
      try {
        const client = await pool.connect();
        const wrapped = known.get(client) ?? wrap(client);
        known.set(client, wrapped);
        return wrapped;
      } catch (error) {
        throw translateOpening(error);
      }
    },
    end: () => pool.end(),
  };
}

function openError(
  { user, database, host = 'localhost', port = 5432 }: PostgresTarget,
  location: string,
  error: unknown,
) {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const fail = (message: string, hint: string) => new DatabaseError(message, { cause: error, hint });

  if (code === '3D000') {
    return fail(`There is no database "${database}" on ${host}:${port}`, `Create it: createdb ${database}`);
  }
  if (code.startsWith('28') || reason.startsWith('SASL')) {
    const who = user ? `the user "${user}"` : 'the user';
    return fail(
      `The PostgreSQL server at ${host}:${port} refused ${who}${code === '28000' ? `: ${reason}` : ''}`,
      'Check the user and the password in DATABASE_URL, or DB_USER and DB_PASSWORD.',
    );
  }
  if (/^(53|57P)/.test(code)) {
    return fail(
      `The PostgreSQL server at ${host}:${port} accepts no connections at the moment: ${reason}`,
      'Try again in a minute.',
    );
  }
  if (/SSL|CERT|certificate/i.test(`${code} ${reason}`)) {
    return fail(
      `No secure connection to ${host}:${port}: ${reason}`,
      'Set DB_SSLMODE (or sslmode in DATABASE_URL) to what the server offers.',
    );
  }
  if (/^E[A-Z_]+$/.test(code) || /timeout|terminated/i.test(reason)) {
    return fail(
      `Cannot reach a PostgreSQL server at ${host}:${port} (${code || reason})`,
      'Check that it is running, and the address in DATABASE_URL, or DB_HOST and DB_PORT.',
    );
  }
  return fail(`Cannot use the database (${location}): ${reason}`, 'Check DATABASE_URL.');
}

const postgresDialect: Dialect = {
  kind: 'postgres',
  now: sql<Date>`(clock_timestamp() at time zone 'utc')`,
  millisecondsSince: (moment) =>
    sql<number>`round(extract(epoch from (clock_timestamp() at time zone 'utc') - ${moment}) * 1000)::float8`,
  contains: (text, typed) => containsAny('ilike', text, typed),
  includes: (array, element) => sql`${element} = any(${array})`,
  isAmong: (column, wanted) => sql`${column} in ${wanted}`,
  monthOf: (moment) => sql`date_trunc('month', ${moment})`,
  async hasTable(query, table) {
    // Not to_regclass: its cache may be older than a lock that was just acquired.
    const { rows } = await sql`
      select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relname = ${table} and c.relkind in ('r', 'p') and n.nspname = any (current_schemas(false))
    `.execute(query);
    return rows.length > 0;
  },
  async lockMigrations(transaction) {
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(transaction);
    // Table locks: an idle open transaction would block the migration, and everything waiting for it.
    await sql`set local lock_timeout = '30s'`.execute(transaction);
  },
  // Without parameters the driver sends the text unchanged, and the server accepts any number of statements.
  async runScript(transaction, script) {
    await sql.raw(script).execute(transaction);
  },
};
