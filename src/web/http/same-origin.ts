import type { MiddlewareHandler } from 'hono';
import { requestedHost } from './connection.ts';
import { problem } from './problem.ts';

/** Methods that do not change anything. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses requests that pages of other sites make: all that change something, and all to the API. Another port of this
 * machine counts as another site, although it shares cookies.
 */
export function sameOrigin(isApi: (path: string) => boolean): MiddlewareHandler {
  return async (context, next) => {
    const site = context.req.header('sec-fetch-site');
    if (SAFE.includes(context.req.method)) {
      // `none`: the user typed the address.
      if (!isApi(context.req.path) || site === undefined || site === 'same-origin' || site === 'none') return next();
      return problem(context, 403, 'Pages of other sites cannot read this');
    }
    // Browsers send Sec-Fetch-Site only over https and to this machine; pages cannot forge it.
    const isOwn =
      site === undefined ? isOwnOrigin(context.req.header('origin'), requestedHost(context)) : site === 'same-origin';
    return isOwn
      ? next()
      : problem(
          context,
          403,
          "Only the gallery's own page can do this",
          "From another program, send an Origin header with the gallery's address.",
        );
  };
}

function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: named } = new URL(origin);
  return ['http:', 'https:'].includes(protocol) && named === host;
}
