import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BACKFILL, type RunKinds } from '../../src/app/run-kinds.ts';
import { migrate } from '../../src/db/migrate.ts';
import { type Database, openDatabase } from '../../src/db/open.ts';
import { InterruptedError, RunInProgressError } from '../../src/errors.ts';
import { thisHolder } from '../../src/runs/holder.ts';
import type { RunKind } from '../../src/runs/kinds.ts';
import { createRuns } from '../../src/runs/runs.ts';
import type { Job } from '../../src/runs/start.ts';
import { eachDatabase } from '../support/databases.ts';
import { until } from '../support/until.ts';

/** A second kind, which this program does not have. */
interface TidyTypes {
  input: { shelves: number };
  progress: { tidied: number };
  result: { tidied: number; seconds: number; stopped_by: string | null };
}
type TestKinds = RunKinds & { readonly tidy: TidyTypes };

const TIDY: RunKind<'tidy'> = {
  name: 'tidy',
  service: 'TidyService',
  method: 'tidy',
  title: 'A tidying of this shelf',
  watchHint: 'Look at the shelf.',
};

const SUBJECT = '0b6f3c36-0000-4000-8000-000000000001';

eachDatabase((databases) => {
  let db: Database;
  let warnings: string[];
  beforeEach(async () => {
    warnings = [];
    db = await openDatabase(await databases.create());
    await migrate(db);
  });
  afterEach(() => db.close());

  const runsOf = () =>
    createRuns<TestKinds>({
      db,
      kinds: { backfill: BACKFILL, tidy: TIDY },
      now: () => new Date(),
      warn: (text) => warnings.push(text),
      paces: { progress: 10 },
    });
  const locks = () => db.query.selectFrom('run_locks').select(['kind', 'subject']).orderBy('kind').execute();
  const rowOf = (id: string) =>
    db.query.selectFrom('service_runs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  /** Tidies three shelves; before the last one it waits for `gate` or for the run to be stopped. */
  function tidying(gate: () => Promise<unknown> = async () => undefined) {
    let tidied = 0;
    const done: string[] = [];
    const job: Job<number | 'ended'> = {
      result: ({ seconds, stoppedBy }) => ({ tidied, seconds, stopped_by: stoppedBy ?? null }),
      prepare: async () => void done.push('prepare'),
      finish: async (error) => void done.push(`finish ${error?.message ?? 'well'}`),
      async open(run) {
        run.onClose(async () => void done.push('close'));
        async function* work() {
          while (tidied < 3) {
            if (tidied === 2) {
              const stopped = new Promise((resolve) => run.signal.addEventListener('abort', resolve));
              await Promise.race([gate(), stopped]);
            }
            if (run.signal.aborted) break;
            await run.confirm();
            tidied += 1;
            run.progress(() => ({ tidied }), true);
            yield tidied;
          }
          await run.close(run.signal.aborted ? run.signal.reason : undefined);
          yield 'ended' as const;
        }
        return work();
      },
    };
    return { job, done };
  }
  const startTidy = (job: Job<number | 'ended'>, subject = SUBJECT) =>
    runsOf().start(
      {
        kind: 'tidy',
        subject,
        triggeredBy: 'system',
        input: { shelves: 3 },
        signal: new AbortController().signal,
      },
      job,
    );
  const startBackfillOf = (subject: string) =>
    runsOf().start(
      {
        kind: 'backfill',
        subject,
        triggeredBy: 'cli',
        input: {
          limit: null,
          media_type: 'feed',
          since: null,
          until: null,
          dry_run: false,
          account_id: subject,
          incremental: false,
        },
        signal: new AbortController().signal,
      },
      tidying().job,
    );
  const readAll = async <E>(events: AsyncIterable<E>) => {
    const all: E[] = [];
    for await (const event of events) all.push(event);
    return all;
  };

  test('a run of another kind is recorded, does its work, and is closed before its last event', async () => {
    const { job, done } = tidying();
    const run = await startTidy(job);
    expect(await runsOf().find(run.id)).toMatchObject({ kind: 'tidy', status: 'running', triggeredBy: 'system' });
    const events: unknown[] = [];
    for await (const event of run.events) {
      events.push(event);
      if (event === 'ended') expect((await rowOf(run.id)).status).toBe('completed');
    }
    await run.dispose();
    expect(events).toEqual([1, 2, 3, 'ended']);
    expect(done).toEqual(['prepare', 'close', 'finish well']);
    expect(await rowOf(run.id)).toMatchObject({
      service_name: 'TidyService',
      method_name: 'tidy',
      input_params: { kind: 'tidy', subject: SUBJECT, shelves: 3 },
      result_summary: { tidied: 3, stopped_by: null },
      success: true,
    });
    expect(await locks()).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('two kinds run in parallel for the same subject, and two runs of a kind for two subjects', async () => {
    const backfill = await startBackfillOf(SUBJECT);
    const tidy = await startTidy(tidying().job);
    const other = await startTidy(tidying().job, 'another');
    expect(await locks()).toEqual([
      { kind: 'backfill', subject: SUBJECT },
      { kind: 'tidy', subject: SUBJECT },
      { kind: 'tidy', subject: 'another' },
    ]);
    const running = await runsOf().running();
    expect(new Map(running.map(({ id, kind }) => [id, kind]))).toEqual(
      new Map([
        [backfill.id, 'backfill'],
        [tidy.id, 'tidy'],
        [other.id, 'tidy'],
      ]),
    );
    await Promise.all([readAll(backfill.events), readAll(tidy.events), readAll(other.events)]);
    expect(await locks()).toEqual([]);
    // A backfill's row does not carry its kind: it is as it was before there were others.
    expect((await rowOf(backfill.id)).input_params).not.toHaveProperty('kind');
  });

  test('a second run of the same kind and subject is refused, and names the first', async () => {
    const first = await startTidy(tidying().job);
    const refused = startTidy(tidying().job);
    await expect(refused).rejects.toThrow(RunInProgressError);
    await expect(refused).rejects.toThrow(`A tidying of this shelf is already running: run ${first.id}`);
    await expect(refused).rejects.toMatchObject({ hint: 'Look at the shelf.' });
    await first.dispose();
    expect(await readAll((await startTidy(tidying().job)).events)).toHaveLength(4);
  });

  test('its progress is seen while it runs, and a cancellation stops it', async () => {
    const { job, done } = tidying(() => delay(60_000, undefined, { ref: false }));
    const run = await startTidy(job);
    const reading = readAll(run.events);
    await until('two shelves are tidy', async () => {
      const [view] = await runsOf().running();
      return view?.kind === 'tidy' && view.progress?.tidied === 2;
    });
    expect(await runsOf().cancel(run.id, 'web')).toBe(true);
    expect(await reading).toEqual([1, 2, 'ended']);
    expect(done).toEqual(['prepare', 'close', 'finish Cancelled from the web page']);
    expect(await runsOf().find(run.id)).toMatchObject({
      status: 'interrupted',
      error: 'Cancelled from the web page',
      result: { tidied: 2, stopped_by: 'InterruptedError' },
      progress: undefined,
    });
    expect(await runsOf().cancel(run.id, 'web')).toBe(false);
  });

  test('a run whose reader leaves, and one that breaks, are closed with what they did', async () => {
    const left = await startTidy(tidying().job);
    await left.events.next();
    await left.dispose();
    expect(await rowOf(left.id)).toMatchObject({ error_type: 'InterruptedError', result_summary: { tidied: 1 } });

    const { job } = tidying(() => Promise.reject(new Error('a bug')));
    const broken = await startTidy(job);
    await expect(readAll(broken.events)).rejects.toThrow('a bug');
    expect(await rowOf(broken.id)).toMatchObject({
      status: 'failed',
      error_type: 'BugError',
      error_message: 'a bug',
      result_summary: { tidied: 2, stopped_by: 'BugError' },
    });
    expect(await locks()).toEqual([]);
  });

  test('what fails before a run has its row frees its subject, and leaves no row', async () => {
    const job: Job<never> = {
      result: () => ({}),
      prepare: async () => {
        throw new InterruptedError('not today');
      },
      open: async () => {
        throw new Error('never opened');
      },
    };
    await expect(startTidy(job as Job<number | 'ended'>)).rejects.toThrow('not today');
    expect(await locks()).toEqual([]);
    expect(await runsOf().recent(5)).toEqual([]);
  });

  test('a dead run of one kind is closed by the start of a run of another', async () => {
    const dead = await startTidy(tidying().job);
    // As if its process had died: it is another one now, and is not there.
    await db.query
      .updateTable('run_locks')
      .set({ holder: thisHolder().replace(/\d+$/, '1') })
      .execute();
    expect(await runsOf().find(dead.id)).toMatchObject({ status: 'interrupted' });
    await readAll((await startBackfillOf(SUBJECT)).events);
    expect(await rowOf(dead.id)).toMatchObject({ status: 'failed', error_type: 'InterruptedError' });
    expect(await readAll((await startTidy(tidying().job)).events)).toHaveLength(4);
  });

  test("rows of another program with a kind's service name are left alone", async () => {
    const started = sql<Date>`${db.dialect.now}`;
    await db.query
      .insertInto('service_runs')
      .values({ service_name: 'TidyService', method_name: 'tidy', status: 'running', started_at: started })
      .execute();
    await runsOf().closeDead();
    expect(await runsOf().recent(5)).toMatchObject([{ kind: 'tidy', status: 'running' }]);
  });
});
