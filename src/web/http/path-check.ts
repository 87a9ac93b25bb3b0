import type { MiddlewareHandler } from 'hono';
import { problem } from '../api/routes.ts';
import { incomingOf } from './connection.ts';

/** The longest address, in characters: a search with every filter is far below. */
const LONGEST = 4096;

/** Refuses addresses that could be read in two ways: those with dot segments, encoded slashes, control characters. */
export const pathCheck: MiddlewareHandler = async (context, next) => {
  // As it was sent: by now it is resolved.
  const address = incomingOf(context)?.url ?? context.req.url.replace(/^\w+:\/\/[^/]*/, '');
  if (address.length > LONGEST) return problem(context, 414, `The address is longer than ${LONGEST} characters`);
  const [path = ''] = address.split(/[?#]/, 1);
  if (!isPlain(path)) return problem(context, 400, 'The address is not one of this server');
  return next();
};

function isPlain(path: string): boolean {
  if (!path.startsWith('/') || /%(2f|5c)/i.test(path)) return false;
  try {
    const decoded = decodeURIComponent(path);
    return !/[\p{Cc}\\]|\/\.{0,2}\/|\/\.{1,2}$/u.test(decoded);
  } catch {
    return false;
  }
}
