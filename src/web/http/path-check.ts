import type { MiddlewareHandler } from 'hono';
import { incomingOf } from './connection.ts';
import { problem } from './problem.ts';

/** Characters. A search with every filter is much shorter. */
const MAX_LENGTH = 4096;

/** Refuses ambiguous addresses: with dot segments, encoded slashes or control characters. */
export const pathCheck: MiddlewareHandler = async (context, next) => {
  // The address as sent: `req.url` is already normalized.
  const address = incomingOf(context)?.url ?? context.req.url.replace(/^\w+:\/\/[^/]*/, '');
  if (address.length > MAX_LENGTH) return problem(context, 414, `The address is longer than ${MAX_LENGTH} characters`);
  const [path = ''] = address.split(/[?#]/, 1);
  if (!isPlain(path)) return problem(context, 400, 'Invalid address');
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
