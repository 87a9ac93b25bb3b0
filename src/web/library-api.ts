import type { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../app.ts';
import { documentRoutes } from './routes/document.ts';
import { type SessionOptions, sessionRoutes } from './routes/session.ts';
import { createRoutes } from './routes.ts';

export interface LibraryApi {
  readonly routes: OpenAPIHono;
  /** Comes when what was begun for the page has ended: to be awaited before the library is closed. */
  settled(): Promise<void>;
}

interface LibraryApiOptions {
  /** Where the routes are reached: `/api`. */
  readonly prefix: string;
  readonly session: SessionOptions;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

/** All that the page can ask of one library. */
export function createLibraryApi(_app: App, { prefix, session }: LibraryApiOptions): LibraryApi {
  const routes = createRoutes();
  routes.route('/', sessionRoutes(session));
  routes.route(
    '/',
    documentRoutes(() => routes, { prefix, version: session.version }),
  );
  return { routes, settled: async () => undefined };
}
