import { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Log } from '../../lib/log.ts';
import { answerError } from '../http/answer-error.ts';
import { problem } from '../http/problem.ts';
import type { LibraryApi } from './library-api.ts';

/** Answers a request. The second argument passes on Node's objects of the connection. */
export type ApiServer = Hono['fetch'];

/** Mounts a library's API at a prefix, with answers for unknown routes and methods. */
export function createApiServer(prefix: string, { routes }: Pick<LibraryApi, 'routes'>, log: Log): ApiServer {
  const server = new Hono();
  server.onError(answerError(log));
  server.notFound((context) => problem(context, 404, 'Not found', `All routes are listed at ${prefix}/openapi.json`));
  server.use(
    methodNotAllowed({
      app: server,
      onMethodNotAllowed(context, methods) {
        const allowed = methods.join(', ');
        context.header('Allow', allowed);
        return problem(context, 405, 'Method not allowed', `Allowed: ${allowed}`);
      },
    }),
  );
  server.route(prefix, routes);
  return server.fetch;
}
