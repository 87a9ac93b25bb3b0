import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPageFolder } from '../../src/web/page/page-folder.ts';
import { type TestGallery, testGallery } from './support.ts';

let gallery: TestGallery;
beforeAll(async () => {
  gallery = await testGallery();
});
afterAll(() => gallery.close());

test.each(['/', '/posts/17900000000000001', '/runs', '/runs/a-run', '/library', '/accounts', '/login', '/runs/'])(
  'the page is served at %s, and below /sandbox',
  async (path) => {
    for (const address of [path, `/sandbox${path}`]) {
      const answer = await gallery.ask(address);
      expect([address, answer.status]).toEqual([address, 200]);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(await answer.text()).toContain('<title>Storyline</title>');
    }
  },
);

test('an unknown address is not found: browsers get the page, scripts plain text', async () => {
  for (const path of ['/nothing', '/posts/1/2', '/assets/page-old.js', '/index.html.br', '/sandboxes']) {
    const answer = await gallery.ask(path);
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 404, 'text/plain; charset=UTF-8']);
    const looked = await gallery.ask(path, { headers: { Accept: 'text/html,*/*' } });
    expect([path, looked.status, looked.headers.get('content-type')]).toEqual([path, 404, 'text/html; charset=utf-8']);
  }
  const moved = await gallery.ask('/sandbox');
  expect([moved.status, moved.headers.get('location')]).toEqual([308, '/sandbox/']);
});

test('assets may be cached forever, and are compressed as the browser accepts', async () => {
  const path = '/assets/page-1a2b.js';
  const get = async (encoding: string) => {
    const answer = await gallery.ask(path, { headers: { 'Accept-Encoding': encoding } });
    return { answer, body: Buffer.from(await answer.arrayBuffer()), encoding: answer.headers.get('content-encoding') };
  };
  const plain = await get('');
  expect(plain.encoding).toBeNull();
  expect(plain.answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(plain.answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(plain.answer.headers.get('vary')).toBe('Accept-Encoding');
  const brotli = await get('gzip, deflate, br, zstd');
  expect(brotli.encoding).toBe('br');
  expect(brotliDecompressSync(brotli.body)).toEqual(plain.body);
  const gzipped = await get('gzip, br;q=0');
  expect(gzipped.encoding).toBe('gzip');
  expect(gunzipSync(gzipped.body)).toEqual(plain.body);
  const tags = [plain, brotli, gzipped].map(({ answer }) => answer.headers.get('etag'));
  expect(new Set(tags).size).toBe(3);

  const again = await gallery.ask(path, { headers: { 'Accept-Encoding': 'br', 'If-None-Match': tags[1] ?? '' } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  const changed = await gallery.ask(path, { headers: { 'Accept-Encoding': 'br', 'If-None-Match': tags[0] ?? '' } });
  expect(changed.status).toBe(200);
  const head = await gallery.ask(path, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    200,
    String(plain.body.length),
    '',
  ]);
});

test('only long API answers are compressed', async () => {
  const long = await gallery.ask('/api/openapi.json', { headers: { 'Accept-Encoding': 'gzip, br' } });
  expect(long.headers.get('content-encoding')).toBe('br');
  const text = brotliDecompressSync(Buffer.from(await long.arrayBuffer())).toString();
  expect(text).toBe(await (await gallery.ask('/api/openapi.json')).text());
  const short = await gallery.ask('/api/session', { headers: { 'Accept-Encoding': 'gzip, br' } });
  expect(short.headers.get('content-encoding')).toBeNull();
});

test('a page that was not built is an error at the start', async () => {
  const { home } = gallery.library.config;
  expect(() => findPageFolder([home])).toThrow("The gallery's page is missing");
  expect(findPageFolder([home, join(home, 'page')])).toBe(join(home, 'page'));
});
