import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { migrate, schemaStatus } from '../../src/db/migrate.ts';
import type { Database } from '../../src/db/open.ts';
import { DatabaseError } from '../../src/errors.ts';
import { ROWS_12, version12 } from '../fixtures/version-12.ts';
import { onPostgres, useDatabases } from '../support/databases.ts';

const execute = async ({ query }: Database, statements: readonly string[]) => {
  for (const statement of statements) await sql.raw(statement).execute(query);
};
const rowsOf = async ({ query }: Database, text: string) => (await sql.raw(text).execute(query)).rows;

/** Everything in the tables that were there before, in the columns that were there before. */
async function contents(db: Database, tables: readonly string[]) {
  const all = await Promise.all(tables.map((table) => rowsOf(db, `select * from ${table} order by 1`)));
  return JSON.stringify(all, (key, value) =>
    ['instagram_media_id', 'backfilled_at'].includes(key) && value === null ? undefined : value,
  );
}

const OLD_TABLES = [
  'users',
  'media_items',
  'service_runs',
  'instagram_accounts',
  'api_tokens',
  'chat_settings',
  'user_interactions',
  'posting_queue',
  'posting_history',
  'media_posting_locks',
  'category_post_case_mix',
];

/** On tables that were there before. */
const INDEXES_OF_OURS = [
  'idx_media_items_listed',
  'idx_media_items_listed_kind',
  'idx_media_items_listed_category',
  'idx_media_items_caption',
  'idx_media_items_sizes',
  'idx_service_runs_service_started',
  'idx_service_runs_running',
  'idx_service_runs_whole_walks',
];

onPostgres((databases) => {
  const open12 = async () => {
    const db = await databases.open();
    await execute(db, [...version12(), ...ROWS_12]);
    return db;
  };

  test('a version-12 database is taken over, and nothing existing is changed', async () => {
    const db = await open12();
    const before = await contents(db, OLD_TABLES);
    const { applied, version } = await migrate(db);
    expect(applied).not.toContain('012_baseline');
    expect([applied[0], version]).toEqual(['013_media_backfill_columns', 13]);
    expect(await contents(db, OLD_TABLES)).toBe(before);
    const media = await db.query.selectFrom('media_items').selectAll().orderBy('file_name').execute();
    expect(media).toEqual([
      expect.objectContaining({
        file_size: 5_000_000_000,
        tags: ['sea', 'two words'],
        last_posted_at: new Date('2025-06-01T23:30:00Z'),
        instagram_media_id: null,
      }),
      expect.objectContaining({ file_name: 'b.jpg', instagram_media_id: null, backfilled_at: null }),
    ]);
    expect(await rowsOf(db, 'select version from schema_version order by version')).toEqual(
      [1, 2, 4, 6, 7, 8, 9, 11, 12, 13].map((n) => ({ version: n })),
    );
    expect((await migrate(db)).applied).toEqual([]);
  });

  test('both roads, an empty database and a version-12 one, end in the same schema', async () => {
    const taken = await open12();
    const fresh = await databases.open();
    await Promise.all([migrate(taken), migrate(fresh)]);
    const [a, b] = await Promise.all([catalog(taken), catalog(fresh)]);
    expect(a.columns.length).toBeGreaterThan(150);
    expect(a.columns).toEqual(b.columns);
    expect(a.constraints).toEqual(b.constraints);
    expect(a.indexes).toEqual(b.indexes);
  });

  test('captions are searched by an index where the server has one for it', async () => {
    const db = await databases.openMigrated();
    const [offered] = await rowsOf(db, `select 1 from pg_available_extensions where name = 'pg_trgm'`);
    const indexes = await rowsOf(db, `select 1 from pg_indexes where indexname = 'idx_media_items_caption'`);
    expect(indexes).toHaveLength(offered ? 1 : 0);
  });

  test('a user who may not add an extension goes without that index', async () => {
    const target = await databases.createEmpty();
    if (target.kind !== 'postgres') throw new Error('not a server');
    const user = `storyline_test_${randomUUID().replaceAll('-', '')}`;
    const owner = await databases.open(target);
    await execute(owner, [
      `create role ${user} login password 'test'`,
      `revoke create on database ${target.database} from public`,
      `grant create on schema public to ${user}`,
    ]);
    try {
      const db = await databases.open({ ...target, user, password: 'test' });
      expect((await migrate(db)).applied).toContain('004_large_libraries');
      expect(await rowsOf(db, `select 1 from pg_indexes where indexname = 'idx_media_items_caption'`)).toEqual([]);
      expect(await rowsOf(db, `select 1 from pg_indexes where indexname = 'idx_media_items_listed'`)).toHaveLength(1);
      await db.close();
    } finally {
      await execute(owner, [`drop owned by ${user} cascade`, `drop role ${user}`]);
    }
  });

  test('a second account gets its token, though the old database allowed one in all', async () => {
    const db = await open12();
    await migrate(db);
    await execute(db, [
      `INSERT INTO instagram_accounts (display_name, instagram_account_id) VALUES ('Two', '17841400000000002')`,
      `INSERT INTO api_tokens (service_name, token_type, token_value, issued_at, instagram_account_id) SELECT 'instagram', 'access_token', 'x', now(), id FROM instagram_accounts WHERE display_name = 'Two'`,
    ]);
    expect(await rowsOf(db, 'select 1 from api_tokens')).toHaveLength(2);
  });
});

/** Columns, constraints and indexes, without the names that each road gives them. */
async function catalog(db: Database) {
  const columns = await rowsOf(
    db,
    `select table_name, column_name, data_type, udt_name, is_nullable, column_default, character_maximum_length, numeric_precision, numeric_scale from information_schema.columns where table_schema = 'public' order by table_name, column_name`,
  );
  const constraints = await rowsOf(
    db,
    `select conrelid::regclass::text as "table", pg_get_constraintdef(oid) as definition from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n' order by 1, 2`,
  );
  const indexes = await rowsOf(
    db,
    `select tablename, regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') as definition from pg_indexes where schemaname = 'public' order by 1, 2`,
  );
  const plain = (rows: unknown[]) =>
    JSON.parse(
      JSON.stringify(rows)
        .replaceAll('uuid_generate_v4()', 'gen_random_uuid()')
        .replaceAll('CURRENT_TIMESTAMP', 'now()'),
    ) as unknown[];
  return { columns: plain(columns), constraints: plain(constraints), indexes: plain(indexes) };
}

describe.each(['sqlite', 'postgres'] as const)('a database that is not for us, on %s', (kind) => {
  if (kind === 'sqlite') suite(useDatabases('sqlite'));
  else onPostgres(suite);

  function suite(databases: ReturnType<typeof useDatabases>) {
    test.each<[string, string[], string]>([
      [
        'of version 34',
        [
          'create table schema_version (version integer primary key)',
          'insert into schema_version values (12), (34)',
          'create table media_items (id integer)',
        ],
        'version 34, made by a newer Python Storyline',
      ],
      [
        'of version 11',
        ['create table schema_version (version integer primary key)', 'insert into schema_version values (11)'],
        'Bring it to version 12|at version 11',
      ],
      ['without a version', ['create table media_items (id integer)'], 'no schema_version'],
    ])('%s is refused in one line, and left untouched', async (_, statements, words) => {
      const db = await databases.open();
      await execute(db, statements);
      const tables = () =>
        rowsOf(
          db,
          kind === 'sqlite'
            ? 'select name, sql from sqlite_master order by 1'
            : `select table_name, column_name from information_schema.columns where table_schema = 'public' order by 1, 2`,
        );
      const before = await tables();
      await expect(migrate(db)).rejects.toThrow(DatabaseError);
      await expect(schemaStatus(db)).rejects.toThrow(new RegExp(words));
      expect(await tables()).toEqual(before);
    });

    test('of version 13, with rows that lack their Instagram id, is taken over as it is', async () => {
      const db = await databases.openMigrated();
      await db.query
        .insertInto('media_items')
        .values({
          file_path: '/x',
          file_name: 'x',
          file_size: 1,
          file_hash: 'h',
          source_type: 'instagram_backfill',
          source_identifier: '180',
        })
        .execute();
      await execute(db, [
        'drop table if exists instagram_texts_index',
        'drop table if exists instagram_texts',
        'drop table media_places',
        'drop table media_file_states',
        'drop table file_checks',
        'drop table token_refusals',
        'drop table instagram_covers',
        'drop table media_measures',
        'drop table default_account',
        'drop table bot_strangers',
        'drop table bot_trouble',
        'drop table library_identity',
        'drop table token_keys',
        'drop table web_access',
        'drop table web_sessions',
        'drop table web_browsers',
        'drop table web_login_tries',
        'drop table instagram_items',
        'drop table instagram_posts',
        'drop table backfill_intervals',
        'drop table run_locks',
        'drop table feed_counts',
        'drop table storyline_migrations',
        ...INDEXES_OF_OURS.map((name) => `drop index if exists ${name}`),
      ]);
      const { applied } = await migrate(db);
      expect(applied[0]).toBe('001_instagram_library');
      expect(await rowsOf(db, 'select source_identifier, instagram_media_id from media_items')).toEqual([
        { source_identifier: '180', instagram_media_id: null },
      ]);
    });
  }
});
