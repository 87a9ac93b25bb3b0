import { OpenAPIHono } from '@hono/zod-openapi';
import { eventRoutes } from '../../src/web/api/routes/events.ts';
import { runRoutes } from '../../src/web/api/routes/runs.ts';
import { createRunWatch } from '../../src/web/api/run-watch.ts';
import { createWebRuns } from '../../src/web/api/web-runs.ts';
import type { Paces } from '../../src/web/paces.ts';
import type { TestApp } from '../support/test-app.ts';

/** The server's routes for runs and events, below /api. */
export function runPages({ app }: TestApp, paces: Paces = { runs: 20, ping: 15_000 }) {
  const stop = new AbortController();
  const watch = createRunWatch(app, paces);
  const runs = createWebRuns(app, watch, stop.signal);
  const pages = new OpenAPIHono();
  pages.route('/api', runRoutes(app, runs));
  pages.route('/api', eventRoutes(app, { watch, paces, signal: stop.signal }));

  const ask = async (path: string, { method = 'GET', body }: { method?: string; body?: unknown } = {}) => {
    const answer = await pages.request(`/api${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the tests state the type
    return { status: answer.status, body: (await answer.json()) as any };
  };
  return {
    pages,
    runs,
    ask,
    start: (body: unknown) => ask('/runs', { method: 'POST', body }),
    cancel: (id: string) => ask(`/runs/${id}/cancel`, { method: 'POST' }),
    /** Stops as the server does. */
    async stop() {
      stop.abort();
      await runs.settled();
    },
  };
}
