import type { MiddlewareHandler } from 'hono';
import type { Log } from '../../lib/log.ts';

/** Logs every request at level debug, without its query: searches are private. */
export const requestLog =
  (log: Log): MiddlewareHandler =>
  async (context, next) => {
    const began = performance.now();
    await next();
    const { method, path } = context.req;
    log.debug(`${method} ${path} ${context.res.status} ${Math.round(performance.now() - began)} ms`);
  };
