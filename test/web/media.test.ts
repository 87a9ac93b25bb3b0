import { readdirSync, readlinkSync } from 'node:fs';
import { appendFile, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { type ClientRequest, get, type IncomingMessage, request } from 'node:http';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Problem } from '../../src/contract/problem.ts';
import { createPreviews } from '../../src/gallery/previews.ts';
import { mediaRoutes } from '../../src/web/api/routes/media.ts';
import { eachDatabase } from '../support/databases.ts';
import { listen } from '../support/listen.ts';
import { idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

let world: TestApp;
let said: string[] = [];
afterEach(() => world.close());

const POSTS = [video(2, { media: { seed: 2, width: 96, height: 64, seconds: 1 } }), image(1)];

async function library(options: Parameters<typeof testApp>[0] = {}) {
  said = [];
  world = await testApp({ posts: POSTS, log: (line) => said.push(line), ...options });
  await world.run();
  const { stores, config, outside } = world.app;
  const folder = join(config.home, 'cache', 'previews');
  return mediaRoutes(world.app, createPreviews({ stores, folder, ...outside }));
}

const rowOf = (day: number) =>
  world.app.db.query
    .selectFrom('media_items')
    .selectAll()
    .where('instagram_media_id', '=', idOf(day))
    .executeTakeFirstOrThrow();

const errorOf = async (response: Response) => Problem.parse(await response.json()).error;
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

eachDatabase(({ create }) => {
  test('a file is sent unchanged under its name, and may be cached forever under its version', async () => {
    const routes = await library({ database: await create() });
    const row = await rowOf(1);
    const response = await routes.request(`/media/${row.id.toUpperCase()}/file?v=${row.file_hash.slice(0, 8)}`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=31536000, immutable',
      'content-disposition': `inline; filename="${row.file_name}"`,
      'content-length': String(row.file_size),
      'content-type': 'image/jpeg',
      etag: `"${row.file_hash}"`,
      'last-modified': 'Thu, 01 Jan 2026 12:00:00 GMT',
      'x-content-type-options': 'nosniff',
    });
    expect(await bytesOf(response)).toEqual(await readFile(row.file_path));

    const other = await routes.request(`/media/${row.id}/file?v=01234567&download=1`);
    expect(other.headers.get('cache-control')).toBe('private, no-cache');
    expect(other.headers.get('content-disposition')).toBe(`attachment; filename="${row.file_name}"`);
  });

  test('images and videos have thumbnails', async () => {
    const routes = await library({ database: await create() });
    for (const [day, size, pixels] of [
      [1, '', { width: 360, height: 360 }],
      [1, '&size=view', { width: 64, height: 64 }],
      [2, '', { width: 360, height: 360 }],
    ] as const) {
      const row = await rowOf(day);
      const response = await routes.request(`/media/${row.id}/thumbnail?v=${row.file_hash.slice(0, 8)}${size}`);
      expect(response.headers.get('content-type')).toBe('image/webp');
      expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
      expect(await sharp(await bytesOf(response)).metadata()).toMatchObject({ format: 'webp', ...pixels });
      const again = await routes.request(`/media/${row.id}/thumbnail?${size}`, {
        headers: { 'If-None-Match': response.headers.get('etag') ?? '' },
      });
      expect([again.status, again.headers.get('cache-control')]).toEqual([304, 'private, no-cache']);
    }
  });
});

describe('errors', () => {
  test.each([
    ['/media/..%2f..%2fsecret.key/file', 400, 'id: expected a UUID'],
    ['/media/%2Fetc%2Fpasswd/thumbnail', 400, 'id: expected a UUID'],
    [`/media/${idOf(1)}/file`, 400, 'id: expected a UUID'],
    ['/media/00000000-0000-4000-8000-000000000000/file', 404, 'Media item not found'],
    ['/media/00000000-0000-4000-8000-000000000000/thumbnail', 404, 'Media item not found'],
    ['/media/00000000-0000-4000-8000-000000000000/thumbnail?size=huge', 400, 'size: '],
    ['/media/00000000-0000-4000-8000-000000000000/file?download=yes', 400, 'download: '],
  ])('%s', async (path, status, message) => {
    const routes = await library();
    const response = await routes.request(path);
    expect(response.status).toBe(status);
    expect((await errorOf(response)).message).toContain(message);
  });

  test('a missing file is reported, with the command that downloads it again', async () => {
    const routes = await library();
    const row = await rowOf(1);
    await rm(row.file_path);
    for (const what of ['file', 'thumbnail']) {
      const response = await routes.request(`/media/${row.id}/${what}`);
      expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store']);
      expect(await errorOf(response)).toEqual({
        message: `The file ${row.file_name} is missing on disk`,
        hint: 'Download it again: storyline-cli verify-library --repair',
      });
    }
    await world.app.db.query.updateTable('media_items').set({ source_type: 'google_drive' }).execute();
    expect((await errorOf(await routes.request(`/media/${row.id}/file`))).message).toContain('google_drive');
  });

  test('a file that is not an image has no thumbnail', async () => {
    const routes = await library();
    const row = await rowOf(1);
    await writeFile(row.file_path, 'by no means a picture');
    const response = await routes.request(`/media/${row.id}/thumbnail`);
    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  test('other files are only downloaded, under their names', async () => {
    const routes = await library();
    const { id } = await rowOf(1);
    const fileName = 'Été "5%"; 夏\\.html';
    await world.app.db.query.updateTable('media_items').set({ mime_type: 'text/html', file_name: fileName }).execute();
    const { headers } = await routes.request(`/media/${id}/file`);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="_t_ _5__; __.html"; filename*=UTF-8''%C3%89t%C3%A9%20%225%25%22%3B%20%E5%A4%8F%5C.html`,
    );
  });

  test('a changed file is sent as it is, but not cached forever', async () => {
    const routes = await library();
    const row = await rowOf(1);
    await appendFile(row.file_path, 'more');
    const response = await routes.request(`/media/${row.id}/file?v=${row.file_hash.slice(0, 8)}`);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(response.headers.get('etag')).not.toBe(`"${row.file_hash}"`);
    expect((await bytesOf(response)).length).toBe(row.file_size + 4);
  });
});

describe('ranges and conditions', () => {
  const size = 1000;
  const content = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
  const DATE = 'Thu, 01 Jan 2026 12:00:00 GMT';
  let address: string;
  let routes: Awaited<ReturnType<typeof library>>;
  beforeEach(async () => {
    routes = await library();
    const row = await rowOf(1);
    await writeFile(row.file_path, content);
    const { atime } = await stat(row.file_path);
    const handle = await open(row.file_path);
    await handle.utimes(atime, new Date(DATE));
    await handle.close();
    const change = { file_size: size, file_hash: 'a'.repeat(64) };
    await world.app.db.query.updateTable('media_items').set(change).where('id', '=', row.id).execute();
    address = `/media/${row.id}/file`;
  });
  const ETAG = `"${'a'.repeat(64)}"`;

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=10-19', 10, 20],
    ['bytes=990-', 990, 1000],
    ['bytes=-10', 990, 1000],
    ['bytes=-5000', 0, 1000],
    ['bytes=500-99999999999999999999', 500, 1000],
    ['BYTES = 1 - 2', 1, 3],
  ])('%s is a range', async (range, start, end) => {
    const response = await routes.request(address, { headers: { Range: range } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(response.headers.get('content-length')).toBe(String(end - start));
    expect(await bytesOf(response)).toEqual(content.subarray(start, end));
  });

  test.each(['bytes=0-1,5-6', 'bytes=9-1', 'bytes=-', 'bytes=a-b', 'pages=1-2', '0-5'])(
    '%s is the whole',
    async (range) => {
      const response = await routes.request(address, { headers: { Range: range } });
      expect([response.status, response.headers.get('content-range')]).toEqual([200, null]);
      expect(await bytesOf(response)).toEqual(content);
    },
  );

  test.each(['bytes=1000-', 'bytes=1000-1001', 'bytes=-0'])('%s is outside the file', async (range) => {
    const response = await routes.request(address, { headers: { Range: range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */1000']);
    expect((await errorOf(response)).message).toBe('The range is outside the file, which has 1000 bytes');
  });

  test('an empty file has no ranges, and is sent empty', async () => {
    const row = await rowOf(1);
    await truncate(row.file_path, 0);
    expect((await routes.request(address, { headers: { Range: 'bytes=0-' } })).status).toBe(416);
    const response = await routes.request(address);
    expect([response.status, response.headers.get('content-length'), (await bytesOf(response)).length]).toEqual([
      200,
      '0',
      0,
    ]);
  });

  test.each([
    [{ 'If-Range': ETAG }, 206],
    [{ 'If-Range': DATE }, 206],
    [{ 'If-Range': `W/${ETAG}` }, 200],
    [{ 'If-Range': '"another"' }, 200],
    [{ 'If-Range': 'Thu, 01 Jan 2026 12:00:01 GMT' }, 200],
    [{ 'If-Range': 'nonsense' }, 200],
    [{ 'If-None-Match': ETAG }, 304],
    [{ 'If-None-Match': `"x", W/${ETAG}` }, 304],
    [{ 'If-None-Match': '*' }, 304],
    [{ 'If-None-Match': '"x"' }, 206],
    [{ 'If-Modified-Since': DATE }, 304],
    [{ 'If-Modified-Since': 'Thu, 01 Jan 2026 11:59:59 GMT' }, 206],
    [{ 'If-Modified-Since': DATE, 'If-None-Match': '"x"' }, 206],
  ])('%o: %i', async (headers, status) => {
    const response = await routes.request(address, { headers: { Range: 'bytes=1-2', ...headers } });
    expect(response.status).toBe(status);
    expect((await bytesOf(response)).length).toBe({ 200: 1000, 206: 2, 304: 0 }[status]);
    expect(response.headers.get('etag')).toBe(ETAG);
  });

  test('HEAD has the headers of GET for the whole file', async () => {
    const response = await routes.request(address, { method: 'HEAD', headers: { Range: 'bytes=1-2' } });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '1000']);
    expect((await bytesOf(response)).length).toBe(0);
  });
});

describe('over a real port', () => {
  const SIZE = 64 * 1024 * 1024;
  let listening: Awaited<ReturnType<typeof listen>>;
  let address: string;
  let filePath: string;
  beforeEach(async () => {
    const routes = await library();
    const row = await rowOf(2);
    filePath = row.file_path;
    await truncate(filePath, SIZE);
    await world.app.db.query.updateTable('media_items').set({ file_size: SIZE }).where('id', '=', row.id).execute();
    listening = await listen(routes.fetch);
    address = `${listening.address}/media/${row.id}/file`;
  });
  afterEach(() => listening.close());

  const answer = (asked: ClientRequest) =>
    new Promise<IncomingMessage>((resolve, reject) => asked.once('response', resolve).once('error', reject).end());
  const drain = async (response: IncomingMessage) => {
    let size = 0;
    for await (const chunk of response) size += chunk.length;
    return size;
  };
  /** Whether this process has the file open. */
  const isOpen = () =>
    readdirSync('/proc/self/fd').some((descriptor) => {
      try {
        return basename(readlinkSync(`/proc/self/fd/${descriptor}`)).startsWith(basename(filePath));
      } catch {
        return false;
      }
    });

  test('a whole file, a range and HEAD', async () => {
    const whole = await answer(get(address));
    expect([whole.statusCode, whole.headers['content-length'], await drain(whole)]).toEqual([200, String(SIZE), SIZE]);
    const part = await answer(get(address, { headers: { Range: 'bytes=-1000' } }));
    expect([part.statusCode, part.headers['content-range'], await drain(part)]).toEqual([
      206,
      `bytes ${SIZE - 1000}-${SIZE - 1}/${SIZE}`,
      1000,
    ]);
    const head = await answer(request(address, { method: 'HEAD' }));
    expect([head.statusCode, head.headers['content-length'], await drain(head)]).toEqual([200, String(SIZE), 0]);
    const beyond = await answer(get(address, { headers: { Range: `bytes=${SIZE}-` } }));
    expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, `bytes */${SIZE}`]);
    await drain(beyond);
    await until('the file is closed', () => !isOpen());
  });

  test.skipIf(process.platform !== 'linux')(
    'who leaves has the file closed, and who is slow has it waiting',
    async () => {
      const response = await answer(get(address));
      response.pause();
      // What lies in buffers between is far less than the file: it is still open, and waits.
      await until('the file is open', isOpen);
      response.destroy();
      await until('the file is closed', () => !isOpen());
      expect(said.filter((line) => line.startsWith('error'))).toEqual([]);
    },
  );

  test('a file that becomes shorter while it is being sent closes the connection, and is logged', async () => {
    const response = await answer(get(address));
    response.pause();
    await truncate(filePath, SIZE - 1);
    await expect(drain(response)).rejects.toThrow('aborted');
    await until('the log says so', () =>
      said.some((line) => /^error: sending media item .* failed.*1 bytes too few/.test(line)),
    );
    expect(isOpen()).toBe(false);
  });

  test('replacing a file while it is being sent does not mix the two', async () => {
    const response = await answer(get(address));
    response.pause();
    await writeFile(`${filePath}.new`, 'another');
    await rename(`${filePath}.new`, filePath);
    expect(await drain(response)).toBe(SIZE);
  });
});
