import { truncate } from 'node:fs/promises';
import { get } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { Download } from '../../src/contract/downloads.ts';
import { Problem } from '../../src/contract/problem.ts';
import { downloadRoutes } from '../../src/web/api/routes/downloads.ts';
import { eachDatabase } from '../support/databases.ts';
import { listen } from '../support/listen.ts';
import { album, idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';
import { readZip } from '../support/zip.ts';

let world: TestApp;
let said: string[] = [];
let routes: ReturnType<typeof downloadRoutes>;
afterEach(() => world.close());

async function library(options: Parameters<typeof testApp>[0] = {}) {
  said = [];
  world = await testApp({ posts: [album(3), video(2), image(1)], log: (line) => said.push(line), ...options });
  await world.run();
  routes = downloadRoutes(world.app);
}

const ask = (body: unknown) =>
  routes.request('/downloads', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
const prepare = async (...days: readonly number[]) => {
  const response = await ask({ posts: days.map(idOf) });
  expect(response.status).toBe(201);
  return Download.parse(await response.json());
};

eachDatabase(({ create }) => {
  test('selected posts are prepared, and sent as a ZIP of exactly the announced size', async () => {
    await library({ database: await create() });
    const { id, fileName, posts, files, bytes } = await prepare(3, 1);
    expect({ posts, files }).toEqual({ posts: 2, files: 4 });
    for (const _ of ['once', 'and again']) {
      const response = await routes.request(`/downloads/${id}`);
      expect(Object.fromEntries(response.headers)).toEqual({
        'cache-control': 'no-store',
        'content-disposition': `attachment; filename="${fileName}"`,
        'content-length': String(bytes),
        'content-type': 'application/zip',
        'x-content-type-options': 'nosniff',
      });
      const zip = Buffer.from(await response.arrayBuffer());
      expect(zip.length).toBe(bytes);
      expect(readZip(zip).size).toBe(2 + 2 * 2 + 4);
    }
    const head = await routes.request(`/downloads/${id}`, { method: 'HEAD' });
    expect([head.headers.get('content-length'), (await head.arrayBuffer()).byteLength]).toEqual([String(bytes), 0]);
  });
});

test.each([
  ['no posts', { posts: [] }, 'posts: '],
  ['a path', { posts: ['../secret.key'] }, 'posts.0: expected digits only'],
  ['too many posts', { posts: new Array(5001).fill(idOf(1)) }, 'posts: '],
  ['something else as well', { posts: [idOf(1)], folder: '/' }, ''],
  ['a post that is not there', { posts: [idOf(9)] }, '1 of these posts are not in the library'],
])('refused: %s', async (_what, body, message) => {
  await library();
  const response = await ask(body);
  expect(response.status).toBe(400);
  expect(Problem.parse(await response.json()).error.message).toContain(message);
});

test('an unknown id is not found', async () => {
  await library();
  const unknown = await routes.request(`/downloads/${'A'.repeat(22)}`);
  expect(unknown.status).toBe(404);
  expect(Problem.parse(await unknown.json()).error.message).toBe('Download not found or expired');
  expect((await routes.request('/downloads/..%2f..%2fsecret.key')).status).toBe(400);

  const { id } = await prepare(1);
  await world.app.db.query.deleteFrom('instagram_posts').execute();
  expect((await routes.request(`/downloads/${id}`)).status).toBe(404);
});

test('over a real connection the ZIP is complete; an incomplete one is cut off', async () => {
  await library();
  const { id, bytes } = await prepare(3, 2, 1);
  const { address, close } = await listen(routes.fetch);
  const fetched = () =>
    new Promise<Buffer>((resolve, reject) => {
      get(`${address}/downloads/${id}`, async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve(Buffer.concat(chunks));
        } catch (error) {
          reject(error);
        }
      }).on('error', reject);
    });
  try {
    const zip = await fetched();
    expect(zip.length).toBe(bytes);
    expect(readZip(zip).size).toBe(2 + 3 * 2 + 5);

    // The last file is large, so that it is being sent when it becomes shorter.
    const { file_path: path } = await world.app.db.query
      .selectFrom('media_items')
      .select('file_path')
      .where('instagram_media_id', '=', idOf(1))
      .executeTakeFirstOrThrow();
    await truncate(path, 64 * 1024 * 1024);
    const broken = new Promise((resolve, reject) => {
      get(`${address}/downloads/${id}`, (response) => {
        response.pause();
        truncate(path, 64 * 1024 * 1024 - 1).then(() => response.resume(), reject);
        response.on('aborted', () => resolve(response.complete)).on('end', () => resolve('whole'));
      });
    });
    expect(await broken).toBe(false);
    await until('the log says so', () => said.some((line) => /^error: the download .* failed: .*too few/.test(line)));
  } finally {
    await close();
  }
});
