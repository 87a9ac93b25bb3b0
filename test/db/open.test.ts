import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isConnectionLost } from '../../src/db/dialect.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase, type PostgresTarget } from '../../src/db/open.ts';
import { DatabaseError } from '../../src/errors.ts';
import { eachDatabase, onPostgres, serverTarget, useDatabases } from '../support/databases.ts';
import { askServer } from '../support/server.ts';

const thrownBy = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'storyline-open-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is made with its folder, for its owner alone', async () => {
    const path = join(folder, 'deep', 'er', 'storyline.db');
    const database = await openDatabase({ kind: 'sqlite', path });
    await migrate(database);

    for (const name of readdirSync(dirname(path))) {
      expect([name, statSync(join(dirname(path), name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    await database.close();
  });

  it('holds everything by itself once it is closed', async () => {
    const path = join(folder, 'storyline.db');
    const database = await openDatabase({ kind: 'sqlite', path });
    await migrate(database);
    await database.close();
    renameSync(path, join(folder, 'copy.db'));

    const copy = await openDatabase({ kind: 'sqlite', path: join(folder, 'copy.db') });
    expect((await migrate(copy)).applied).toEqual([]);
    await copy.close();
  });

  it('that is something else is refused, and left as it is', async () => {
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'not a database '.repeat(100));

    const error = await thrownBy(openDatabase({ kind: 'sqlite', path }));

    expect(error).toBeInstanceOf(DatabaseError);
    expect((error as Error).message).toBe(`${path} is not an SQLite database`);
    expect(statSync(path).size).toBe(1500);
  });

  it('that is a folder is refused', async () => {
    mkdirSync(join(folder, 'storyline.db'));

    expect(await thrownBy(openDatabase({ kind: 'sqlite', path: join(folder, 'storyline.db') }))).toBeInstanceOf(
      DatabaseError,
    );
  });

  it('that is deleted while it is in use stops the next query, rather than be written to unseen', async () => {
    const path = join(folder, 'storyline.db');
    const database = await openDatabase({ kind: 'sqlite', path });
    await migrate(database);
    rmSync(path);

    const error = await thrownBy(database.query.selectFrom('media_items').selectAll().execute());

    expect(error).toBeInstanceOf(DatabaseError);
    expect(isConnectionLost(error)).toBe(true);
    await database.close();
  });
});

eachDatabase(({ openMigrated }) => {
  it('a migration that changed after it was applied is refused', async () => {
    const database = await openMigrated();
    await database.query.updateTable('storyline_migrations').set({ checksum: 'another' }).where('id', '=', 1).execute();

    await expect(migrate(database)).rejects.toThrow(
      'The migration 001_instagram_library is not the one that was applied to this database',
    );
  });

  it('a database that a newer version of this program migrated is refused', async () => {
    const database = await openMigrated();
    const newer = { id: 999, name: '999_future', checksum: 'x' };
    await database.query.insertInto('storyline_migrations').values(newer).execute();

    await expect(migrate(database)).rejects.toThrow('made by a newer version of this program');
  });
});

onPostgres(({ createEmpty, open, openMigrated }) => {
  const server = serverTarget('postgres');
  const refused = (target: PostgresTarget) => thrownBy(openDatabase(target)) as Promise<DatabaseError>;

  it('a server that is not there is named, with what to check', async () => {
    const error = await refused({ ...server, host: '127.0.0.1', port: await unusedPort(), password: 'secret' });

    expect(error).toBeInstanceOf(DatabaseError);
    expect(error.message).toMatch(/^Cannot reach a PostgreSQL server at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)$/);
    expect(error.hint).toContain('DATABASE_URL');
    expect(`${error.message} ${error.hint}`).not.toContain('secret');
  });

  it('a database that is not there is named, with how to make it', async () => {
    const error = await refused({ ...server, database: 'storyline_nowhere' });

    expect(error.message).toContain('There is no database "storyline_nowhere"');
    expect(error.hint).toBe('Create it: createdb storyline_nowhere');
  });

  it('a user that the server refuses is named', async () => {
    const error = await refused({ ...server, user: 'storyline_nobody', password: 'secret' });

    expect(error.message).toContain('refused the user "storyline_nobody"');
    expect(`${error.message} ${error.hint}`).not.toContain('secret');
  });

  it('a server without TLS is refused where TLS is asked for', async () => {
    const error = await refused({ ...server, ssl: { rejectUnauthorized: true } });

    expect(error).toBeInstanceOf(DatabaseError);
    expect(error.hint).toContain('DB_SSLMODE');
  });

  it('a lost connection is an error of ours, and the next query gets a new one', async () => {
    const { query } = await openMigrated();
    const suicide = sql`select pg_terminate_backend(pg_backend_pid())`;

    const error = await thrownBy(suicide.execute(query));

    expect(error).toBeInstanceOf(DatabaseError);
    expect(isConnectionLost(error)).toBe(true);
    expect(await query.selectFrom('media_items').selectAll().execute()).toEqual([]);
  });

  it('a transaction that loses its connection ends with that error, and idle connections may die unheard', async () => {
    const target = await createEmpty();
    const { query } = await open(target);
    const kill = () =>
      askServer(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${(target as PostgresTarget).database}'`,
      );

    const error = await thrownBy(
      query.transaction().execute(async (transaction) => {
        await sql`select 1`.execute(transaction);
        await kill();
        await sql`select 2`.execute(transaction);
      }),
    );

    expect(error).toBeInstanceOf(DatabaseError);
    await sql`select 3`.execute(query);
    await kill();
  });

  it('moments are UTC whatever the time zone and the style of dates on the server', async () => {
    const target = (await createEmpty()) as PostgresTarget;
    await askServer(`alter database ${target.database} set timezone to 'Asia/Tokyo'`);
    await askServer(`alter database ${target.database} set datestyle to 'German'`);
    const database = await open(target);
    await migrate(database);
    const { rows } = await sql<{ applied: Date; at: Date }>`
      select applied_at as applied, timestamp '2025-01-02 03:04:05.678' as at from schema_version
    `.execute(database.query);

    expect(rows[0]?.at).toEqual(new Date('2025-01-02T03:04:05.678Z'));
    expect(Math.abs(Date.now() - Number(rows[0]?.applied))).toBeLessThan(30 * 60_000);
  });

  it.each([
    'alter table api_tokens add constraint odd_name unique (token_type, service_name)',
    'create unique index odd_name on api_tokens (service_name, token_type)',
  ])('a rule of one token in all goes, whatever its name and form: %s', async (statement) => {
    const database = await openMigrated();
    await sql.raw(statement).execute(database.query);
    await database.query.deleteFrom('storyline_migrations').where('id', '=', 2).execute();

    expect((await migrate(database)).applied).toEqual(['002_one_token_per_account']);

    const { rows } = await sql<{ name: string }>`
      select indexname as name from pg_indexes where tablename = 'api_tokens' order by 1
    `.execute(database.query);
    expect(rows.map(({ name }) => name)).toEqual([
      'api_tokens_pkey',
      'api_tokens_service_name_token_type_instagram_account_id_key',
    ]);
  });

  describe('next to SQLite', () => {
    const sqlite = useDatabases('sqlite');

    it('both have the same tables and columns, with the same ones required and filled in', async () => {
      const shape = async (database: Awaited<ReturnType<typeof openMigrated>>) =>
        (await database.query.introspection.getTables())
          .flatMap(({ name, columns }) =>
            columns.map((column) => `${name}.${column.name} ${column.isNullable} ${column.hasDefaultValue}`),
          )
          // SQLite's integer keys are never null, without being declared so.
          .filter((line) => !/^(schema_version\.version|storyline_migrations\.id|web_access\.id) /.test(line))
          // SQLite does not list the columns that it makes, and keeps its index of words in tables.
          .filter((line) => !/^(instagram_posts\.(kind|words) |instagram_texts)/.test(line))
          .sort();

      expect(await shape(await sqlite.openMigrated())).toEqual(await shape(await openMigrated()));
    });
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
