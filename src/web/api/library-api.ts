import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../../app/open.ts';
import { createFileNotes } from '../../gallery/file-notes.ts';
import { createMeasures } from '../../gallery/measure.ts';
import { createPreviews } from '../../gallery/previews.ts';
import { documentRoutes } from './routes/document.ts';
import { downloadRoutes } from './routes/downloads.ts';
import { eventRoutes, type Watching } from './routes/events.ts';
import { libraryRoutes } from './routes/library.ts';
import { mediaRoutes } from './routes/media.ts';
import { postRoutes } from './routes/posts.ts';
import { runRoutes } from './routes/runs.ts';
import { type SessionOptions, sessionRoutes } from './routes/session.ts';
import { createRoutes } from './routes.ts';
import { createRunWatch } from './run-watch.ts';
import { createWebRuns } from './web-runs.ts';

export interface LibraryApi {
  readonly routes: OpenAPIHono;
  /** Comes when what was begun for the page has ended: to be awaited before the library is closed. */
  settled(): Promise<void>;
}

interface LibraryApiOptions {
  /** Where the routes are reached: `/api`. */
  readonly prefix: string;
  readonly session: SessionOptions;
  readonly watching?: Watching;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

/** All that the page can ask of one library. */
export function createLibraryApi(app: App, { prefix, session, watching, signal }: LibraryApiOptions): LibraryApi {
  const { config, db, stores, outside } = app;
  const { log, now } = outside;
  const watch = createRunWatch(app);
  const runs = createWebRuns(app, watch, signal);
  const notes = createFileNotes({ db, stores, log, now, changed: watch.look });
  const routes = createRoutes();
  const parts = [
    sessionRoutes(session),
    postRoutes(app, createMeasures({ db, stores, log })),
    mediaRoutes(app, createPreviews({ stores, folder: join(config.home, 'cache', 'previews'), log, now }), notes),
    downloadRoutes(app, notes),
    runRoutes(app, runs),
    eventRoutes(app, watch, signal, watching),
    libraryRoutes(app),
    documentRoutes(() => routes, { prefix, version: session.version }),
  ];
  for (const part of parts) routes.route('/', part);
  return { routes, settled: runs.settled };
}
