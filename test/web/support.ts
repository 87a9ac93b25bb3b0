import { scryptSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { SandboxLibrary } from '../../src/app/sandbox.ts';
import { openWebAccess, type WebAccess } from '../../src/app/web-access.ts';
import { createWebRoutes, type WebRoutes } from '../../src/web/web-routes.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

export const ORIGIN = 'http://localhost:8765';
export const PASSWORD = 'a few good words';

type Options = Parameters<typeof testApp>[0] & {
  host?: string;
  openSandbox?: () => Promise<SandboxLibrary>;
};

export interface TestGallery {
  readonly library: TestApp;
  readonly server: WebRoutes;
  readonly access: WebAccess;
  readonly logged: string[];
  /** Sets {@link PASSWORD} with a low scrypt cost, which is fast. */
  setCheaply(): Promise<void>;
  /** Sends a request as the page does. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Sends JSON as the page does. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** The gallery of a real library, without a connection. */
export async function testGallery({ host = '127.0.0.1', openSandbox, ...options }: Options = {}): Promise<TestGallery> {
  const logged: string[] = [];
  const library = await testApp({ log: (line) => logged.push(line), ...options });
  const pageFolder = await writePage(join(library.config.home, 'page'));
  const { access, tries } = openWebAccess(library.app);
  const stop = new AbortController();
  const notOpened = () => Promise.reject(new Error('the test did not expect the sandbox to be opened'));
  const server = createWebRoutes({
    library: library.app,
    openSandbox: openSandbox ?? notOpened,
    pageFolder,
    access,
    tries,
    version: '1.2.3',
    host,
    signal: stop.signal,
  });
  const ask = async (path: string, init: RequestInit = {}) => server.routes.request(`${ORIGIN}${path}`, init);
  return {
    library,
    server,
    access,
    logged,
    async setCheaply() {
      const salt = Buffer.from('a salt for tests');
      const hash = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 1 });
      const stored = `scrypt$1024$8$1$${salt.toString('base64')}$${hash.toString('base64')}`;
      const row = { id: 1, password_hash: stored, changed_at: library.app.outside.now() };
      await library.app.db.query.insertInto('web_access').values(row).execute();
    },
    ask,
    send: (method, path, body, headers) =>
      ask(path, {
        method,
        headers: { Origin: ORIGIN, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async close() {
      stop.abort();
      await server.close();
      await library.close();
    },
  };
}

/** Writes a tiny page in the layout of the build. */
export async function writePage(folder: string): Promise<string> {
  const files = {
    'index.html': '<!doctype html><title>Storyline</title><script src="/assets/page-1a2b.js">',
    'assets/page-1a2b.js': `document.title = 'Storyline';\n${'// one line after the other\n'.repeat(200)}`,
    'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  };
  await mkdir(join(folder, 'assets'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await writeFile(join(folder, `${name}.br`), brotliCompressSync(text));
    await writeFile(join(folder, `${name}.gz`), gzipSync(text));
  }
  return folder;
}

/** The cookie that a browser would send back. */
export const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';

export const messageOf = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: { message: string } }).error.message;
