import { randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { BACKFILL } from '../../src/app/run-kinds.ts';
import { DatabaseError, RefusedByDatabaseError, RunInProgressError } from '../../src/errors.ts';
import { holdEvents } from '../../src/runs/held-events.ts';
import { thisHolder } from '../../src/runs/holder.ts';
import { acquireLock } from '../../src/runs/lock.ts';
import { ownerOf } from '../../src/runs/lock-state.ts';
import { startAnotherProcess } from '../support/another-process.ts';
import { cli } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { askServer } from '../support/server.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

const POSTS = images(3);
const signal = () => new AbortController().signal;
/** A download that never ends. */
const STALLED = [{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 2 } }] as const;

eachDatabase((databases) => {
  let world: TestApp;
  beforeEach(async () => {
    world = await testApp({ posts: POSTS, stories: [], database: await databases.create() });
  });
  afterEach(() => world.close());

  const start = (more: Partial<typeof ASK> = {}) => startBackfill(world.app, { ...ASK, ...more }, signal());
  const locks = () => world.app.db.query.selectFrom('run_locks').selectAll().execute();
  const row = (id: string) =>
    world.app.db.query.selectFrom('service_runs').selectAll().where('id', '=', id).executeTakeFirst();
  const rename = (from: string, to: string) =>
    sql`alter table ${sql.table(from)} rename to ${sql.table(to)}`.execute(world.app.db.query);
  /** The account is free here, and for another process while this one lives on. */
  const expectFree = async () => {
    const { stoppedBy, report } = await world.run();
    expect([stoppedBy, report.downloaded + report.skippedDuplicate]).toEqual([undefined, POSTS.length]);
    expect((await world.files()).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await locks()).toEqual([]);
    const running = await world.app.db.query
      .selectFrom('service_runs')
      .select('id')
      .where('status', '=', 'running')
      .execute();
    expect(running).toEqual([]);
  };

  test('a run that is disposed of before anyone pulled its events is interrupted, and its account is free', async () => {
    const run = await start();
    await expect(world.run()).rejects.toThrow(RunInProgressError);
    await run.dispose();
    expect(await row(run.id)).toMatchObject({ status: 'failed', error_type: 'InterruptedError' });
    expect(await locks()).toEqual([]);
    expect(await run.events.next()).toEqual({ done: true, value: undefined });
    await run.dispose();
    await expectFree();
  });

  test('so is one whose events are returned before they began', async () => {
    const run = await start({ dryRun: true });
    await run.events.return(undefined);
    expect(await row(run.id)).toMatchObject({ status: 'failed', error_type: 'InterruptedError' });
    await expectFree();
  });

  test('so is one that is disposed of while an event is awaited', async () => {
    world.sandbox.setFaults([...STALLED]);
    const run = await start({ concurrency: 1 });
    const heard = (async () => {
      for await (const { type } of run.events) if (type === 'kept') await run.dispose().then(() => undefined);
    })();
    await Promise.all([heard, until('it is over', async () => (await locks()).length === 0)]);
    expect(await row(run.id)).toMatchObject({ status: 'failed', error_type: 'InterruptedError' });
    world.sandbox.setFaults([]);
    await expectFree();
  });

  test('another process may start one too, while this one lives on', async () => {
    const program = await cli();
    try {
      await (await start()).dispose();
      const { exitCode } = await startAnotherProcess(world, program, ['backfill-instagram', '--quiet']).outcome;
      expect(exitCode).toBe(0);
    } finally {
      await program.close();
    }
  });

  test.each(['backfill_intervals', 'service_runs'])('what fails before the first event frees it: %s', async (table) => {
    await rename(table, 'elsewhere');
    await expect(start()).rejects.toThrow();
    expect(await locks()).toEqual([]);
    await rename('elsewhere', table);
    await expectFree();
  });

  test('what fails while a run is closed frees the account, and is recorded', async () => {
    const run = await start();
    const ending = async () => {
      for await (const { type } of run.events) if (type === 'read') await rename('backfill_intervals', 'elsewhere');
    };
    await expect(ending()).rejects.toThrow();
    expect(await row(run.id)).toMatchObject({ status: 'failed', success: false });
    expect(await locks()).toEqual([]);
    await rename('elsewhere', 'backfill_intervals');
    await expectFree();
  });

  test('a record that the database refuses frees it all the same, also for others', async () => {
    const run = await start();
    const refuse =
      world.config.database.kind === 'sqlite'
        ? sql`create trigger refuse before update on service_runs begin select raise(abort, 'refused'); end`
        : sql`alter table service_runs add constraint refuse check (status = 'running') not valid`;
    let stoppedBy: unknown;
    for await (const event of run.events) {
      if (event.type === 'read') await refuse.execute(world.app.db.query);
      if (event.type === 'ended') stoppedBy = event.stoppedBy;
    }
    await run.dispose();
    expect(stoppedBy).toBeInstanceOf(RefusedByDatabaseError);
    expect(await locks()).toEqual([]);
    const allow =
      world.config.database.kind === 'sqlite'
        ? sql`drop trigger refuse`
        : sql`alter table service_runs drop constraint refuse`;
    await allow.execute(world.app.db.query);
    await expectFree();
  });

  test('a database that is away as a run ends blocks nobody once it is back, and the run is closed then', async () => {
    const { database } = world.config;
    const setAway = async (isAway: boolean) => {
      if (database.kind === 'sqlite') {
        const [from, to] = [database.path, `${database.path}.away`];
        if (isAway) renameSync(from, to);
        else renameSync(to, from);
        return;
      }
      await askServer(`alter database "${database.database}" with allow_connections ${!isAway}`);
      if (isAway) {
        await askServer(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.database}'`,
        );
      }
    };
    const run = await start();
    let stoppedBy: unknown;
    for await (const event of run.events) {
      if (event.type === 'read') await setAway(true);
      if (event.type === 'ended') stoppedBy = event.stoppedBy;
    }
    await run.dispose();
    expect(stoppedBy).toBeInstanceOf(DatabaseError);
    await setAway(false);
    // In this process immediately; the row of the first is still there or was just deleted.
    const next = await start();
    await next.dispose();
    await until('its row is closed', async () => (await row(run.id))?.status === 'failed');
    await until('its lock is gone', async () => (await locks()).length === 0);
    await expectFree();
  });

  test('a lock that names this process but none of its runs blocks nobody, and its partial files are removed', async () => {
    const [account] = await world.app.accounts.list();
    const runId = randomUUID();
    const { now } = world.app.db.dialect;
    await world.run({ limit: 1 });
    const left = join(world.config.mediaDir, 'instagram_backfill', `x.jpg.${ownerOf(runId)}.part`);
    writeFileSync(left, 'half');
    const values = {
      kind: 'backfill',
      subject: account?.id ?? '',
      run_id: runId,
      holder: thisHolder(),
      acquired_at: now,
    };
    await world.app.db.query
      .insertInto('run_locks')
      .values({ ...values, heartbeat_at: now })
      .execute();
    await expectFree();
  });

  describe('clocks', () => {
    const [SECOND, MINUTE, DAY] = [1000, 60_000, 24 * 3600_000];
    /** A lock of another machine, silent for so long by the database's clock. */
    const lockFrom = async (silence: number) => {
      const [account] = await world.app.accounts.list();
      const { db } = world.app;
      await db.query.deleteFrom('run_locks').execute();
      const values = { kind: 'backfill', subject: account?.id ?? '', run_id: randomUUID(), holder: 'elsewhere/1/-' };
      const beat = db.dialect.now;
      await db.query
        .insertInto('run_locks')
        .values({ ...values, acquired_at: beat, heartbeat_at: beat })
        .execute();
      const seconds = silence / 1000;
      await (db.dialect.kind === 'postgres'
        ? sql`update run_locks set heartbeat_at = heartbeat_at - ${seconds} * interval '1 second'`
        : sql`update run_locks set heartbeat_at = strftime('%Y-%m-%d %H:%M:%f', heartbeat_at, ${`${-seconds} seconds`})`
      ).execute(db.query);
    };

    test.each([3 * MINUTE, -100 * SECOND, DAY, -DAY])(
      'a machine whose clock is off by %s ms steals no living run, and takes over a dead one',
      async (off) => {
        const other = { ...world.app, outside: { ...world.app.outside, now: () => new Date(Date.now() + off) } };
        const run = () => startBackfill(other, ASK, signal());
        await lockFrom(0);
        await expect(run()).rejects.toThrow(RunInProgressError);
        await lockFrom(5 * MINUTE);
        await (await run()).dispose();
        expect(await locks()).toEqual([]);
      },
    );

    test("a machine whose clock is off writes heartbeats by the database's clock, and its runs take no negative time", async () => {
      const other = { ...world.app, outside: { ...world.app.outside, now: () => new Date(Date.now() - DAY) } };
      const run = await startBackfill(other, ASK, signal());
      const { dialect, query } = world.app.db;
      const expectFresh = async () => {
        const { silence } = await query
          .selectFrom('run_locks')
          .select(dialect.millisecondsSince(sql.ref('heartbeat_at')).as('silence'))
          .executeTakeFirstOrThrow();
        expect(Math.abs(silence)).toBeLessThan(DAY / 2);
      };
      await expectFresh();
      await run.dispose();
      const [account] = await world.app.accounts.list();
      const request = { kind: BACKFILL, subject: account?.id ?? '', runId: randomUUID(), triggeredBy: 'cli' };
      const lock = await acquireLock(world.app.db, request, other.outside.now);
      for (const sign of [lock.confirmNow, () => lock.writeProgress({ pages: 1 })]) {
        await query
          .updateTable('run_locks')
          .set({ heartbeat_at: new Date(0) })
          .execute();
        await sign();
        await expectFresh();
      }
      await lock.release();
      expect((await row(run.id))?.duration_ms).toBeGreaterThanOrEqual(0);
    });

    test("a heartbeat from the future, after the database's clock was set back, counts only for the silence once it was met", async () => {
      await lockFrom(-DAY);
      await expect(world.run()).rejects.toThrow(RunInProgressError);
      const { dialect, query } = world.app.db;
      const { silence } = await query
        .selectFrom('run_locks')
        .select(dialect.millisecondsSince(sql.ref('heartbeat_at')).as('silence'))
        .executeTakeFirstOrThrow();
      expect(silence).toBeGreaterThanOrEqual(0);
    });

    test('a run asks whether another took over once its last heartbeat is half the silence old, and not before', async () => {
      const [account] = await world.app.accounts.list();
      let clock = Date.now();
      const request = {
        kind: BACKFILL,
        subject: account?.id ?? '',
        runId: randomUUID(),
        triggeredBy: 'cli',
        paces: { heartbeat: DAY },
      };
      const lock = await acquireLock(world.app.db, request, () => new Date(clock));
      await world.app.db.query.updateTable('run_locks').set({ run_id: randomUUID() }).execute();
      clock += 30 * SECOND;
      await lock.confirm();
      clock += 15 * SECOND;
      await expect(lock.confirm()).rejects.toThrow(RunInProgressError);
      await lock.release();
    });
  });

  test("the Python program's running run stays running, and is shown so", async () => {
    const foreign = randomUUID();
    const { query, dialect } = world.app.db;
    const values = { service_name: 'InstagramBackfillService', method_name: 'backfill', status: 'running' } as const;
    await query
      .insertInto('service_runs')
      .values([
        {
          id: foreign,
          ...values,
          started_at: dialect.now,
          input_params: { limit: null, media_type: 'feed', since: null, dry_run: false, account_id: randomUUID() },
        },
        { id: randomUUID(), ...values, started_at: dialect.now, input_params: null },
      ])
      .execute();
    await world.run();
    expect((await row(foreign))?.status).toBe('running');
    expect((await world.app.runs.find(foreign))?.status).toBe('running');
    expect(await world.app.runs.running()).toEqual([]);
    expect(await query.selectFrom('service_runs').select('id').where('status', '=', 'running').execute()).toHaveLength(
      2,
    );
  });
});

test('events that nobody begins to read in time are given up', async () => {
  async function* events() {
    yield 1;
  }
  let isAbandoned = false;
  let isFree = false;
  const held = await holdEvents(events(), {
    patience: 0,
    abandoned: () => {
      isAbandoned = true;
    },
    release: async () => {
      isFree = true;
    },
  });
  await until('it is abandoned', () => isAbandoned);
  await held.return(undefined);
  expect(isFree).toBe(true);
});
