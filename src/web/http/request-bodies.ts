import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { problem } from './problem.ts';

const MAX_KIB = 256;

/** Limits the size of bodies, with or without a Content-Length. */
export const smallBodies = bodyLimit({
  maxSize: MAX_KIB * 1024,
  onError: (context) => {
    // The rest of the body may still be arriving on this connection.
    context.header('Connection', 'close');
    return problem(context, 413, `The request body is larger than ${MAX_KIB} KiB`);
  },
});

/** Accepts JSON only, which HTML forms cannot send. */
export const jsonBodies: MiddlewareHandler = async (context, next) => {
  const header = (name: string) => context.req.header(name);
  const type = header('content-type');
  const hasBody = header('transfer-encoding') !== undefined || Number(header('content-length') ?? 0) > 0;
  const isJson = /^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type ?? '');
  if (isJson || (type === undefined && !hasBody)) return next();
  return problem(context, 415, 'The request body must be JSON', 'Send it with: Content-Type: application/json');
};
