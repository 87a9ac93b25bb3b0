import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { problem } from '../api/routes.ts';

const LARGEST_KIB = 256;

/** Bodies are small, however they come. */
export const smallBodies = bodyLimit({
  maxSize: LARGEST_KIB * 1024,
  onError: (context) => {
    // The rest of it may still be under way: the connection is of no further use.
    context.header('Connection', 'close');
    return problem(context, 413, `A request has at most ${LARGEST_KIB} KiB`);
  },
});

/** Bodies are JSON: what a form can send is refused. */
export const jsonBodies: MiddlewareHandler = async (context, next) => {
  const header = (name: string) => context.req.header(name);
  const type = header('content-type');
  const hasBody = header('transfer-encoding') !== undefined || Number(header('content-length') ?? 0) > 0;
  const isJson = /^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type ?? '');
  if (isJson || (type === undefined && !hasBody)) return next();
  return problem(context, 415, 'The body of a request is JSON', 'Send it with: Content-Type: application/json');
};
