import { once } from 'node:events';
import { get, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createWebAccess } from '../../../src/accounts/web-access.ts';
import { serveWeb, type WebServer } from '../../../src/web/serve-web.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';
import { until } from '../../support/until.ts';
import { listenTo } from '../event-stream.ts';
import { PASSWORD, writePage } from '../support.ts';

let world: TestApp;
let stop: AbortController;
let web: WebServer;
const sockets: Socket[] = [];
const open = async (environment: Record<string, string> = {}) => {
  world = await testApp({ environment });
  stop = new AbortController();
  const pageFolder = await writePage(join(world.config.home, 'page'));
  web = await serveWeb(world.app, { host: '127.0.0.1', port: 0, pageFolder }, stop.signal);
};
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  stop.abort();
  await web.done;
  await world.close();
});

const port = () => Number(new URL(web.address).port);
/** Holds connections open from an address of this machine, with this much of a request on each. */
async function hold(count: number, localAddress: string, text = ''): Promise<Socket[]> {
  const held = Array.from({ length: count }, () => connect({ port: port(), host: '127.0.0.1', localAddress }));
  for (const socket of held) {
    sockets.push(socket);
    socket.on('error', () => undefined).resume();
    if (text) socket.write(text);
  }
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  return held;
}
const statusFrom = async (localAddress: string, path = '', headers: Record<string, string> = {}): Promise<number> => {
  const asked = get(`${web.address}${path}`, { localAddress, agent: false, headers });
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
};
async function send(headers: Record<string, string>, body: string, localAddress = '127.0.0.1') {
  const asked = request(`${web.address}api/session`, {
    method: 'POST',
    agent: false,
    localAddress,
    headers: { 'Content-Type': 'application/json', Origin: web.address.slice(0, -1), ...headers },
  });
  asked.end(body);
  const [response] = await once(asked, 'response');
  response.resume();
  return response;
}
const setPassword = () => createWebAccess({ db: world.app.db, now: () => new Date() }).setPassword(PASSWORD);
const cookiesOf = (response: { headers: { 'set-cookie'?: string[] } }) =>
  (response.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');

const HALF = 'POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\n';
test.each([
  ['idle', ''],
  ['with half a request', HALF],
  [
    'with a body that never comes',
    `${HALF}Origin: http://127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
  ],
])('600 connections from one address, %s, do not block others', async (_, text) => {
  await open();
  const held = await hold(600, '127.0.0.2', text);
  expect(await statusFrom('127.0.0.3')).toBe(200);
  expect(await statusFrom('127.0.0.2')).toBe(200);
  await until('what is too many is closed', () => held.filter(({ destroyed }) => !destroyed).length <= 128);
});

test('connections from many addresses make room for others; those with access stay', async () => {
  await open();
  await setPassword();
  const cookie = cookiesOf(await send({}, JSON.stringify({ password: PASSWORD }), '127.0.0.9'));
  const mine = get(`${web.address}api/events`, {
    localAddress: '127.0.0.9',
    agent: false,
    headers: { Cookie: cookie },
  });
  const [events] = await once(mine, 'response');
  let isOver = false;
  events.resume().on('close', () => {
    isOver = true;
  });
  mine.on('error', () => undefined);
  for (let n = 10; n < 16; n += 1) await hold(110, `127.0.0.${n}`);
  expect(await statusFrom('127.0.0.99')).toBe(200);
  expect(await statusFrom('127.0.0.9', 'api/session', { Cookie: cookie })).toBe(200);
  expect([events.statusCode, isOver]).toEqual([200, false]);
  mine.destroy();
});

test('HEAD of the events is answered and ends', async () => {
  await open();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  for (let n = 0; n < 20; n += 1) {
    const asked = request(`${web.address}api/events`, { method: 'HEAD', agent: false });
    asked.end();
    const [response] = await once(asked, 'response');
    response.resume();
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream']);
    await once(response, 'close');
  }
  await until('nothing is left of them', () => timers() <= before);
});

test.each([
  [
    'the session is ended',
    async (cookie: string) => {
      await fetch(`${web.address}api/session`, {
        method: 'DELETE',
        headers: { Origin: web.address.slice(0, -1), Cookie: cookie },
      });
    },
  ],
  [
    'the password is changed elsewhere, at the next word',
    async () => {
      await createWebAccess({ db: world.app.db, now: () => new Date() }).setPassword('another good one');
      await world.run();
    },
  ],
])('an event stream ends when %s', async (_, end) => {
  await open();
  await setPassword();
  const cookie = cookiesOf(await send({}, JSON.stringify({ password: PASSWORD })));
  const client = await listenTo(`${web.address}api/events`, { Cookie: cookie });
  await client.hears('the first word', () => true);
  await end(cookie);
  await until('it has ended', () => client.ending() !== undefined);
  expect(client.heard).toEqual([{ running: [] }]);
});

test('an event stream opened before a password was set ends when one is set', async () => {
  await open();
  const client = await listenTo(`${web.address}api/events`);
  await client.hears('the first word', () => true);
  await setPassword();
  const run = world.run();
  await until('it has ended', () => client.ending() !== undefined);
  await run;
  expect(client.heard).toEqual([{ running: [] }]);
});

const origins = async () => {
  const rows = await world.app.db.query.selectFrom('web_login_tries').select('origin').orderBy('origin').execute();
  return rows.map(({ origin }) => origin).filter((origin) => origin !== 'all');
};
const wrong = (forwarded: string) => send({ 'X-Forwarded-For': forwarded }, JSON.stringify({ password: 'wrong' }));

test('X-Forwarded-For of an untrusted client is ignored', async () => {
  await open();
  for (const forged of ['203.0.113.9', '203.0.113.9, 198.51.100.1', '127.0.0.1', 'nonsense']) await wrong(forged);
  expect(await origins()).toEqual(['127.0.0.1']);
});

test('behind a trusted proxy, the last address that is not a proxy counts', async () => {
  await open({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' });
  await wrong('198.51.100.1, 203.0.113.9');
  await wrong('203.0.113.7:50123, 10.1.2.3');
  await wrong('[2001:db8:1:2::7]:443');
  await wrong('nonsense');
  await wrong('198.51.100.2, nonsense, 10.1.2.4');
  expect(await origins()).toEqual([
    '10.1.2.4',
    '127.0.0.1',
    '2001:db8:1/48',
    '2001:db8:1:2/64',
    '203.0.113.7',
    '203.0.113.9',
  ]);
});
