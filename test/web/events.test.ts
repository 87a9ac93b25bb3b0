import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, expect, test } from 'vitest';
import type { DatabaseTarget } from '../../src/db/open.ts';
import { startAnotherProcess } from '../support/another-process.ts';
import { type Cli, cli } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { askServer } from '../support/server.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';
import { listenTo } from './event-stream.ts';
import { runPages } from './run-pages.ts';

/** What keeps this process from ending by itself. */
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** The third download and those after it never end. */
const STALLED = [{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 3 } }] as const;

/** Takes a database away from everybody; gives it back by what is returned. */
async function takeAway(target: DatabaseTarget): Promise<() => Promise<void>> {
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
  let it: TestApp;
  let page: ReturnType<typeof runPages>;
  let server: ReturnType<typeof serve>;
  let program: Cli;
  let url: string;
  const said: string[] = [];
  const open = async (options: Parameters<typeof testApp>[0] = {}) => {
    it = await testApp({ ...options, database: await databases.create(), log: (line) => said.push(line) });
    program = await cli();
    page = runPages(it);
    server = serve({ fetch: page.pages.fetch, hostname: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/events`;
  };
  afterEach(async () => {
    await page.stop();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
    await it.close();
    await program.close();
    said.length = 0;
  });

  test('who listens hears at once what runs: nothing', async () => {
    await open();
    const client = await listenTo(url);
    expect(await client.hears('the first word', () => true)).toEqual([]);
    expect(client.response.statusCode).toBe(200);
    expect(client.response.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/event-stream/),
      'cache-control': 'no-cache',
    });
  });

  test('a run that the terminal started appears, grows, is cancelled and is gone', async () => {
    await open({ posts: images(120), mediaLatencyMs: 150 });
    const client = await listenTo(url);
    await client.hears('that nothing runs', (running) => running.length === 0);
    const { outcome } = startAnotherProcess(it, program, ['backfill-instagram', '--concurrency', '2']);
    const [first] = await client.hears('that it began', ([run]) => (run?.progress?.downloaded ?? 0) > 0);
    expect(first).toMatchObject({ status: 'running', triggeredBy: 'cli', account: { name: '@studio.example' } });
    const early = first?.progress?.downloaded ?? 0;
    await client.hears('that it goes on', ([run]) => (run?.progress?.downloaded ?? 0) > early);
    // Who comes later knows as much at once.
    const another = await listenTo(url);
    expect((await another.hears('what runs', () => true))[0]?.id).toBe(first?.id);

    expect((await page.cancel(first?.id ?? '')).status).toBe(202);
    await client.hears('that it is over', (running) => running.length === 0);
    await another.hears('that it is over', (running) => running.length === 0);
    expect((await outcome).exitCode).toBe(130);
    expect(client.heard.some(({ running }) => running[0]?.isCancelled)).toBe(true);
    // Only what is new is said.
    const texts = client.heard.map((running) => JSON.stringify(running));
    expect(texts.every((text, index) => text !== texts[index - 1])).toBe(true);
  });

  test('a run that the page, or somebody else here, started appears the same way', async () => {
    await open({ posts: images(6), faults: STALLED });
    const client = await listenTo(url);
    const { body } = await page.start({});
    const [run] = await client.hears('that it began', ([one]) => one?.progress?.downloaded === 2);
    expect(run).toMatchObject({ id: body.id, triggeredBy: 'web' });
    await page.cancel(body.id);
    await client.hears('that it is over', (running) => running.length === 0);
    const stop = new AbortController();
    const other = it.run({ triggeredBy: 'telegram' }, stop.signal);
    await client.hears('the next one', ([one]) => one?.triggeredBy === 'telegram');
    stop.abort();
    await other;
    await client.hears('that it is over', (running) => running.length === 0);
  });

  test('a server that stops ends its streams whole, and can close', async () => {
    await open({ posts: images(6), faults: STALLED });
    const clients = await Promise.all([listenTo(url), listenTo(url), listenTo(url)]);
    for (const client of clients) await client.hears('the first word', () => true);
    await page.stop();
    await until('all have ended', () => clients.every((client) => client.ending() !== undefined));
    expect(clients.map((client) => client.ending())).toEqual(['whole', 'whole', 'whole']);
    await new Promise((resolve) => server.close(resolve));
  });

  test('a stream that nobody reads ends with the server too', async () => {
    await open();
    const before = timers();
    const answer = await page.pages.request('/api/events');
    await until('it is open', () => timers() > before);
    await page.stop();
    await until('no timer is left', () => timers() <= before);
    expect(await answer.text()).toBe('');
  });

  test('a stream that is asked for when the server stops already ends at once', async () => {
    await open();
    await page.stop();
    const client = await listenTo(url);
    await until('it has ended', () => client.ending() !== undefined);
    expect([client.ending(), client.heard]).toEqual(['whole', []]);
  });

  // The only one that takes its time: what is said in silence is said every fifteen seconds.
  if (databases.kind === 'sqlite') {
    test('a connection on which nothing happens is kept alive', async () => {
      await open();
      const client = await listenTo(url);
      await until('a comment comes', () => client.breaths() > 0);
      expect(client.heard).toEqual([{ running: [] }]);
    });
  }

  test('of those who leave nothing is left, and the next is served as the first was', async () => {
    await open({ posts: images(6), faults: STALLED });
    const before = timers();
    const clients = await Promise.all(Array.from({ length: 12 }, () => listenTo(url)));
    for (const client of clients) await client.hears('the first word', () => true);
    expect(timers()).toBeGreaterThan(before + 12);
    for (const client of clients) client.leave();
    await until('no timer is left', () => timers() <= before);
    expect(said.filter((line) => /^(error|warn)/.test(line))).toEqual([]);
    const { body } = await page.start({});
    const late = await listenTo(url);
    await late.hears('what runs', ([run]) => run?.id === body.id);
  });

  test('a database that is gone for a moment ends nothing', async () => {
    await open({ posts: images(6), faults: STALLED });
    const client = await listenTo(url);
    await client.hears('the first word', () => true);
    const giveBack = await takeAway(it.config.database);
    await until('that is noticed', () => said.some((line) => line.includes('the runs under way cannot be seen')));
    await giveBack();
    await until('it is there again', async () => (await page.ask('/runs').catch(() => undefined))?.status === 200);
    const { body } = await page.start({});
    await client.hears('what runs', ([run]) => run?.id === body.id);
    expect(client.ending()).toBeUndefined();
    expect(said.filter((line) => line.includes('cannot be seen'))).toHaveLength(1);
  });
});
