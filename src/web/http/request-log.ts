import type { MiddlewareHandler } from 'hono';
import type { Log } from '../../lib/log.ts';

/** Tells of every request at the level `debug`, without what was searched for. */
export const requestLog =
  (log: Log): MiddlewareHandler =>
  async (context, next) => {
    const began = performance.now();
    await next();
    const { method, path } = context.req;
    log.debug(`${method} ${path} ${context.res.status} ${Math.round(performance.now() - began)} ms`);
  };
