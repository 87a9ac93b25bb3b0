import { chmod } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { TokenKind } from '../../src/accounts/tokens.ts';
import { BACKFILL } from '../../src/app/run-kinds.ts';
import { store, threeAccounts } from '../support/accounts.ts';
import { makeDatabase } from '../support/make-database.ts';
import { askServer, whyUnreachable } from '../support/server.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
const servers: Server[] = [];
afterEach(async () => {
  await world.close();
  for (const server of servers.splice(0)) server.close();
});

const DAY = 24 * 3600 * 1000;
const BOT_TOKEN = `1234567890:${'AbCd-_0'.repeat(5)}`;

interface Check {
  name: string;
  state: string;
  finding: string;
  remedy: string | null;
}
async function health(environment: Record<string, string> = {}, ...more: string[]) {
  const { exitCode, stdout, stderr } = await world.type(['check-health', '--json', ...more], undefined, {
    environment,
  });
  const { checks, healthy } = JSON.parse(stdout) as { checks: Check[]; healthy: boolean };
  const of = (name: string) => checks.filter((check) => check.name === name);
  return { exitCode, healthy, checks, of, said: stdout + stderr };
}
/** A server that stands in for another host. */
async function startHost(answer: (path: string) => { status: number; body: string }): Promise<string> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const NOBODY = 'http://127.0.0.1:9';

test('if everything works each check says so, and the status is 0', async () => {
  world = await testApp(threeAccounts);
  const { exitCode, healthy, checks, of } = await health();
  expect([exitCode, healthy]).toEqual([0, true]);
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(checks.map(({ name }) => name)).toEqual([
    'Database',
    'Key',
    'Account @studio.example',
    'Media folder',
    'Disk',
    'API of Facebook Login',
    'API of Instagram Login',
    'Media host 127.0.0.1',
    'Clock',
    'Telegram bot',
  ]);
  expect(of('Database')[0]?.finding).toMatch(/storyline\.db, version 13$/);
  expect(of('Telegram bot')[0]?.finding).toBe('not set up');
});

test('--offline does not use the network', async () => {
  world = await testApp(threeAccounts);
  const { exitCode, checks } = await health(
    { META_GRAPH_BASE_URL: NOBODY, TELEGRAM_BOT_TOKEN: BOT_TOKEN },
    '--offline',
  );
  expect([exitCode, world.sandbox.requests.length]).toEqual([0, 0]);
  expect(checks.map(({ name }) => name)).toEqual([
    'Database',
    'Key',
    'Account @studio.example',
    'Media folder',
    'Disk',
  ]);
});

test('a host that does not answer is broken for the accounts that need it, else a warning', async () => {
  world = await testApp(threeAccounts);
  const unneeded = await health({ INSTAGRAM_GRAPH_BASE_URL: NOBODY });
  expect([unneeded.exitCode, unneeded.of('API of Instagram Login')[0]?.state]).toEqual([0, 'warning']);
  const needed = await health({ META_GRAPH_BASE_URL: NOBODY });
  expect([needed.exitCode, needed.of('API of Facebook Login')[0]?.state]).toEqual([1, 'broken']);
  expect(needed.of('API of Facebook Login')[0]).toMatchObject({
    finding: 'no answer from 127.0.0.1:9: connection refused (ECONNREFUSED)',
    remedy: expect.stringContaining('internet connection'),
  });
});

test("a network's sign-in page is not mistaken for Instagram", async () => {
  world = await testApp(threeAccounts);
  const portal = await startHost(() => ({ status: 200, body: '<html>Welcome to our Wi-Fi</html>' }));
  const { exitCode, of } = await health({ META_GRAPH_BASE_URL: portal });
  expect(exitCode).toBe(1);
  expect(of('API of Facebook Login')[0]?.finding).toContain('something other than');
});

test('a media host that does not resolve is broken if there is an account', async () => {
  world = await testApp(threeAccounts);
  const hosts = { MEDIA_DOWNLOAD_HOSTS: `${world.sandbox.mediaHost},media.invalid` };
  const { exitCode, of } = await health(hosts);
  expect([exitCode, of('Media host media.invalid')[0]?.state]).toEqual([1, 'broken']);
  await world.app.accounts.setEnabled(await world.app.accounts.find('studio.example'), false);
  expect((await health(hosts)).exitCode).toBe(0);
});

test('a media host that resolves to a private address is broken, and the remedy says so', async () => {
  world = await testApp(threeAccounts);
  const { exitCode, of } = await health({ MEDIA_DOWNLOAD_HOSTS: `${world.sandbox.mediaHost},localhost` });
  expect(exitCode).toBe(1);
  expect(of('Media host localhost')).toEqual([
    expect.objectContaining({
      state: 'broken',
      finding: expect.stringMatching(/^resolves to (127\.0\.0\.1|::1), not a public address$/),
      remedy: expect.stringMatching(/never allowed/),
    }),
  ]);
});

test.each([
  [10, 'warning', "this machine's clock is 10 minutes ahead"],
  [-600, 'warning', "this machine's clock is 600 minutes behind"],
  [4, 'ok', 'right'],
] as const)('a clock that is off by %s minutes: %s', async (minutes, state, finding) => {
  world = await testApp({ ...threeAccounts, clock: () => new Date(Date.now() + minutes * 60_000) });
  const { exitCode, of } = await health();
  expect(exitCode).toBe(0);
  expect(of('Clock')).toEqual([expect.objectContaining({ state, finding })]);
});

test("the bot's name is looked up, and its token is never shown", async () => {
  world = await testApp(threeAccounts);
  const telegram = await startHost((path) =>
    path === `/bot${BOT_TOKEN}/getMe`
      ? { status: 200, body: JSON.stringify({ ok: true, result: { id: 1, is_bot: true, username: 'studio_bot' } }) }
      : { status: 401, body: JSON.stringify({ ok: false, error_code: 401, description: 'Unauthorized' }) },
  );
  const set = (TELEGRAM_BOT_TOKEN: string, TELEGRAM_API_ROOT = telegram) => ({ TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT });
  const good = await health(set(BOT_TOKEN));
  expect([good.exitCode, good.of('Telegram bot')[0]?.finding]).toEqual([0, '@studio_bot']);
  const other = BOT_TOKEN.replace('A', 'B');
  const refused = await health(set(other));
  expect([refused.exitCode, refused.of('Telegram bot')[0]?.state]).toEqual([1, 'broken']);
  expect(refused.of('Telegram bot')[0]?.remedy).toContain('@BotFather');
  const silent = await health(set(BOT_TOKEN, NOBODY));
  expect([silent.exitCode, silent.of('Telegram bot')[0]?.state]).toEqual([0, 'warning']);
  for (const { said } of [good, refused, silent]) {
    for (const token of [BOT_TOKEN, other]) expect(said).not.toContain(token.split(':')[1]);
  }
});

test('without an account the remedy is to sign in', async () => {
  world = await testApp();
  await world.app.db.query.deleteFrom('api_tokens').execute();
  await world.app.db.query.deleteFrom('instagram_accounts').execute();
  const { exitCode, of } = await health({ META_GRAPH_BASE_URL: NOBODY });
  expect(exitCode).toBe(0);
  expect(of('Accounts')).toEqual([
    expect.objectContaining({ state: 'warning', remedy: expect.stringContaining('storyline-cli instagram-auth') }),
  ]);
});

test.each([
  ['a token about to expire', { expiresAt: 3 }, undefined, 'warning', /its token expires on/],
  ['an expired token', { expiresAt: -1, kind: 'user' }, undefined, 'broken', /expired on/],
  [
    'a token whose expiry is a guess',
    { expiresAt: -1 },
    undefined,
    'warning',
    /expired on .*, according to what was entered/,
  ],
  ['data access about to expire', { dataAccess: 3 }, undefined, 'warning', /data access expires on/],
  ['expired data access', { dataAccess: -1 }, undefined, 'broken', /data access expired on/],
  ['a user token about to expire', {}, 3, 'warning', /the user token behind its Page token expires on/],
  ['valid tokens', { expiresAt: 30, dataAccess: 60 }, 30, 'ok', /its token expires on/],
] as const)(
  'of %s',
  async (_, facts: { expiresAt?: number; dataAccess?: number; kind?: TokenKind }, source, state, finding) => {
    const { expiresAt, dataAccess, kind } = facts;
    world = await testApp(threeAccounts);
    const inDays = (days: number | undefined) => (days === undefined ? undefined : new Date(Date.now() + days * DAY));
    const value = world.sandbox.tokens.facebook;
    await store(world, {
      token: { value, kind, expiresAt: inDays(expiresAt), dataAccessExpiresAt: inDays(dataAccess) },
      ...(source === undefined ? {} : { source: { value, expiresAt: inDays(source) } }),
    });
    const { exitCode, of } = await health({}, '--offline');
    expect(of('Account @second.example')).toEqual([
      expect.objectContaining({ state, finding: expect.stringMatching(finding) }),
    ]);
    expect(exitCode).toBe(state === 'broken' ? 1 : 0);
  },
);

test('a readable key file and a writable home cause warnings with the command that fixes them', async () => {
  world = await testApp(threeAccounts);
  await chmod(world.config.keyFile, 0o640);
  await chmod(world.config.home, 0o777);
  const { exitCode, of, said } = await health({}, '--offline');
  expect(exitCode).toBe(0);
  expect(of('Key file')).toEqual([
    expect.objectContaining({ state: 'warning', remedy: `chmod 600 ${world.config.keyFile}` }),
  ]);
  expect(of('Home folder')).toEqual([
    expect.objectContaining({ state: 'warning', remedy: `chmod go-w ${world.config.home}` }),
  ]);
  expect(said.match(/can be read by other users/g)).toHaveLength(1);
});

test('a run whose process died is reported until the next one', async () => {
  world = await testApp(threeAccounts);
  const { id } = await world.app.accounts.find('studio.example');
  const row = { service_name: BACKFILL.service, method_name: BACKFILL.method, status: 'running' } as const;
  await world.app.db.query
    .insertInto('service_runs')
    .values({ ...row, input_params: { account_id: id, incremental: false } })
    .execute();
  const { exitCode, of } = await health({}, '--offline');
  expect([exitCode, of('Backfill')[0]?.state]).toEqual([0, 'warning']);
  await world.run();
  expect((await health({}, '--offline')).of('Backfill')).toEqual([]);
});

test.skipIf(await whyUnreachable())('a database that takes nothing is broken', async () => {
  const made = await makeDatabase('postgres');
  const { target } = made;
  world = await testApp({ ...threeAccounts, database: target });
  expect((await health({}, '--offline')).exitCode).toBe(0);
  if (target.kind === 'postgres')
    await askServer(`alter database "${target.database}" set default_transaction_read_only = on`);
  const { exitCode, of } = await health({}, '--offline');
  expect([exitCode, of('Database')[0]?.state]).toEqual([1, 'broken']);
  expect(of('Database')[0]?.finding).toContain('cannot be written');
  await world.app.close();
  await made.remove();
});
