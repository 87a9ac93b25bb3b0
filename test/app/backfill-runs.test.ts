import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { startBackfill } from '../../src/app/backfill/start.ts';
import type { BackfillEvent } from '../../src/backfill/ended.ts';
import type { RunEvent } from '../../src/backfill/events.ts';
import { emptyReport, tally, toRecord, totalProcessed } from '../../src/backfill/report.ts';
import {
  BackfillError,
  InterruptedError,
  RateLimitError,
  RunInProgressError,
  TokenExpiredError,
} from '../../src/errors.ts';
import { thisHolder } from '../../src/runs/holder.ts';
import { image, images } from '../support/posts.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world?.close());

const signal = () => new AbortController().signal;
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const setLock = (lock: { holder?: string; heartbeat_at?: Date; run_id?: string }) =>
  world.app.db.query.updateTable('run_locks').set(lock).execute();
const lastRun = () =>
  world.app.db.query.selectFrom('service_runs').selectAll().orderBy('started_at', 'desc').executeTakeFirstOrThrow();

describe('the result', () => {
  const failure = (n: number): RunEvent => ({
    type: 'failed',
    item: { id: String(n), postId: String(n), position: 1, kind: 'image', mediaType: 'IMAGE' },
    error: new BackfillError(`no ${n}`),
  });

  test('begins with zeros', async () => {
    world = await testApp({ posts: [] });
    const report = emptyReport(false);
    expect(totalProcessed(report)).toBe(0);
    expect(report).toMatchObject({ downloaded: 0, failed: 0, dryRun: false, errorDetails: [] });
  });

  test('keeps 20 error details at most, and leaves the key out when there are none', () => {
    expect(toRecord(emptyReport(true), { seconds: 1 })).not.toHaveProperty('error_details');
    const failures = Array.from({ length: 30 }, (_, n) => failure(n));
    const record = toRecord(failures.reduce(tally, emptyReport(true)), { seconds: 1 });
    expect(record).toMatchObject({ failed: 30, dry_run: true });
    expect(record.error_details).toHaveLength(20);
  });
});

describe("a run's row", () => {
  test('says what was requested, and the result', async () => {
    world = await testApp({ posts: [...images(3), image(4, { withoutMediaUrl: true })] });
    const [account] = await world.app.accounts.list();
    await world.run({ since: new Date('2026-01-02T00:00:00Z'), limit: 9, triggeredBy: 'cli' });
    expect(await lastRun()).toMatchObject({
      service_name: 'InstagramBackfillService',
      method_name: 'backfill',
      triggered_by: 'cli',
      status: 'completed',
      success: true,
      input_params: {
        limit: 9,
        media_type: 'feed',
        since: '2026-01-02T00:00:00.000Z',
        until: null,
        dry_run: false,
        account_id: account?.id,
        incremental: false,
      },
      result_summary: {
        downloaded: 2,
        skipped_duplicate: 0,
        skipped_unsupported: 0,
        failed: 1,
        total_api_items: 3,
        dry_run: false,
        error_details: [expect.stringContaining('media_id')],
      },
    });
  });

  test('says what stopped it', async () => {
    world = await testApp({
      posts: images(30),
      maxPageSize: 10,
      faults: [{ kind: 'rate-limit', code: 4, minutes: 12, match: { endpoint: 'media-edge', from: 2 } }],
    });
    const { stoppedBy, report } = await world.run();
    expect(stoppedBy).toBeInstanceOf(RateLimitError);
    expect(report.downloaded).toBe(10);
    expect(await lastRun()).toMatchObject({
      status: 'failed',
      success: false,
      error_type: 'RateLimitError',
      result_summary: { downloaded: 10, stopped_by: 'RateLimitError' },
    });
  });

  test('is closed before anyone hears that the run ended', async () => {
    world = await testApp({ posts: images(1) });
    const { events } = await startBackfill(world.app, ASK, signal());
    for await (const event of events) {
      expect((await lastRun()).status).toBe(event.type === 'ended' ? 'completed' : 'running');
    }
  });
});

test('a token that is refused in mid-run stops it, and what was kept stays', async () => {
  world = await testApp({
    posts: images(30),
    maxPageSize: 10,
    faults: [{ kind: 'token-revoked', subcode: 460, match: { endpoint: 'media-edge', from: 3 } }],
  });
  const { stoppedBy, report } = await world.run();
  expect(stoppedBy).toBeInstanceOf(TokenExpiredError);
  expect(stoppedBy?.hint).toContain('password');
  expect(report.downloaded).toBe(20);
  expect(await world.files()).toHaveLength(20);
});

describe('an interrupted run', () => {
  test('drops the downloads in flight, is closed as interrupted, and is completed by the next one', async () => {
    world = await testApp({
      posts: images(20),
      faults: [{ kind: 'stalled', afterBytes: 100, match: { endpoint: 'download', from: 5 } }],
    });
    const abort = new AbortController();
    const { events } = await startBackfill(world.app, ASK, abort.signal);
    let kept = 0;
    let last: BackfillEvent | undefined;
    for await (const event of events) {
      if (event.type === 'kept') kept += 1;
      if (kept === 4) abort.abort();
      last = event;
    }
    expect(last?.type === 'ended' && last.stoppedBy).toBeInstanceOf(InterruptedError);
    expect((await world.files()).filter((name) => name.endsWith('.part'))).toEqual([]);
    const [view] = await world.app.runs.recent(1);
    expect(view?.status).toBe('interrupted');
    world.sandbox.setFaults([]);
    expect((await world.run()).report).toMatchObject({ downloaded: 20 - kept, skippedDuplicate: kept });
  });

  test('is closed as interrupted too when its reader leaves', async () => {
    world = await testApp({ posts: images(5) });
    const { events } = await startBackfill(world.app, ASK, signal());
    for await (const event of events) if (event.type === 'kept') break;
    expect((await world.app.runs.recent(1))[0]?.status).toBe('interrupted');
    expect((await world.run()).stoppedBy).toBeUndefined();
  });
});

describe('one run an account', () => {
  test('a second one is refused, and names the first', async () => {
    world = await testApp({ posts: images(3) });
    const first = await startBackfill(world.app, { ...ASK, triggeredBy: 'telegram' }, signal());
    const refused = world.run();
    await expect(refused).rejects.toThrow(RunInProgressError);
    await expect(refused).rejects.toThrow(new RegExp(`${first.id}.*telegram.*process ${process.pid}`));
    for await (const _ of first.events);
    expect((await world.run()).report.skippedDuplicate).toBe(3);
  });

  test('a run whose process died does not block the next, and is shown as interrupted', async () => {
    world = await testApp({ posts: images(3) });
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const dead = await startBackfill(world.app, ASK, signal());
    await world.app.db.query
      .updateTable('run_locks')
      .set({ holder: `${hostname()}/${child.pid}/-` })
      .execute();
    expect((await world.app.runs.recent(1))[0]?.status).toBe('interrupted');
    expect((await world.run()).report.downloaded).toBe(3);
    const rows = await world.app.db.query.selectFrom('service_runs').select(['id', 'status', 'error_type']).execute();
    expect(rows.find(({ id }) => id === dead.id)).toMatchObject({ status: 'failed', error_type: 'InterruptedError' });
  });

  test('a process number that was given to another program is not the holder', async () => {
    world = await testApp({ posts: images(3) });
    await startBackfill(world.app, ASK, signal());
    await setLock({ holder: thisHolder().replace(/\d+$/, '1') });
    expect((await world.run()).report.downloaded).toBe(3);
  });

  test('a holder on another machine counts while it shows signs of life', async () => {
    world = await testApp({ posts: images(3) });
    await startBackfill(world.app, ASK, signal());
    const [, pid, start] = thisHolder().split('/');
    for (const holder of ['elsewhere/1/-', `${hostname()}/${pid}/another.boot-1`, `elsewhere/${pid}/${start}`]) {
      await setLock({ holder, heartbeat_at: new Date() });
      await expect(world.run()).rejects.toThrow(RunInProgressError);
    }
    await setLock({ holder: `${hostname()}/1/another.boot-1`, heartbeat_at: minutesAgo(10) });
    expect((await world.run()).report.downloaded).toBe(3);
  });

  test('a run that was killed before it could close the row of the one before leaves neither as running', async () => {
    world = await testApp({ posts: images(3) });
    const first = await startBackfill(world.app, ASK, signal());
    await setLock({ run_id: randomUUID(), holder: 'elsewhere/1/-', heartbeat_at: minutesAgo(10) });
    await world.run();
    const rows = await world.app.db.query.selectFrom('service_runs').select(['id', 'status']).execute();
    expect(rows.find(({ id }) => id === first.id)?.status).toBe('failed');
    expect(rows.filter(({ status }) => status === 'running')).toEqual([]);
  });
});

describe('a run that slept until another took over', () => {
  const writtenBy = async (runId: string) => {
    const items = world.app.db.query.selectFrom('instagram_items').select('instagram_media_id');
    const rows = await items.where('run_id', '=', runId).orderBy('instagram_media_id').execute();
    return rows.map((row) => row.instagram_media_id);
  };

  /** Begins a run, lets another one take over and end, and pulls the first to its end. */
  async function overtaken(pulled: number, options: { now?: () => Date; mediaLatencyMs?: number } = {}) {
    world = await testApp({ posts: images(9), ...options });
    const { events, id } = await startBackfill(world.app, { ...ASK, concurrency: 1 }, signal());
    const heard: BackfillEvent[] = [];
    for (let n = 0; n < pulled; n += 1) heard.push((await events.next()).value);
    // Under another name: this run is awake all the while, and would give its own lock a sign of life.
    await setLock({ run_id: randomUUID(), holder: 'elsewhere/1/-', heartbeat_at: minutesAgo(10) });
    await world.run();
    const before = await writtenBy(id);
    for await (const event of events) heard.push(event);
    return { id, before, heard, last: heard.at(-1) };
  }

  test('reports it when it wakes up at its very end, and its row stays as the other left it', async () => {
    const { id, last } = await overtaken(10);
    expect(last?.type === 'ended' && last.stoppedBy).toBeInstanceOf(RunInProgressError);
    const row = await world.app.db.query.selectFrom('service_runs').selectAll().where('id', '=', id).executeTakeFirst();
    expect(row).toMatchObject({ status: 'failed', error_type: 'InterruptedError', result_summary: null });
    expect(await world.app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
  });

  test('writes nothing more once its sleep is over', async () => {
    // A clock that leaps: each look at it finds the last sign of life long ago. The first download is on its way by then.
    let clock = Date.now();
    const leaping = () => {
      clock += 20_000;
      return new Date(clock);
    };
    const { id, before, heard, last } = await overtaken(1, { now: leaping, mediaLatencyMs: 200 });
    expect(last?.type === 'ended' && last.stoppedBy).toBeInstanceOf(RunInProgressError);
    expect(await writtenBy(id)).toEqual(before);
    expect(before).toEqual(
      expect.arrayContaining(heard.flatMap((event) => (event.type === 'kept' ? event.item.id : []))),
    );
    const rows = await world.app.db.query.selectFrom('media_items').select('instagram_media_id').execute();
    expect(rows).toHaveLength(9);
    expect(await world.files()).toHaveLength(9);
  });
});

test('a file that another program gave a row meanwhile is taken as it is', async () => {
  world = await testApp({ posts: images(2) });
  await world.run();
  const { query } = world.app.db;
  // As the Python program's own scan of the media folder indexes files: by their place alone.
  await query
    .updateTable('media_items')
    .set({ instagram_media_id: null, source_type: 'local', source_identifier: null })
    .execute();
  await query.updateTable('instagram_items').set({ media_item_id: null }).execute();
  // What gets its row together with them is not held up.
  world.sandbox.publish(image(3));
  expect(await world.run()).toMatchObject({ report: { downloaded: 1, failed: 0, skippedDuplicate: 2 } });
  expect(await query.selectFrom('media_items').select('id').execute()).toHaveLength(3);
  expect((await world.run()).report).toMatchObject({ adopted: 0, skippedDuplicate: 3 });
});
