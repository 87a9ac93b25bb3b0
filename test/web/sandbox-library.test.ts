import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandboxLibrary, type SandboxLibrary, sandboxConfig } from '../../src/app/sandbox.ts';
import { PASSWORD, type TestGallery, testGallery } from './support.ts';

let gallery: TestGallery;
let opened: Promise<SandboxLibrary>[];
beforeEach(async () => {
  opened = [];
  gallery = await testGallery({
    openSandbox: () => {
      const one = openSandboxLibrary(gallery.library.app);
      one.catch(() => undefined);
      opened.push(one);
      return one;
    },
  });
});
afterEach(() => gallery.close());

test("the sandbox's library is opened once, on the first request, and closed with the gallery", async () => {
  await Promise.all(
    ['/', '/sandbox/', '/api/session', '/api/openapi.json', '/sandbox/api/session'].map((path) => gallery.ask(path)),
  );
  expect(opened).toHaveLength(0);
  const answers = await Promise.all(Array.from({ length: 5 }, () => gallery.ask('/sandbox/api/openapi.json')));
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
  expect((await answers[0]?.json()) as object).toMatchObject({ servers: [{ url: '/sandbox/api' }] });
  expect(opened).toHaveLength(1);
  expect(await (await gallery.ask('/sandbox/api/session')).json()).toMatchObject({
    library: 'sandbox',
    access: 'open',
  });
  const library = await opened[0];
  expect(library?.app.db.location).not.toBe(gallery.library.app.db.location);
  expect(await library?.app.accounts.choose(undefined)).toMatchObject({
    username: gallery.library.sandbox.account.username,
  });
  await gallery.server.close();
  await expect(library?.app.db.query.selectFrom('web_access').selectAll().execute()).rejects.toThrow();
});

test('if it cannot be opened, the request fails and the next one tries again', async () => {
  const { home } = sandboxConfig(gallery.library.config);
  await mkdir(dirname(home), { recursive: true });
  await writeFile(home, 'a file where the folder should be');
  const answer = await gallery.ask('/sandbox/api/openapi.json');
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(((await answer.json()) as { error: { message: string } }).error.message).toBeTruthy();
  await gallery.ask('/sandbox/api/openapi.json');
  expect(opened).toHaveLength(2);
});

test('clients without access cannot open it', async () => {
  await gallery.access.setPassword(PASSWORD);
  expect((await gallery.ask('/sandbox/api/openapi.json')).status).toBe(401);
  expect((await gallery.send('POST', '/sandbox/api/session', { password: 'wrong' })).status).toBe(401);
  expect((await gallery.send('POST', '/sandbox/api/session', { password: PASSWORD })).status).toBe(200);
  expect((await gallery.send('POST', '/sandbox/api/anything', {})).status).toBe(401);
  expect(opened).toHaveLength(0);
});
