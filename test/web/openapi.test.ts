import type { RouteConfig } from '@hono/zod-openapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ZodType } from 'zod';
import { openWebAccess } from '../../src/app/web-access.ts';
import { createLoginThrottle } from '../../src/web/access/login-throttle.ts';
import { createLibraryApi, type LibraryApi } from '../../src/web/api/library-api.ts';
import { album, idOf, image, video } from '../support/posts.ts';
import { type TestGallery, testGallery } from './support.ts';

let gallery: TestGallery;
let api: LibraryApi;
const stop = new AbortController();
/** What stands for each parameter of a path, in a library that has been filled. */
const examples: Record<string, string> = {};

beforeAll(async () => {
  gallery = await testGallery({ posts: [album(3), video(2), image(1)], stories: [] });
  await gallery.library.run();
  const { db, outside } = gallery.library.app;
  const run = await db.query.selectFrom('service_runs').select('id').executeTakeFirstOrThrow();
  const item = await db.query
    .selectFrom('instagram_items')
    .select('media_item_id')
    .where('media_item_id', 'is not', null)
    .executeTakeFirstOrThrow();
  const download = await gallery.send('POST', '/api/downloads', { posts: [idOf(3)] });
  if (download.ok) examples['/downloads'] = ((await download.json()) as { id: string }).id;
  Object.assign(examples, { '/posts': idOf(3), '/runs': run.id, '/media': item.media_item_id });
  const session = {
    access: gallery.access,
    throttle: createLoginThrottle<string>({
      ...outside,
      tries: openWebAccess(gallery.library.app).tries,
      signal: stop.signal,
    }),
    addressOf: () => '127.0.0.1',
    library: 'own',
    version: '1.2.3',
  } as const;
  api = createLibraryApi(gallery.library.app, { prefix: '/api', session, signal: stop.signal });
});
afterAll(async () => {
  stop.abort();
  await api.settled();
  await gallery.close();
});

const described = (): RouteConfig[] =>
  api.routes.openAPIRegistry.definitions.flatMap((one) => (one.type === 'route' ? [one.route] : []));
const named = (method: string, path: string) =>
  `${method.toUpperCase()} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`;

test('the description has exactly the served routes', async () => {
  const served = api.routes.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => named(method, path));
  const document = (await (await gallery.ask('/api/openapi.json')).json()) as {
    openapi: string;
    info: object;
    paths: Record<string, object>;
  };
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'Storyline', version: '1.2.3', license: { name: 'MIT' } },
  });
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => named(method, path)),
  );
  expect([...new Set(served)].toSorted()).toEqual(told.toSorted());
  expect(told.length).toBeGreaterThan(3);
});

test('every reference in the description resolves', async () => {
  const document = (await (await gallery.ask('/api/openapi.json')).json()) as Record<string, unknown>;
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references) {
    const found = reference
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
    expect([reference, found]).not.toEqual([reference, undefined]);
  }
});

test('every GET route answers as described', async () => {
  const gets = described().filter(({ method }) => method === 'get');
  expect(gets.length).toBeGreaterThan(1);
  for (const { path, responses } of gets) {
    const good = responses[200];
    const content = good && 'content' in good ? good.content : undefined;
    const body = content?.['application/json'];
    const schema = body && 'schema' in body ? (body.schema as ZodType) : undefined;
    const leave = new AbortController();
    const answer = await gallery.ask(`/api${filled(path)}`, { signal: leave.signal });
    expect([path, answer.status in responses || String(answer.status) in responses]).toEqual([path, true]);
    expect([path, answer.ok]).toEqual([path, true]);
    if (schema && answer.ok) expect([path, schema.safeParse(await answer.json()).error]).toEqual([path, undefined]);
    else await answer.body?.cancel();
    leave.abort();
  }
});

test('a described body is required: a request without it is refused', async () => {
  const taking = described().filter(({ request }) => request?.body);
  for (const { method, path } of taking) {
    const answer = await gallery.ask(`/api${filled(path)}`, {
      method: method.toUpperCase(),
      headers: { Origin: 'http://localhost:8765' },
    });
    expect([method, path, answer.status]).toEqual([method, path, 400]);
  }
  expect(taking.length).toBeGreaterThan(0);
});

test('invalid ids are refused on every route', async () => {
  for (const { method, path } of described().filter((one) => one.path.includes('{'))) {
    for (const wrong of ['nonsense', '..', "1'--", 'x'.repeat(300), '%F0%9F%8C%88']) {
      const answer = await gallery.ask(`/api${path.replace(/\{\w+\}/g, wrong)}`, {
        method: method.toUpperCase(),
        headers: { Origin: 'http://localhost:8765', 'Content-Type': 'application/json' },
        ...(method === 'get' ? {} : { body: '{}' }),
      });
      expect([method, path, wrong, Math.floor(answer.status / 100)]).toEqual([method, path, wrong, 4]);
      expect((await answer.json()) as object).toMatchObject({ error: { message: expect.any(String) } });
    }
  }
});

/** A path with an example in the place of each parameter, by the collection that it is in. */
const filled = (path: string): string =>
  path.replace(/(\/\w+)\/\{\w+\}/g, (_, collection: string) => `${collection}/${examples[collection] ?? 'none'}`);
