import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWebAccess } from '../../src/accounts/web-access.ts';
import { serveWeb, type WebServer } from '../../src/web/serve-web.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { PASSWORD, writePage } from './support.ts';

let world: TestApp;
let stop: AbortController;
let web: WebServer;
let pageFolder: string;
beforeEach(async () => {
  world = await testApp();
  stop = new AbortController();
  pageFolder = await writePage(join(world.config.home, 'page'));
  web = await serveWeb(world.app, { host: '127.0.0.1', port: 0, pageFolder }, stop.signal);
});
afterEach(async () => {
  stop.abort();
  await web.done;
  await world.close();
});

const port = () => Number(new URL(web.address).port);

/** Sends a request letter by letter, and gives all that comes back. */
async function raw(text: string): Promise<string> {
  const socket = connect(port(), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    answer += part;
  });
  // One that is refused early may be closed under what is still being sent.
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
const get = (target: string, host = `127.0.0.1:${port()}`) =>
  raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
const statusOf = (answer: string) => Number(answer.split(' ')[1]);

test('the page and the API answer over a port', async () => {
  expect(web.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await (await fetch(web.address)).text()).toContain('<title>Storyline</title>');
  const session = await fetch(`${web.address}api/session`);
  expect(await session.json()).toMatchObject({ access: 'open', library: 'own' });
  expect(session.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('a foreign host name is refused over a real connection too', async () => {
  expect(statusOf(await get('/api/session'))).toBe(200);
  expect(statusOf(await get('/api/session', `localhost:${port()}`))).toBe(200);
  expect(statusOf(await get('/api/session', 'evil.example'))).toBe(421);
  for (const strange of ['evil.example@127.0.0.1', '127.0.0.1/', 'a b', '']) {
    expect([400, 421]).toContain(statusOf(await get('/api/session', strange)));
  }
  expect(statusOf(await raw('GET /api/session HTTP/1.0\r\n\r\n'))).toBe(400);
  expect(
    statusOf(await raw('GET http://evil.example/api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')),
  ).toBe(400);
});

test.each([
  '/../../etc/passwd',
  '/assets/../../../etc/passwd',
  '/assets/%2e%2e/%2e%2e/etc/passwd',
  '/assets/..%2f..%2fetc/passwd',
  '/assets/..\\..\\etc',
  '/assets//etc/passwd',
  '/assets/./page-1a2b.js',
  '/api/media/../session',
  '/assets/%00',
  '/%c0%ae%c0%ae/etc/passwd',
])('the path %s is refused', async (path) => {
  const answer = await get(path);
  expect(statusOf(answer)).toBe(400);
  expect(answer).toContain('X-Content-Type-Options: nosniff'.toLowerCase());
});

test('an overlong address, large headers and large bodies are refused, also without a length', async () => {
  expect(statusOf(await get(`/${'a'.repeat(5000)}`))).toBe(414);
  expect(statusOf(await raw(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`))).toBe(431);
  const send = async (headers: Record<string, string>, parts: number) => {
    const sent = request(`${web.address}api/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: web.address.slice(0, -1), ...headers },
    });
    sent.on('error', () => undefined);
    const answered = once(sent, 'response');
    for (let part = 0; part < parts; part += 1) sent.write('x'.repeat(64 * 1024));
    sent.end();
    const [response] = await answered;
    response.resume();
    return response.statusCode as number;
  };
  expect(await send({ 'Content-Length': String(8 * 64 * 1024) }, 8)).toBe(413);
  expect(await send({ 'Transfer-Encoding': 'chunked' }, 8)).toBe(413);
  expect(await send({ 'Transfer-Encoding': 'chunked' }, 1)).toBe(400);
});

test('a POST of another page is refused over a real connection too', async () => {
  const post = (headers: Record<string, string>) => fetch(`${web.address}api/session`, { method: 'DELETE', headers });
  expect((await post({})).status).toBe(403);
  expect((await post({ Origin: 'http://127.0.0.1:1' })).status).toBe(403);
  expect((await post({ Origin: web.address.slice(0, -1) })).status).toBe(200);
});

test('it listens on other addresses only if a password is set', async () => {
  const open = () => serveWeb(world.app, { host: '0.0.0.0', port: 0, pageFolder }, stop.signal);
  await expect(open()).rejects.toMatchObject({
    name: 'UsageError',
    message: 'Refusing to listen on 0.0.0.0 without a password: others could see the library',
    hint: 'Set one first: storyline-cli set-web-password',
  });
  await createWebAccess({ db: world.app.db, now: () => new Date() }).setPassword(PASSWORD);
  const other = await open();
  expect(other.address).toMatch(/^http:\/\/localhost:\d+\/$/);
  expect((await fetch(`${other.address}api/openapi.json`)).status).toBe(401);
  stop.abort();
  await other.done;
});

test('an occupied port and an address of another machine are reported, with a hint', async () => {
  const asked = { host: '127.0.0.1', port: port(), pageFolder };
  await expect(serveWeb(world.app, asked, stop.signal)).rejects.toMatchObject({
    name: 'UsageError',
    message: `Port ${port()} cannot be used for the gallery: EADDRINUSE`,
  });
  await createWebAccess({ db: world.app.db, now: () => new Date() }).setPassword(PASSWORD);
  await expect(serveWeb(world.app, { ...asked, host: '192.0.2.1', port: 0 }, stop.signal)).rejects.toMatchObject({
    name: 'UsageError',
    message: 'The gallery cannot listen on 192.0.2.1: EADDRNOTAVAIL',
  });
});

test('when stopped, it accepts no connections and does not wait for open ones', async () => {
  const kept = connect(port(), '127.0.0.1');
  await once(kept, 'connect');
  // Half a request, the rest of which never comes.
  kept.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n');
  const gone = once(
    kept.resume().on('error', () => undefined),
    'close',
  );
  await fetch(web.address);
  stop.abort();
  await web.done;
  await gone;
  await expect(fetch(web.address)).rejects.toThrow();
});
