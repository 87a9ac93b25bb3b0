import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { isUniqueViolation } from '../../src/db/dialect.ts';
import { migrate, schemaStatus } from '../../src/db/migrate.ts';
import type { Database } from '../../src/db/open.ts';
import type { NewRow } from '../../src/db/schema.ts';
import type { Databases } from '../support/databases.ts';

let made = 0;

export function mediaItem(values: Partial<NewRow<'media_items'>> = {}): NewRow<'media_items'> {
  made += 1;
  return { file_path: `/library/${made}.jpg`, file_name: `${made}.jpg`, file_size: 1, file_hash: 'h', ...values };
}

const addItem = ({ query }: Database, values: Partial<NewRow<'media_items'>> = {}) =>
  query.insertInto('media_items').values(mediaItem(values)).returningAll().executeTakeFirstOrThrow();

const addAccount = ({ query }: Database) =>
  query
    .insertInto('instagram_accounts')
    .values({ display_name: 'Studio', instagram_account_id: '17841400000000001' })
    .returningAll()
    .executeTakeFirstOrThrow();

/** What a database must do, whichever it is. */
export function databaseContract({ open, openMigrated }: Databases): void {
  it('gives back every kind of value as it was written', async () => {
    const database = await openMigrated();
    const moment = new Date('2024-07-04T23:59:59.987Z');
    const metadata = { deep: [1, { ok: true }], text: 'ü "quoted" 🎞', none: null };
    const written = mediaItem({
      file_size: Number.MAX_SAFE_INTEGER,
      last_posted_at: moment,
      requires_interaction: true,
      is_active: false,
      tags: ['a', 'b "c", {d}', 'é', ''],
      custom_metadata: metadata,
      caption: "it's 100% \\ fine\n🎞",
    });

    const returned = await addItem(database, written);
    const [selected] = await database.query.selectFrom('media_items').selectAll().execute();

    expect(returned).toMatchObject(written);
    expect(selected).toEqual(returned);
  });

  it('gives moments, numbers and booleans back under another name and from a sub-query', async () => {
    const database = await openMigrated();
    const moment = new Date('2024-01-01T05:06:07.000Z');
    await addItem(database, { backfilled_at: moment, file_size: 2 ** 40, is_active: false });

    const inner = database.query
      .selectFrom('media_items')
      .select(['backfilled_at as at', 'file_size as size', 'is_active as active']);
    const found = await database.query
      .selectFrom(inner.as('i'))
      .select(({ fn }) => ['at', 'active', fn.max('at').as('newest'), fn.sum<number>('size').as('bytes')])
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .groupBy(['at', 'active'])
      .executeTakeFirstOrThrow();

    expect(found).toEqual({ at: moment, active: false, newest: moment, bytes: 2 ** 40, count: 1 });
  });

  it('takes an absent value for null, and null stays null', async () => {
    const { tags, custom_metadata, last_posted_at, backfilled_at } = await addItem(await openMigrated(), {
      tags: null,
      custom_metadata: null,
    });

    expect({ tags, custom_metadata, last_posted_at, backfilled_at }).toEqual({
      tags: null,
      custom_metadata: null,
      last_posted_at: null,
      backfilled_at: null,
    });
  });

  it('refuses to read a number that would not be exact', async () => {
    const database = await openMigrated();
    await sql`insert into users (telegram_user_id) values (9007199254740993)`.execute(database.query);

    await expect(database.query.selectFrom('users').select('telegram_user_id').execute()).rejects.toThrow(RangeError);
  });

  it('keeps a decimal fraction', async () => {
    const { query } = await openMigrated();
    await query.insertInto('category_post_case_mix').values({ category: 'memes', ratio: 0.7 }).execute();

    expect(await query.selectFrom('category_post_case_mix').select('ratio').execute()).toEqual([{ ratio: 0.7 }]);
  });

  it('compares and orders moments by time', async () => {
    const database = await openMigrated();
    const moments = ['2024-02-29T00:00:00.000Z', '2023-12-31T23:59:59.999Z', '2024-02-29T00:00:00.001Z'];
    for (const at of moments) await addItem(database, { backfilled_at: new Date(at) });

    const found = await database.query
      .selectFrom('media_items')
      .select('backfilled_at')
      .where('backfilled_at', '>=', new Date('2024-02-29T00:00:00Z'))
      .orderBy('backfilled_at', 'desc')
      .execute();

    expect(found.map((row) => row.backfilled_at?.toISOString())).toEqual([
      '2024-02-29T00:00:00.001Z',
      '2024-02-29T00:00:00.000Z',
    ]);
  });

  it("fills moments in by the database's clock, in UTC", async () => {
    const database = await openMigrated();
    const { created_at: created } = await addItem(database);
    const { rows } = await sql<{ now: Date }>`select ${database.dialect.now} as now`.execute(database.query);

    for (const moment of [created, rows[0]?.now]) {
      expect(Math.abs(Date.now() - Number(moment))).toBeLessThan(30 * 60_000);
    }
  });

  it('makes a UUID of its own for each row', async () => {
    const database = await openMigrated();
    const ids = [await addItem(database), await addItem(database)].map(({ id }) => id);

    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('keeps text that is cut in the middle of a character, and drops NUL', async () => {
    const database = await openMigrated();
    const row = await addItem(database, { caption: 'cut \ud83c', custom_metadata: { error: 'nul\0 and \udf9e' } });

    expect(row).toMatchObject({ caption: 'cut \ufffd', custom_metadata: { error: 'nul and \ufffd' } });
  });

  it('refuses a second row of the same Instagram id, and says so', async () => {
    const database = await openMigrated();
    await addItem(database, { instagram_media_id: '17900000000000001' });

    const error = await addItem(database, { instagram_media_id: '17900000000000001' }).catch((thrown) => thrown);

    expect(isUniqueViolation(error)).toBe(true);
  });

  it('lets many rows stand without an Instagram id', async () => {
    const database = await openMigrated();
    for (let n = 0; n < 3; n += 1) await addItem(database);

    expect(await database.query.selectFrom('media_items').selectAll().execute()).toHaveLength(3);
  });

  it('undoes all of a transaction that fails', async () => {
    const database = await openMigrated();
    const failing = database.query.transaction().execute(async (transaction) => {
      await transaction.insertInto('media_items').values(mediaItem()).execute();
      throw new Error('stop');
    });

    await expect(failing).rejects.toThrow('stop');
    expect(await database.query.selectFrom('media_items').selectAll().execute()).toEqual([]);
  });

  it('undoes a part of a transaction', async () => {
    const { query } = await openMigrated();
    const transaction = await query.startTransaction().execute();
    await transaction
      .insertInto('media_items')
      .values(mediaItem({ caption: 'kept' }))
      .execute();
    const saved = await transaction.savepoint('before').execute();
    await saved
      .insertInto('media_items')
      .values(mediaItem({ caption: 'undone' }))
      .execute();
    await saved.rollbackToSavepoint('before').execute();
    await transaction.commit().execute();

    expect(await query.selectFrom('media_items').select('caption').execute()).toEqual([{ caption: 'kept' }]);
  });

  it('says how many rows a change touched', async () => {
    const database = await openMigrated();
    await addItem(database);
    await addItem(database);

    const [result] = await database.query.updateTable('media_items').set({ title: 'x' }).execute();
    expect(result?.numUpdatedRows).toBe(2n);
  });

  it('serves many callers in parallel, transactions among them', async () => {
    const { query } = await openMigrated();
    const work = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0
        ? query.insertInto('media_items').values(mediaItem()).execute()
        : query.transaction().execute((t) => t.insertInto('media_items').values(mediaItem()).execute()),
    );
    await Promise.all(work);

    expect(await query.selectFrom('media_items').selectAll().execute()).toHaveLength(40);
  });

  it.each([
    ['SUMMER', 'summer in Rome', true],
    ['été', 'ÉTÉ à Rome', true],
    ['Été', 'un été', true],
    ['100%', '100 percent', false],
    ['100%', '100% wool', true],
    ['a_b', 'axb', false],
    ['\\', 'back\\slash', true],
    ["it's", "IT'S", true],
  ])('searching for %j in %j finds: %j', async (typed, caption, isFound) => {
    const database = await openMigrated();
    await addItem(database, { caption });
    const found = await database.query
      .selectFrom('media_items')
      .select('id')
      .where(({ ref }) => database.dialect.contains(ref('caption'), typed))
      .execute();

    expect(found.length === 1).toBe(isFound);
  });

  it('finds rows by an element of an array', async () => {
    const database = await openMigrated();
    await addItem(database, { caption: 'tagged', tags: ['sea', 'sun'] });
    await addItem(database, { tags: ['seaside'] });
    await addItem(database);
    const found = await database.query
      .selectFrom('media_items')
      .select('caption')
      .where(({ ref }) => database.dialect.includes(ref('tags'), 'sea'))
      .execute();

    expect(found).toEqual([{ caption: 'tagged' }]);
  });

  it('is migrated once: a second time changes nothing', async () => {
    const database = await open();
    expect((await schemaStatus(database)).version).toBeUndefined();

    const first = await migrate(database);
    const second = await migrate(database);

    expect(first.applied.slice(0, 3)).toEqual(['012_baseline', '013_media_backfill_columns', '001_instagram_library']);
    expect(second).toEqual({ applied: [], version: 13 });
    expect(await schemaStatus(database)).toEqual({ version: 13, pending: [] });
  });

  it('is migrated once by two who start at the same time', async () => {
    const database = await open();
    const reports = await Promise.all([migrate(database), migrate(database)]);

    const { applied } = await database.query
      .selectFrom('storyline_migrations')
      .select(({ fn }) => fn.countAll<number>().as('applied'))
      .executeTakeFirstOrThrow();
    expect(reports.flatMap((report) => report.applied)).toHaveLength(applied + 2);
  });

  it('never keeps anyone from removing a media item, a run or an account', async () => {
    const database = await openMigrated();
    const { query } = database;
    const account = await addAccount(database);
    const item = await addItem(database);
    const run = await query
      .insertInto('service_runs')
      .values({ service_name: 'InstagramBackfillService', method_name: 'backfill' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const now = new Date('2025-01-01T00:00:00Z');
    await query
      .insertInto('instagram_posts')
      .values({ instagram_media_id: '1', account_id: account.id, source: 'feed', media_type: 'IMAGE' })
      .execute();
    await query
      .insertInto('instagram_items')
      .values({
        instagram_media_id: '1',
        post_id: '1',
        position: 1,
        media_type: 'IMAGE',
        media_item_id: item.id,
        run_id: run.id,
      })
      .execute();
    await query.insertInto('backfill_intervals').values({ account_id: account.id, newest_at: now }).execute();
    await query
      .insertInto('run_locks')
      .values({ kind: 'backfill', subject: account.id, holder: 'host/1', acquired_at: now, heartbeat_at: now })
      .execute();

    for (const table of ['media_items', 'service_runs', 'instagram_accounts'] as const) {
      await query.deleteFrom(table).execute();
    }

    expect(await query.selectFrom('instagram_posts').select('account_id').execute()).toEqual([{ account_id: null }]);
    expect(await query.selectFrom('instagram_items').select(['media_item_id', 'run_id']).execute()).toEqual([
      { media_item_id: null, run_id: null },
    ]);
    expect(await query.selectFrom('backfill_intervals').selectAll().execute()).toEqual([]);
    // A run in progress keeps its lock until it notices.
    expect(await query.selectFrom('run_locks').selectAll().execute()).toHaveLength(1);
  });

  it('holds to the references and checks of its tables', async () => {
    const { query } = await openMigrated();

    await expect(
      query
        .insertInto('instagram_items')
        .values({ instagram_media_id: '2', post_id: 'nowhere', position: 1, media_type: 'IMAGE' })
        .execute(),
    ).rejects.toThrow(/FOREIGNKEY|23503/);
    await expect(
      sql`insert into service_runs (service_name, method_name, status) values ('a', 'b', 'odd')`.execute(query),
    ).rejects.toThrow(/SQLITE_CONSTRAINT_CHECK|23514/);
  });

  it('can be closed twice', async () => {
    const database = await openMigrated();
    await database.close();
    await database.close();
  });
}
