import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, expect, test } from 'vitest';
import type { DatabaseTarget } from '../../src/db/open.ts';
import type { Paces } from '../../src/web/paces.ts';
import { startAnotherProcess } from '../support/another-process.ts';
import { type Cli, cli } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { askServer } from '../support/server.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';
import { listenTo } from './event-stream.ts';
import { runPages } from './run-pages.ts';

/** The timers that keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** The third and all later downloads never end. */
const STALLED = [{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 3 } }] as const;

/** Makes a database unavailable; the returned function makes it available again. */
async function makeUnavailable(target: DatabaseTarget): Promise<() => Promise<void>> {
  if (target.kind === 'sqlite') {
    await rename(target.path, `${target.path}.elsewhere`);
    return () => rename(`${target.path}.elsewhere`, target.path);
  }
  const name = target.database;
  await askServer(`alter database ${name} with allow_connections false`);
  await askServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
  return () => askServer(`alter database ${name} with allow_connections true`);
}

eachDatabase((databases) => {
  let world: TestApp;
  let page: ReturnType<typeof runPages>;
  let server: ReturnType<typeof serve>;
  let program: Cli;
  let url: string;
  const said: string[] = [];
  const open = async (options: Parameters<typeof testApp>[0] = {}, paces?: Paces) => {
    world = await testApp({ ...options, database: await databases.create(), log: (line) => said.push(line) });
    program = await cli();
    page = runPages(world, paces);
    server = serve({ fetch: page.pages.fetch, hostname: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/events`;
  };
  afterEach(async () => {
    await page.stop();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
    await world.close();
    await program.close();
    said.length = 0;
  });

  test('a listener immediately gets the runs in progress: none', async () => {
    await open();
    const client = await listenTo(url);
    expect(await client.hears('the first event', () => true)).toEqual([]);
    expect(client.response.statusCode).toBe(200);
    expect(client.response.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/event-stream/),
      'cache-control': 'no-cache',
    });
  });

  test('a run of the command line appears, makes progress, is cancelled and disappears', async () => {
    await open({ posts: images(120), mediaLatencyMs: 150 });
    const client = await listenTo(url);
    await client.hears('no runs', (running) => running.length === 0);
    const { outcome } = startAnotherProcess(world, program, ['backfill-instagram', '--concurrency', '2']);
    const [first] = await client.hears('the start of the run', ([run]) => (run?.progress?.downloaded ?? 0) > 0);
    expect(first).toMatchObject({ status: 'running', triggeredBy: 'cli', account: { name: '@studio.example' } });
    const early = first?.progress?.downloaded ?? 0;
    await client.hears('more progress', ([run]) => (run?.progress?.downloaded ?? 0) > early);
    // A later listener immediately gets the same.
    const another = await listenTo(url);
    expect((await another.hears('the run', () => true))[0]?.id).toBe(first?.id);

    expect((await page.cancel(first?.id ?? '')).status).toBe(202);
    await client.hears('the end of the run', (running) => running.length === 0);
    await another.hears('the end of the run', (running) => running.length === 0);
    expect((await outcome).exitCode).toBe(130);
    expect(client.heard.some(({ running }) => running[0]?.isCancelled)).toBe(true);
    // Only changes are sent.
    const texts = client.heard.map((running) => JSON.stringify(running));
    expect(texts.every((text, index) => text !== texts[index - 1])).toBe(true);
  });

  test('runs of the page and of the bot appear too', async () => {
    await open({ posts: images(6), faults: STALLED });
    const client = await listenTo(url);
    const { body } = await page.start({});
    const [run] = await client.hears('the start of the run', ([one]) => one?.progress?.downloaded === 2);
    expect(run).toMatchObject({ id: body.id, triggeredBy: 'web' });
    await page.cancel(body.id);
    await client.hears('the end of the run', (running) => running.length === 0);
    const stop = new AbortController();
    const other = world.run({ triggeredBy: 'telegram' }, stop.signal);
    await client.hears('the next run', ([one]) => one?.triggeredBy === 'telegram');
    stop.abort();
    await other;
    await client.hears('the end of the run', (running) => running.length === 0);
  });

  test('a server that stops ends its streams properly, and can close', async () => {
    await open({ posts: images(6), faults: STALLED });
    const clients = await Promise.all([listenTo(url), listenTo(url), listenTo(url)]);
    for (const client of clients) await client.hears('the first event', () => true);
    await page.stop();
    await until('all streams have ended', () => clients.every((client) => client.ending() !== undefined));
    expect(clients.map((client) => client.ending())).toEqual(['whole', 'whole', 'whole']);
    await new Promise((resolve) => server.close(resolve));
  });

  test('a stream that nobody reads also ends with the server', async () => {
    await open();
    const before = timers();
    const answer = await page.pages.request('/api/events');
    await until('the stream is open', () => timers() > before);
    await page.stop();
    await until('no timer is left', () => timers() <= before);
    expect(await answer.text()).toBe('');
  });

  test('a stream requested while the server stops ends immediately', async () => {
    await open();
    await page.stop();
    const client = await listenTo(url);
    await until('the stream has ended', () => client.ending() !== undefined);
    expect([client.ending(), client.heard]).toEqual(['whole', []]);
  });

  test('an idle connection is kept alive by comments', async () => {
    await open({}, { runs: 20, ping: 20 });
    const client = await listenTo(url);
    await until('two comments have arrived', () => client.comments() > 1);
    expect(client.heard).toEqual([{ running: [] }]);
  });

  test('clients that disconnect leave no timers behind, and later clients are served', async () => {
    await open({ posts: images(6), faults: STALLED });
    const clients = await Promise.all(Array.from({ length: 12 }, () => listenTo(url)));
    for (const client of clients) await client.hears('the first event', () => true);
    const busy = timers();
    for (const client of clients) client.leave();
    await until('their timers are gone', () => timers() <= busy - clients.length);
    expect(said.filter((line) => /^(error|warn)/.test(line))).toEqual([]);
    const { body } = await page.start({});
    const late = await listenTo(url);
    await late.hears('the run', ([run]) => run?.id === body.id);
  });

  test('a database that is unavailable for a moment ends no stream', async () => {
    await open({ posts: images(6), faults: STALLED });
    const client = await listenTo(url);
    await client.hears('the first event', () => true);
    const restore = await makeUnavailable(world.config.database);
    await until('the server notices', () => said.some((line) => line.includes('cannot read the runs in progress')));
    await restore();
    await until('the database is back', async () => (await page.ask('/runs').catch(() => undefined))?.status === 200);
    const { body } = await page.start({});
    await client.hears('the run', ([run]) => run?.id === body.id);
    expect(client.ending()).toBeUndefined();
    expect(said.filter((line) => line.includes('cannot read the runs'))).toHaveLength(1);
  });
});
