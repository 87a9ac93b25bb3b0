import type { MiddlewareHandler } from 'hono';
import { problem } from '../api/routes.ts';
import { askedHost } from './connection.ts';

/** Methods that change nothing. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what another site's page has a browser ask: everything that changes something, and the answers of the API.
 * Another port of this machine is another site here, though to cookies it is the same one.
 */
export function sameOrigin(isApi: (path: string) => boolean): MiddlewareHandler {
  return async (context, next) => {
    const site = context.req.header('sec-fetch-site');
    if (SAFE.includes(context.req.method)) {
      // `none`: the person typed it.
      if (!isApi(context.req.path) || site === undefined || site === 'same-origin' || site === 'none') return next();
      return problem(context, 403, "Another site's page may not read this");
    }
    // Browsers send it to https and to this machine only; pages cannot forge it.
    const isOwn =
      site === undefined ? isOwnOrigin(context.req.header('origin'), askedHost(context)) : site === 'same-origin';
    return isOwn
      ? next()
      : problem(
          context,
          403,
          "Only the gallery's own page may ask for this",
          'Other programs send an Origin header with the address of the gallery.',
        );
  };
}

function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: named } = new URL(origin);
  return ['http:', 'https:'].includes(protocol) && named === host;
}
