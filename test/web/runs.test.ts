import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failures, Run, Runs } from '../../src/contract/runs.ts';
import { store } from '../support/accounts.ts';
import { startAnotherProcess } from '../support/another-process.ts';
import { type Cli, cli } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { image, images } from '../support/posts.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';
import { runPages } from './run-pages.ts';

/** The third download and those after it never end. */
const STALLED = [{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 3 } }] as const;

eachDatabase((databases) => {
  let world: TestApp;
  let page: ReturnType<typeof runPages>;
  const said: string[] = [];
  afterEach(async () => {
    await page.stop();
    await world.close();
    said.length = 0;
  });
  const open = async (options: Parameters<typeof testApp>[0]) => {
    world = await testApp({ ...options, database: await databases.create(), log: (line) => said.push(line) });
    page = runPages(world);
  };
  const run = async (id: string): Promise<Run> => Run.parse((await page.ask(`/runs/${id}`)).body);
  const over = async (id: string): Promise<Run> => {
    await until('the run is over', async () => (await run(id)).status !== 'running');
    return run(id);
  };
  const account = async () => (await world.app.accounts.list({ all: true }))[0] ?? expect.fail('no account');

  test('an empty library has no runs and no failures', async () => {
    await open({ posts: [] });
    expect(await page.ask('/runs')).toEqual({ status: 200, body: { runs: [] } });
    expect(await page.ask('/failures')).toEqual({ status: 200, body: { total: 0, failures: [] } });
  });

  test('a run that the page started continues in the background, and its result and failures can be read', async () => {
    await open({ posts: [...images(5), image(6, { withoutMediaUrl: true })] });
    const { status, body } = await page.start({ since: '2026-01-02', until: '2026-02-01', limit: 50 });
    expect([status, body]).toEqual([201, { id: expect.stringMatching(/^[\da-f-]{36}$/) }]);
    await page.runs.settled();
    const { id, displayName, username } = await account();
    expect(await run(body.id)).toMatchObject({
      id: body.id,
      status: 'completed',
      triggeredBy: 'web',
      account: { id, name: `@${username ?? displayName}` },
      request: {
        mediaType: 'feed',
        limit: 50,
        since: '2026-01-02T00:00:00.000Z',
        until: '2026-02-01T00:00:00.000Z',
        dryRun: false,
        retryFailed: false,
        repair: false,
      },
      progress: null,
      isCancelled: false,
      result: { downloaded: 4, failed: 1, totalApiItems: 5, forecast: null },
      errors: [expect.stringContaining('media_id')],
      error: null,
    });
    expect(await world.files()).toHaveLength(4);
    const { total, failures } = Failures.parse((await page.ask('/failures?limit=1')).body);
    expect([total, failures]).toEqual([1, [expect.objectContaining({ times: 1, reason: expect.any(String) })]]);

    const second = await page.start({ dryRun: true, incremental: true });
    const dry = await over(second.body.id);
    expect(dry).toMatchObject({
      status: 'completed',
      request: { dryRun: true, incremental: true, limit: null, since: null },
      result: { downloaded: 1, completeness: { listed: 6 }, forecast: { files: 1 } },
    });
    const listed = Runs.parse((await page.ask('/runs')).body).runs;
    expect(listed.map((one) => one.id)).toEqual([second.body.id, body.id]);
    expect(Runs.parse((await page.ask('/runs?limit=1')).body).runs).toEqual([dry]);
  });

  test('a second run of the account is refused, naming the one in progress', async () => {
    await open({ posts: images(6), faults: STALLED });
    const first = await page.start({});
    const second = await page.start({ dryRun: true });
    expect([second.status, second.body]).toEqual([
      409,
      {
        error: { message: expect.stringContaining(`run ${first.body.id}, started from web`), hint: expect.any(String) },
      },
    ]);
    const twins = await Promise.all([page.start({}), page.start({})]);
    expect(twins.map(({ status }) => status)).toEqual([409, 409]);
  });

  test('of two runs started in parallel, one continues', async () => {
    await open({ posts: images(6), faults: STALLED });
    const both = await Promise.all([page.start({}), page.start({})]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(await world.app.runs.running()).toHaveLength(1);
  });

  test('a run can be cancelled once, and tells from where', async () => {
    await open({ posts: images(6), faults: STALLED });
    const { body } = await page.start({});
    await until('two are there', async () => (await run(body.id)).progress?.downloaded === 2);
    expect(await run(body.id)).toMatchObject({ status: 'running', result: null, completedAt: null });
    expect(await page.cancel(body.id)).toEqual({ status: 202, body: { id: body.id } });
    expect(await over(body.id)).toMatchObject({
      status: 'interrupted',
      error: 'Cancelled from the web page',
      progress: null,
      isCancelled: false,
      result: { downloaded: 2 },
    });
    expect(await page.cancel(body.id)).toEqual({
      status: 409,
      body: { error: { message: 'The run has already ended' } },
    });
    world.sandbox.setFaults([]);
    const next = await page.start({});
    expect((await over(next.body.id)).result).toMatchObject({ downloaded: 4, skippedDuplicate: 2 });
  });

  test('a server that stops interrupts its runs, and waits for their records', async () => {
    await open({ posts: images(6), faults: STALLED });
    const { body } = await page.start({});
    await until('two are there', async () => (await run(body.id)).progress?.downloaded === 2);
    await page.stop();
    expect(await run(body.id)).toMatchObject({
      status: 'interrupted',
      error: 'Interrupted',
      result: { downloaded: 2 },
    });
    expect(await world.app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
  });

  test('a run started while the server stops leaves nothing open, and no run starts afterwards', async () => {
    await open({ posts: images(6), faults: STALLED });
    const starting = page.runs.start(ASK);
    await page.stop();
    expect((await run(await starting)).status).toBe('interrupted');
    expect(await page.start({})).toMatchObject({
      status: 409,
      body: { error: { message: 'The server is stopping' } },
    });
    expect(await world.app.db.query.selectFrom('run_locks').selectAll().execute()).toEqual([]);
  });

  test('a run that fails because of a bug is logged, and others continue', async () => {
    await open({ posts: images(3), mediaLatencyMs: 300 });
    const { body } = await page.start({});
    await world.app.db.query.schema.alterTable('instagram_items').renameTo('elsewhere').execute();
    await page.runs.settled();
    expect(said.join('\n')).toContain(`error: run ${body.id} failed: `);
    expect(await run(body.id)).toMatchObject({ status: 'failed' });
    await world.app.db.query.schema.alterTable('elsewhere').renameTo('instagram_items').execute();
    const next = await page.start({});
    expect((await over(next.body.id)).status).toBe('completed');
  });

  describe('a run is not started', () => {
    test('for an unknown or deactivated account', async () => {
      await open({ posts: images(1) });
      expect(await page.start({ account: randomUUID() })).toMatchObject({
        status: 404,
        body: { error: { message: 'Account not found' } },
      });
      const own = await account();
      await world.app.accounts.setEnabled(own, false);
      expect(await page.start({ account: own.id.toUpperCase() })).toMatchObject({
        status: 409,
        body: { error: { message: expect.stringContaining('is deactivated'), hint: expect.any(String) } },
      });
      expect(await page.start({})).toMatchObject({
        status: 409,
        body: { error: { message: 'No Instagram account is in the library' } },
      });
    });

    test('for several accounts without an active one; a named one is used', async () => {
      await open({ posts: images(1) });
      const second = await store(world, {});
      expect(await page.start({})).toMatchObject({ status: 409, body: { error: { hint: expect.any(String) } } });
      const { status, body } = await page.start({ account: (await account()).id });
      expect(status).toBe(201);
      expect((await over(body.id)).account?.id).not.toBe(second.id);
    });

    test('but a token past its stored expiry is tried: Instagram decides', async () => {
      await open({ posts: images(1) });
      const ended = new Date(Date.now() - 1000);
      await world.app.tokens.store(await account(), { value: world.sandbox.tokens.facebook, expiresAt: ended });
      expect((await over((await page.start({})).body.id)).status).toBe('completed');
      world.sandbox.setFaults([{ kind: 'token-revoked', subcode: 463 }]);
      const refused = await over((await page.start({})).body.id);
      expect([refused.status, JSON.stringify(refused)]).toEqual([
        'failed',
        expect.stringContaining('rejected the token'),
      ]);
    });
  });
});

describe('invalid requests', () => {
  let world: TestApp;
  let page: ReturnType<typeof runPages>;
  beforeEach(async () => {
    world = await testApp({ posts: images(1) });
    page = runPages(world);
  });
  afterEach(async () => {
    await page.stop();
    await world.close();
  });

  test.each<[unknown, string]>([
    [{ account: 'studio' }, 'account: expected a UUID'],
    [{ mediaType: 'reels' }, 'mediaType: '],
    [{ limit: 0 }, 'limit: '],
    [{ limit: 1.5 }, 'limit: '],
    [{ limit: '5' }, 'limit: '],
    [{ since: '2025-02-30' }, 'since: this day does not exist'],
    [{ since: 'yesterday' }, 'since: expected a day such as 2025-01-31'],
    [{ until: 7 }, 'until: '],
    [{ dryRun: 'yes' }, 'dryRun: '],
    [{ incremental: 1 }, 'incremental: '],
    [{ retryFailed: null }, 'retryFailed: '],
    [{ wait: 'no' }, 'wait: '],
    [{ collaborations: 'no' }, 'collaborations: '],
    [{ concurrency: 65 }, 'concurrency: '],
    [{ damaged: [] }, 'damaged'],
    [{ triggeredBy: 'cli' }, 'triggeredBy'],
    [[], ''],
    ['all', ''],
    [{ since: '2025-02-01', until: '2025-01-01' }, 'since must be a day before until'],
    [{ since: '2025-02-01', until: '2025-02-01' }, 'since must be a day before until'],
    [{ retryFailed: true, incremental: true }, 'Retrying failed items cannot be combined'],
    [{ retryFailed: true, collaborations: true }, 'Retrying failed items cannot be combined'],
    [{ retryFailed: true, mediaType: 'both' }, 'Retrying failed items cannot be combined'],
  ])('%j starts no run, with a reason', async (body, words) => {
    const answer = await page.start(body);
    expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringContaining(words)]);
    expect(await world.app.runs.recent(1)).toEqual([]);
  });

  test('a request without JSON starts no run', async () => {
    const post = async (init: RequestInit) =>
      (await page.pages.request('/api/runs', { method: 'POST', ...init })).status;
    expect(await post({})).toBe(400);
    expect(await post({ body: '{}' })).toBe(415);
    expect(await post({ headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'wait=1' })).toBe(415);
    expect(await post({ headers: { 'Content-Type': 'application/json' }, body: '{' })).toBe(400);
    expect(await world.app.runs.recent(1)).toEqual([]);
  });

  test('ids and limits', async () => {
    expect(await page.ask('/runs/x')).toMatchObject({ status: 400 });
    expect(await page.ask("/runs/x'%20or%20''='/cancel", { method: 'POST' })).toMatchObject({ status: 400 });
    expect(await page.ask(`/runs/${randomUUID()}`)).toMatchObject({ status: 404 });
    expect(await page.cancel(randomUUID())).toEqual({
      status: 404,
      body: { error: { message: 'Run not found' } },
    });
    for (const path of [
      '/runs?limit=0',
      '/runs?limit=201',
      '/runs?limit=x',
      '/failures?limit=0',
      '/failures?limit=1e9',
    ]) {
      expect(await page.ask(path)).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringMatching(/^limit: /) } },
      });
    }
  });

  test('the routes are described', () => {
    const { paths } = page.pages.getOpenAPIDocument({ openapi: '3.1.0', info: { title: 'x', version: '1' } });
    expect(Object.entries(paths ?? {}).map(([path, methods]) => [path, Object.keys(methods ?? {})])).toEqual([
      ['/api/runs', ['get', 'post']],
      ['/api/runs/{id}', ['get']],
      ['/api/runs/{id}/cancel', ['post']],
      ['/api/failures', ['get']],
      ['/api/events', ['get']],
    ]);
    expect(Object.keys(paths?.['/api/runs']?.post?.responses ?? {})).toEqual(['201', '400', '404', '409']);
    expect(paths?.['/api/events']?.get?.responses?.['200']).toMatchObject({
      content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/Running' } } },
    });
  });
});

test('a run of the command line can be cancelled from the page', async () => {
  const world = await testApp({ posts: images(6), faults: STALLED });
  const page = runPages(world);
  const program: Cli = await cli();
  const { outcome } = startAnotherProcess(world, program, ['backfill-instagram']);
  await until('two are there', async () => (await world.app.runs.running())[0]?.progress?.downloaded === 2);
  const [under] = Runs.parse((await page.ask('/runs')).body).runs;
  expect(under).toMatchObject({ status: 'running', triggeredBy: 'cli', progress: { downloaded: 2 } });
  expect((await page.cancel(under?.id ?? '')).status).toBe(202);
  expect((await outcome).exitCode).toBe(130);
  await page.stop();
  await program.close();
  await world.close();
});
