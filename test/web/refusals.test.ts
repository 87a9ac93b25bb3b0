import { afterAll, beforeAll, expect, test } from 'vitest';
import { cookieOf, messageOf, ORIGIN, PASSWORD, type TestGallery, testGallery } from './support.ts';

let gallery: TestGallery;
beforeAll(async () => {
  gallery = await testGallery();
});
afterAll(() => gallery.close());

const statusOf = async (path: string, headers: Record<string, string>, method = 'GET') =>
  (await gallery.ask(path, { method, headers })).status;

test('a foreign host name that resolves to this machine is refused, on the page and the API', async () => {
  for (const host of [
    'evil.example',
    'evil.example:8765',
    'localhost.evil.example:8765',
    '127.0.0.1.evil.example',
    '192.168.1.5:8765',
  ]) {
    for (const path of ['/', '/api/session', '/assets/page-1a2b.js', '/sandbox/api/session']) {
      const answer = await gallery.ask(path, { headers: { Host: host } });
      expect([host, path, answer.status]).toEqual([host, path, 421]);
      expect(await messageOf(answer)).toBe('The gallery does not serve this host name');
    }
  }
  for (const host of ['localhost:8765', '127.0.0.1:8765', '[::1]:8765', 'LOCALHOST:1', '127.0.0.1']) {
    expect([host, await statusOf('/api/session', { Host: host })]).toEqual([host, 200]);
  }
});

test('the address that it listens on is accepted as a host name', async () => {
  const other = await testGallery({ host: '127.0.0.7' });
  try {
    expect((await other.ask('/api/session', { headers: { Host: '127.0.0.7:8765' } })).status).toBe(200);
    expect((await other.ask('/api/session', { headers: { Host: '127.0.0.8:8765' } })).status).toBe(421);
  } finally {
    await other.close();
  }
});

test.each([
  ['nothing that says where it comes from', {}, 403],
  ['another site', { Origin: 'https://evil.example' }, 403],
  ['another port of this machine', { Origin: 'http://localhost:3000' }, 403],
  ['a page that hides its origin', { Origin: 'null' }, 403],
  ['what is no address', { Origin: 'localhost:8765' }, 403],
  ['another site, as the browser knows', { 'Sec-Fetch-Site': 'cross-site', Origin: ORIGIN }, 403],
  ['another port, as the browser knows', { 'Sec-Fetch-Site': 'same-site', Origin: ORIGIN }, 403],
  ['a form that was typed', { 'Sec-Fetch-Site': 'none' }, 403],
  ['its own page', { Origin: ORIGIN }, 200],
  ['its own page, as the browser knows', { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }, 200],
])('requests that change something are refused unless they come from the page: %s', async (_, headers, status) => {
  for (const method of ['DELETE']) expect(await statusOf('/api/session', headers, method)).toBe(status);
  // Whatever it would have come to.
  for (const method of ['POST', 'PUT', 'PATCH']) {
    expect((await statusOf('/api/no-such-thing', headers, method)) === 403).toBe(status === 403);
  }
});

test('pages of other sites cannot read the API, but may link to the page', async () => {
  for (const site of ['cross-site', 'same-site']) {
    const answer = await gallery.ask('/api/session', { headers: { 'Sec-Fetch-Site': site } });
    expect(answer.status).toBe(403);
    expect(await messageOf(answer)).toBe('Pages of other sites cannot read this');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const navigation = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate' };
    expect(await statusOf('/runs', navigation)).toBe(200);
    expect(await statusOf('/api/session', navigation)).toBe(403);
  }
  expect(await statusOf('/api/session', { 'Sec-Fetch-Site': 'same-origin' })).toBe(200);
  expect(await statusOf('/api/session', { 'Sec-Fetch-Site': 'none' })).toBe(200);
  const preflight = await gallery.ask('/api/session', {
    method: 'OPTIONS',
    headers: { Origin: 'https://evil.example' },
  });
  expect(preflight.status).toBe(405);
  expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('a body must be valid, small JSON', async () => {
  const post = (body: RequestInit['body'], headers: Record<string, string> = { 'Content-Type': 'application/json' }) =>
    gallery.ask('/api/session', { method: 'POST', headers: { Origin: ORIGIN, ...headers }, body: body ?? null });
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ]) {
    const answer = await post('{"password":"x"}', { 'Content-Type': type });
    expect([type, answer.status]).toEqual([type, 415]);
  }
  const broken = await post('{"password":');
  expect(broken.status).toBe(400);
  expect(await messageOf(broken)).toMatch(/JSON/);
  const wrong = await post('{"password":7}');
  expect(wrong.status).toBe(400);
  expect(await messageOf(wrong)).toMatch(/^password: /);
  expect((await post('{"password":"x","more":1}')).status).toBe(400);
  expect((await post(undefined)).status).toBe(400);
  const large = JSON.stringify({ password: 'x'.repeat(300 * 1024) });
  expect(
    (await post(large, { 'Content-Type': 'application/json', 'Content-Length': String(large.length) })).status,
  ).toBe(413);
  expect((await post(large)).status).toBe(413);
});

test('a wrong method and an unknown route are refused with a reason', async () => {
  const wrong = await gallery.send('PUT', '/api/session', {});
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, DELETE']);
  expect(await messageOf(wrong)).toBe('Method not allowed');
  for (const path of ['/api', '/api/', '/api/nothing', '/api/session/more']) {
    const unknown = await gallery.ask(path);
    expect([path, unknown.status]).toEqual([path, 404]);
    expect(await messageOf(unknown)).toBe('Not found');
  }
  const posted = await gallery.send('POST', '/runs', {});
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test.each([
  '/..%2f..%2fetc/passwd',
  '/assets/%2e%2e%2f%2e%2e%2fetc/passwd',
  '/assets/..%5c..%5cetc',
  '/assets/%00.js',
  '/api/media/%2Fetc%2Fpasswd/file',
  '/assets/page-1a2b.js%0a',
  '/%ff',
  '//evil.example/',
])('the address %s is refused', async (path) => {
  expect((await gallery.ask(path)).status).toBe(400);
});

test('an overlong address is refused', async () => {
  expect((await gallery.ask(`/api/session?q=${'x'.repeat(5000)}`)).status).toBe(414);
});

test('every answer has the security headers, errors too', async () => {
  const answers = await Promise.all([
    gallery.ask('/'),
    gallery.ask('/nothing'),
    gallery.ask('/assets/page-1a2b.js'),
    gallery.ask('/api/session'),
    gallery.ask('/api/nothing'),
    gallery.ask('/', { headers: { Host: 'evil.example' } }),
    gallery.ask('/%ff'),
    gallery.send('POST', '/api/session', 'nonsense'),
  ]);
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
    );
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:/);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
  }
  expect((await gallery.ask('/api/session')).headers.get('cache-control')).toBe('no-store');
});

test('a server that others can reach refuses everybody after its password was removed', async () => {
  const open = await testGallery({ host: '0.0.0.0' });
  try {
    await open.access.setPassword(PASSWORD);
    const far = { Host: '192.168.1.5:8765', Origin: 'http://192.168.1.5:8765' };
    const loggedIn = await open.send('POST', '/api/session', { password: PASSWORD }, far);
    const headers = { ...far, Cookie: cookieOf(loggedIn) };
    expect((await open.ask('/api/openapi.json', { headers })).status).toBe(200);
    await open.access.removePassword();
    expect((await open.ask('/api/openapi.json', { headers })).status).toBe(421);
    expect((await open.ask('/api/openapi.json', { headers: { Host: 'localhost' } })).status).toBe(403);
  } finally {
    await open.close();
  }
});
