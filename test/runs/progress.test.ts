import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { BACKFILL, type RunView } from '../../src/app/run-kinds.ts';
import { DatabaseError, InterruptedError } from '../../src/errors.ts';
import { acquireLock } from '../../src/runs/lock.ts';
import { createProgressWriter } from '../../src/runs/progress.ts';
import { startAnotherProcess } from '../support/another-process.ts';
import { type Cli, cli } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { checkSound } from '../support/sound.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

const POSTS = images(120);
/** Two parallel downloads take some ten seconds for all of them. */
const SLOWLY = { posts: POSTS, stories: [], mediaLatencyMs: 150, sleep: realSleep };
const COMMAND = ['backfill-instagram', '--concurrency', '2'];

/** As the program itself sleeps. */
function realSleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return delay(milliseconds, undefined, { signal }).catch(() => {
    throw new InterruptedError();
  });
}

eachDatabase((databases) => {
  let world: TestApp;
  let program: Cli;
  beforeEach(async () => {
    program = await cli();
  });
  afterEach(async () => {
    await world.close();
    await program.close();
  });

  const open = async (options: Parameters<typeof testApp>[0]) => {
    world = await testApp({ ...options, database: await databases.create() });
  };
  const begin = (...args: string[]) => startAnotherProcess(world, program, [...COMMAND, ...args]);
  /** The running run, once it is as it should be. */
  const seen = async (what: string, isSo: (run: RunView) => boolean): Promise<RunView> => {
    let found: RunView | undefined;
    await until(what, async () => {
      const [run] = await world.app.runs.running();
      found = run;
      return run !== undefined && isSo(run);
    });
    return found as RunView;
  };
  const status = async () => JSON.parse((await world.type(['backfill-status', '--json'])).stdout).last_run;

  test('a run of another process is seen with growing counts, and ends when it is cancelled from here', async () => {
    await open(SLOWLY);
    const { outcome } = begin();
    const first = await seen('some are downloaded', ({ progress }) => (progress?.downloaded ?? 0) > 0);
    expect(first).toMatchObject({ status: 'running', triggeredBy: 'cli', isCancelled: false });
    const early = first.progress?.downloaded ?? 0;
    const later = await seen('more are downloaded', ({ progress }) => (progress?.downloaded ?? 0) > early);
    expect(later.id).toBe(first.id);
    expect(later.progress).toMatchObject({
      pages: expect.any(Number),
      failed: 0,
      waiting_until: null,
      measuring: false,
    });
    expect(later.progress?.bytes).toBeGreaterThan(0);
    expect(later.progress?.seconds).toBeGreaterThan(first.progress?.seconds ?? 0);
    expect(await world.app.runs.find(first.id)).toMatchObject({ id: first.id, status: 'running' });
    const shown = await status();
    expect(shown).toMatchObject({ status: 'running', is_cancelled: false, result: null });
    expect(shown.progress.downloaded).toBeGreaterThan(0);
    expect((await world.type(['backfill-status'])).stdout).toMatch(/Downloaded\s*│\s*[1-9]/);

    expect(await world.app.runs.cancel(first.id, 'web')).toBe(true);
    const { exitCode, stderr } = await outcome;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/Stopped: Cancelled from the web page\nIt is safe to run the same command again/);
    expect(await world.app.runs.find(first.id)).toMatchObject({
      status: 'interrupted',
      error: 'Cancelled from the web page',
      progress: undefined,
      isCancelled: false,
    });
    expect(await world.app.runs.running()).toEqual([]);
    expect(await world.app.runs.cancel(first.id, 'web')).toBe(false);
    expect(await status()).toMatchObject({ status: 'interrupted', progress: null, is_cancelled: false });

    const { kept } = await checkSound(world, POSTS);
    const before = Object.keys(kept).length;
    expect(before).toBeLessThan(POSTS.length);
    const { report, stoppedBy } = await world.run();
    expect([stoppedBy, report.downloaded + report.skippedDuplicate]).toEqual([undefined, POSTS.length]);
    expect(Object.keys((await checkSound(world, POSTS)).kept)).toHaveLength(POSTS.length);
  });

  test('a wait for a rate limit is shown, and ends when it is cancelled', async () => {
    await open({
      ...SLOWLY,
      posts: images(20),
      maxPageSize: 10,
      mediaLatencyMs: 0,
      faults: [{ kind: 'rate-limit', minutes: 40, match: { endpoint: 'media-edge', from: 2 } }],
    });
    const { outcome } = begin('--wait');
    // Downloads in flight still end while the run waits.
    const { id, progress } = await seen(
      'it waits with all that came',
      (run) => typeof run.progress?.waiting_until === 'string' && run.progress.downloaded === 10,
    );
    expect(Date.parse(progress?.waiting_until ?? '') - Date.now()).toBeGreaterThan(30 * 60_000);
    expect((await world.type(['backfill-status'])).stdout).toContain("waits for Instagram's rate limit until 20");
    expect(await world.app.runs.cancel(id, 'web')).toBe(true);
    const { exitCode, stderr } = await outcome;
    expect([exitCode, stderr.includes('Stopped: Cancelled from the web page')]).toEqual([130, true]);
    expect((await world.app.runs.find(id))?.status).toBe('interrupted');
    // Nothing of the ten that came before the limit is lost.
    expect(Object.keys((await checkSound(world, images(20))).kept)).toHaveLength(10);
  });

  test('a run in which nothing moves notices a cancellation, and says where it came from', async () => {
    await open({
      posts: images(6),
      faults: [{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 3 } }],
    });
    const running = world.run({ triggeredBy: 'telegram' });
    const { id } = await seen('two are there', ({ progress }) => progress?.downloaded === 2);
    expect(await world.app.runs.cancel(id, 'somebody')).toBe(true);
    expect((await running).stoppedBy).toMatchObject({ name: 'InterruptedError', message: 'Cancelled by somebody' });
    expect((await world.app.runs.find(id))?.status).toBe('interrupted');
  });

  test('a dry run says that it measures, and a run after it how many files it expects', async () => {
    await open({ posts: images(8), mediaLatencyMs: 100 });
    const during: unknown[] = [];
    const { events } = await startBackfill(world.app, { ...ASK, dryRun: true }, new AbortController().signal);
    for await (const event of events) {
      if (event.type !== 'measuring') continue;
      const run = await seen('that is said', ({ progress }) => progress?.measuring === true);
      during.push(run.progress?.downloaded, run.progress?.expected_files);
    }
    expect(during).toEqual([8, null]);
    const { events: real } = await startBackfill(world.app, ASK, new AbortController().signal);
    for await (const event of real) {
      if (event.type !== 'read') continue;
      expect((await seen('it began', ({ progress }) => progress !== undefined)).progress?.expected_files).toBe(8);
    }
  });

  test('a run whose process was killed is not running, cannot be cancelled, and leaves nothing to its successor', async () => {
    await open(SLOWLY);
    const { child } = begin();
    const { id } = await seen('some are downloaded', ({ progress }) => (progress?.downloaded ?? 0) > 0);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await world.app.runs.running()).toEqual([]);
    expect(await world.app.runs.find(id)).toMatchObject({
      status: 'interrupted',
      progress: undefined,
      isCancelled: false,
    });
    expect(await world.app.runs.cancel(id, 'web')).toBe(false);
    // Asked to end in the very moment of its death.
    await world.app.db.query.updateTable('run_locks').set({ cancelled_by: 'web' }).execute();
    expect((await world.app.runs.find(id))?.isCancelled).toBe(false);

    const [account] = await world.app.accounts.list();
    const runId = randomUUID();
    const lock = await acquireLock(
      world.app.db,
      { kind: BACKFILL, subject: account?.id ?? '', runId, triggeredBy: 'system' },
      world.app.outside.now,
    );
    const row = await world.app.db.query.selectFrom('run_locks').selectAll().executeTakeFirst();
    expect(row).toMatchObject({ run_id: runId, progress: null, cancelled_by: null });
    await lock.writeProgress({ pages: 1 });
    expect([lock.cancelled.aborted, lock.lost.aborted]).toEqual([false, false]);
    await lock.release();
    const { report, stoppedBy } = await world.run();
    expect([stoppedBy, report.downloaded + report.skippedDuplicate]).toEqual([undefined, POSTS.length]);
  });

  test('a run that another took over notices it when it writes its progress', async () => {
    await open({ posts: [] });
    const [account] = await world.app.accounts.list();
    const asked = { kind: BACKFILL, subject: account?.id ?? '', runId: randomUUID(), triggeredBy: 'system' };
    const lock = await acquireLock(world.app.db, asked, world.app.outside.now);
    await world.app.db.query.updateTable('run_locks').set({ run_id: randomUUID() }).execute();
    await expect(lock.writeProgress({ pages: 1 })).rejects.toThrow('took over');
    await expect(lock.checkCancelled()).rejects.toThrow('took over');
    expect([lock.cancelled.aborted, lock.lost.aborted]).toEqual([false, true]);
    const row = await world.app.db.query.selectFrom('run_locks').select('progress').executeTakeFirst();
    expect(row?.progress).toBeNull();
    await world.app.db.query.deleteFrom('run_locks').execute();
  });
});

describe('the progress of a run', () => {
  /** A lock whose every query takes as long as the test likes. */
  function slowLock() {
    const written: unknown[] = [];
    const ends: (() => void)[] = [];
    let inParallel = 0;
    let most = 0;
    const query = async (what: unknown) => {
      written.push(what);
      inParallel += 1;
      most = Math.max(most, inParallel);
      await new Promise<void>((resolve) => ends.push(resolve));
      inParallel -= 1;
    };
    return {
      written,
      most: () => most,
      release: () => ends.splice(0).forEach((end) => void end()),
      lock: {
        writeProgress: ({ pages }: { pages?: unknown }) => query(pages),
        checkCancelled: () => query('a look'),
      },
    };
  }

  test('is written one at a time, and the latest wins', async () => {
    const { written, most, release, lock } = slowLock();
    const progress = createProgressWriter(lock, 1);
    progress.note(() => ({ pages: 1 }), true);
    for (let pages = 2; pages <= 100; pages += 1) progress.note(() => ({ pages }));
    progress.note(() => ({ pages: 101 }), true);
    // The first was written immediately, and the database has not answered yet.
    expect([written, most()]).toEqual([[1], 1]);
    release();
    await until('the latest is written', () => written.length > 1);
    expect([written.slice(0, 2), most()]).toEqual([[1, 101], 1]);
    const stopped = progress.stop();
    release();
    await stopped;
    expect(most()).toBe(1);
  });

  test('without news looks for a cancellation', async () => {
    const { written, release, lock } = slowLock();
    const progress = createProgressWriter(lock, 1);
    await until('it looks', () => written.length > 0);
    expect(written).toEqual(['a look']);
    release();
    await progress.stop();
  });

  test('is written again after the database refused it', async () => {
    const written: unknown[] = [];
    let isThere = false;
    const lock = {
      async writeProgress({ pages }: { pages?: unknown }) {
        if (!isThere) throw new DatabaseError('gone');
        written.push(pages);
      },
      checkCancelled: async () => undefined,
    };
    const progress = createProgressWriter(lock, 1);
    progress.note(() => ({ pages: 1 }), true);
    isThere = true;
    await until('it is written', () => written.length > 0);
    await progress.stop();
    expect(written).toEqual([1]);
  });
});
