import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastWholeWalk } from '../../src/app/backfill/whole-walks.ts';
import { openApp } from '../../src/app/open.ts';
import { RunInProgressError } from '../../src/errors.ts';
import { thisHolder } from '../../src/runs/holder.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** A database of a version that knew locks of backfills only, opened by this one while runs of that version go on. */
eachDatabase((databases) => {
  let world: TestApp;
  beforeEach(async () => {
    world = await testApp({ posts: images(3), stories: [], database: await databases.create() });
  });
  afterEach(() => world.close());

  /** Undoes migration 016, and gives the account a lock of the older version. */
  async function olderLock({ holder, silence = 0 }: { holder: string; silence?: number }) {
    const { query, dialect } = world.app.db;
    const [account] = await world.app.accounts.list();
    const isSqlite = dialect.kind === 'sqlite';
    const [uuid, moment] = isSqlite ? ['uuid text', 'timestamp text'] : ['uuid', 'timestamp'];
    for (const statement of [
      'drop table run_locks',
      'drop index idx_service_runs_whole_walks',
      `create table backfill_locks (
        account_id ${uuid} primary key not null references instagram_accounts (id) on delete cascade,
        run_id ${uuid}, holder text not null, triggered_by text,
        acquired_at ${moment} not null, heartbeat_at ${moment} not null,
        progress ${isSqlite ? 'json text' : 'jsonb'}, cancelled_by text
      )`,
      "delete from storyline_migrations where name = '016_runs_of_any_kind'",
    ]) {
      await sql.raw(statement).execute(query);
    }
    const runId = randomUUID();
    await query
      .insertInto('service_runs')
      .values({
        id: runId,
        service_name: 'InstagramBackfillService',
        method_name: 'backfill',
        status: 'running',
        input_params: { account_id: account?.id, incremental: false },
      })
      .execute();
    const beat = isSqlite
      ? sql`strftime('%Y-%m-%d %H:%M:%f', 'now', ${`-${silence} seconds`})`
      : sql`(clock_timestamp() at time zone 'utc') - ${silence} * interval '1 second'`;
    await sql`insert into backfill_locks (account_id, run_id, holder, triggered_by, acquired_at, heartbeat_at, progress)
      values (${account?.id}, ${runId}, ${holder}, 'cli', ${beat}, ${beat}, '{"downloaded": 2}')`.execute(query);
    return { runId, accountId: account?.id ?? '' };
  }

  /** Opens the same library again, as the new version does. */
  async function upgraded<T>(work: (world: TestApp) => Promise<T>): Promise<T> {
    const app = await openApp(world.config, world.app.outside);
    try {
      return await work({ ...world, app });
    } finally {
      await app.close();
    }
  }
  /** What the older version does at each heartbeat, and before it writes after a while. */
  const olderHeartbeat = (accountId: string, runId: string) =>
    sql`update backfill_locks set heartbeat_at = heartbeat_at
      where account_id = ${accountId} and run_id = ${runId} returning cancelled_by`.execute(world.app.db.query);

  test('a run that goes on keeps its lock, is seen with its progress, and cannot go on writing', async () => {
    // Its process is alive on another machine: nothing but its last sign of life is known here.
    const { runId, accountId } = await olderLock({ holder: 'elsewhere/1/-' });
    await olderHeartbeat(accountId, runId);
    await upgraded(async ({ app }) => {
      expect(await app.runs.running()).toMatchObject([{ id: runId, status: 'running', progress: { downloaded: 2 } }]);
      await expect(world.run()).rejects.toThrow(RunInProgressError);
      // It notices within half of the silence after which another may take over.
      await expect(olderHeartbeat(accountId, runId)).rejects.toThrow('backfill_locks');
      await app.runs.closeDead();
      expect(await app.runs.find(runId)).toMatchObject({ status: 'running' });
    });
  });

  test.each([
    ['whose process died', { holder: thisHolder().replace(/\d+$/, '1') }],
    ['that was silent for too long on another machine', { holder: 'elsewhere/1/-', silence: 120 }],
  ])('a run %s blocks nothing', async (_, lock) => {
    const { runId } = await olderLock(lock);
    await upgraded(async ({ app }) => {
      expect(await app.runs.running()).toEqual([]);
      expect((await world.run()).report.downloaded).toBe(3);
      expect(await app.runs.find(runId)).toMatchObject({ status: 'interrupted' });
      expect(await app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
    });
  });

  test('the newest walk through a whole feed is found by its index, among many others', async () => {
    const { query, dialect } = world.app.db;
    const [account] = await world.app.accounts.list();
    const accountId = account?.id ?? '';
    expect(await lastWholeWalk(world.app.db, accountId)).toBeUndefined();
    await world.run();
    await world.run({ incremental: true });
    const found = await lastWholeWalk(world.app.db, accountId);
    expect(found?.result.posts).toMatchObject({ listed: 3, whole: 3 });
    if (dialect.kind === 'sqlite') {
      const plan = await sql<{ detail: string }>`explain query plan select started_at from service_runs
        where input_params ->> 'account_id' = ${accountId} and result_summary ->> 'posts' is not null
        and service_name = 'InstagramBackfillService' and status = 'completed'
        order by started_at desc limit 1`.execute(query);
      expect(plan.rows.map(({ detail }) => detail).join()).toContain('idx_service_runs_whole_walks');
    }
  });
});
