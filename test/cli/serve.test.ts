import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ask } from '../../src/cli/ask.ts';
import { cli } from '../support/cli.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

let world: TestApp;
beforeEach(async () => {
  world = await testApp();
});
afterEach(() => world.close());

/** Runs the command, and collects its output until it is stopped. */
function start(args: readonly string[], environment: Record<string, string> = {}) {
  const stop = new AbortController();
  let heard = '';
  const outcome = world.type(['serve', ...args], stop.signal, {
    environment,
    heard: (text) => {
      heard += text;
    },
  });
  let isOver = false;
  void outcome.finally(() => {
    isOver = true;
  });
  return {
    outcome,
    async address() {
      const found = () => /The gallery is at (\S+) until/.exec(heard)?.[1];
      await until('the address is printed', () => isOver || found() !== undefined);
      return found() ?? '';
    },
    heard: () => heard,
    async stop() {
      stop.abort();
      return outcome;
    },
  };
}

test('without a bot the gallery is served, its address is printed, and it ends cleanly', async () => {
  const serving = start(['--port', '0']);
  const address = await serving.address();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect((await fetch(address)).status).toBe(200);
  expect(await (await fetch(`${address}api/session`)).json()).toMatchObject({ access: 'open', library: 'own' });
  const { exitCode, stderr } = await serving.stop();
  expect([exitCode, stderr]).toEqual([0, 'TELEGRAM_BOT_TOKEN is not set: serving the gallery without a bot.\n']);
  await expect(fetch(address)).rejects.toThrow();
});

test("--no-bot prints nothing about a bot, and --sandbox opens the sandbox's library", async () => {
  const serving = start(['--port', '0', '--no-bot', '--sandbox']);
  const address = await serving.address();
  expect(address).toMatch(/\/sandbox\/$/);
  expect(await (await fetch(`${address}api/session`)).json()).toMatchObject({ library: 'sandbox' });
  expect((await fetch(`${address}api/openapi.json`)).status).toBe(200);
  const { exitCode, stderr } = await serving.stop();
  expect([exitCode, stderr]).toEqual([0, '']);
});

test('if no browser can be opened it says so, and keeps running', async () => {
  const path = process.env.PATH;
  process.env.PATH = world.config.home;
  try {
    const serving = start(['--port', '0', '--no-bot', '--open']);
    const address = await serving.address();
    await until('the message', () => serving.heard().includes('Could not open a browser'));
    expect((await fetch(address)).status).toBe(200);
    expect((await serving.stop()).exitCode).toBe(0);
  } finally {
    process.env.PATH = path;
  }
});

test.each([
  [['--no-bot', '--no-web'], '--no-bot and --no-web together leave nothing to serve'],
  [['--no-web'], 'TELEGRAM_BOT_TOKEN is not set: there is no bot to run'],
  [['--no-web', '--open'], '--open and --sandbox need the gallery'],
  [
    ['--host', '0.0.0.0', '--port', '0'],
    'Refusing to listen on 0.0.0.0 without a password: others could see the library',
  ],
  [['--port', '65536'], 'It must be a whole number from 0 to 65535.'],
  [['--host', 'http://here/'], 'It must be an address such as 127.0.0.1 or 0.0.0.0.'],
])('serve %j is wrong usage', async (args, message) => {
  const { exitCode, stderr } = await start(args).outcome;
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test('a port in use is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { exitCode, stderr } = await start(['--no-bot', '--port', String(port)]).outcome;
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`Port ${port} cannot be used for the gallery`)]);
  other.close();
});

test('a rejected bot token ends the gallery too', async () => {
  const telegram = createServer((_, response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"ok":false,"error_code":401,"description":"Unauthorized"}');
  }).listen(0, '127.0.0.1');
  await once(telegram, 'listening');
  const serving = start(['--port', '0'], {
    TELEGRAM_BOT_TOKEN: `123456:${'A'.repeat(35)}`,
    TELEGRAM_API_ROOT: `http://127.0.0.1:${(telegram.address() as AddressInfo).port}`,
  });
  const address = await serving.address();
  const { exitCode, stderr } = await serving.outcome;
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Telegram does not accept the token of the bot');
  await expect(fetch(address)).rejects.toThrow();
  telegram.close();
});

const typing = (...answers: string[]): Ask => ({
  secret: async () => answers.shift() ?? '',
  choose: () => Promise.reject(new Error('not asked')),
  chooseSome: () => Promise.reject(new Error('not asked')),
  text: () => Promise.reject(new Error('not asked')),
  confirm: () => Promise.reject(new Error('not asked')),
});

test('a password is set, immediately required by a running gallery, and removed', async () => {
  const serving = start(['--port', '0', '--no-bot']);
  const address = await serving.address();
  const access = async () => ((await (await fetch(`${address}api/session`)).json()) as { access: string }).access;
  const set = await world.type(['set-web-password'], undefined, { input: async () => 'a few good words\nmore\n' });
  expect(set).toEqual({
    exitCode: 0,
    stdout: 'Password set. Open galleries will ask for it.\n',
    stderr: '',
  });
  expect(await access()).toBe('needed');
  const given = await fetch(`${address}api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: address.slice(0, -1) },
    body: JSON.stringify({ password: 'a few good words' }),
  });
  expect(given.status).toBe(200);
  expect((await world.type(['set-web-password', '--remove'])).stdout).toMatch(/^Password removed\./);
  expect(await access()).toBe('open');
  expect((await world.type(['set-web-password', '--remove'])).stdout).toBe('No password was set.\n');
  await serving.stop();
});

test('on a terminal the password is entered twice', async () => {
  const type = (...answers: string[]) => world.type(['set-web-password'], undefined, { ask: typing(...answers) });
  expect((await type('good words', 'good words')).exitCode).toBe(0);
  expect(await type('good words', 'good swords')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('The passwords do not match'),
  });
  expect((await type('short')).stderr).toContain('at least 8 characters');
  expect((await world.type(['set-web-password'])).exitCode).toBe(2);
});

test('the built program serves the page, and ends cleanly on Ctrl-C', async () => {
  const built = await cli({ LOG_LEVEL: 'debug' });
  try {
    const { child, outcome } = built.start(['serve', '--port', '0', '--no-bot']);
    let heard = '';
    child.stdout?.on('data', (text: string) => {
      heard += text;
    });
    const address = () => /The gallery is at (\S+) until/.exec(heard)?.[1];
    await until('the address is printed', () => child.exitCode !== null || address() !== undefined);
    const page = await fetch(address() ?? '', { headers: { 'Accept-Encoding': 'br' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const html = await page.text();
    for (const [, asset] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      expect([asset, (await fetch(new URL(asset ?? '', address()))).status]).toEqual([asset, 200]);
    }
    expect(await (await fetch(`${address()}api/session`)).json()).toMatchObject({
      version: expect.stringMatching(/^\d/),
    });
    child.kill('SIGINT');
    expect((await outcome).exitCode).toBe(0);
  } finally {
    await built.close();
  }
});
