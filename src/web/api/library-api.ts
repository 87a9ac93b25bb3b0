import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { App } from '../../app/open.ts';
import { createFileNotes } from '../../gallery/file-notes.ts';
import { createMeasures } from '../../gallery/measure.ts';
import { createPreviews } from '../../gallery/previews.ts';
import type { Paces } from '../paces.ts';
import { createRoutes } from './openapi.ts';
import { documentRoutes } from './routes/document.ts';
import { downloadRoutes } from './routes/downloads.ts';
import { eventRoutes, type StreamAccess } from './routes/events.ts';
import { libraryRoutes } from './routes/library.ts';
import { mediaRoutes } from './routes/media.ts';
import { postRoutes } from './routes/posts.ts';
import { runRoutes } from './routes/runs.ts';
import { type SessionOptions, sessionRoutes } from './routes/session.ts';
import { createRunWatch } from './run-watch.ts';
import { createWebRuns } from './web-runs.ts';

export interface LibraryApi {
  readonly routes: OpenAPIHono;
  /** Resolves when the runs of the page have ended: wait for it before closing the library. */
  settled(): Promise<void>;
}

interface LibraryApiOptions {
  /** Where the routes are mounted: `/api`. */
  readonly prefix: string;
  readonly session: SessionOptions;
  readonly streams?: StreamAccess;
  readonly paces?: Paces | undefined;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

/** The API of one library. */
export function createLibraryApi(app: App, options: LibraryApiOptions): LibraryApi {
  const { prefix, session, streams, paces, signal } = options;
  const { config, db, stores, outside } = app;
  const { log, now } = outside;
  const watch = createRunWatch(app, paces);
  const runs = createWebRuns(app, watch, signal);
  const notes = createFileNotes({ db, stores, log, now, changed: watch.look });
  const previews = createPreviews({ stores, folder: join(config.home, 'cache', 'previews'), log, now });
  const routes = createRoutes();
  const parts = [
    sessionRoutes(session),
    postRoutes(app, createMeasures({ db, stores, log })),
    mediaRoutes(app, previews, notes),
    downloadRoutes(app, notes),
    runRoutes(app, runs),
    eventRoutes(app, { watch, streams, paces, signal }),
    libraryRoutes(app),
    documentRoutes(() => routes, { prefix, version: session.version }),
  ];
  for (const part of parts) routes.route('/', part);
  return { routes, settled: runs.settled };
}
