import { Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import type { Log } from '../../lib/log.ts';
import { answerError } from '../http/answer-error.ts';
import type { LibraryApi } from './library-api.ts';
import { problem } from './routes.ts';

/** Answers a request; what Node knows of it goes along. */
export type ApiServer = Hono['fetch'];

/** One library's API in its place; what is not there, or not in that way, is answered with a reason. */
export function createApiServer(prefix: string, { routes }: Pick<LibraryApi, 'routes'>, log: Log): ApiServer {
  const server = new Hono();
  server.route(prefix, routes);
  server.onError(answerError(log));

  const known = new TrieRouter<true>();
  for (const { method, path } of server.routes) known.add(method, path, true);
  const methods = [...new Set(server.routes.map(({ method }) => method))].filter((method) => method !== 'ALL');
  server.notFound((context) => {
    const { method, path } = context.req;
    const allowed = methods.filter((one) => known.match(one, path)[0].length > 0);
    if (allowed.length === 0)
      return problem(context, 404, 'There is no such thing here', `All that there is: ${prefix}/openapi.json`);
    if (allowed.includes('GET')) allowed.push('HEAD');
    context.header('Allow', allowed.join(', '));
    return problem(context, 405, `${method} is of no use here`, `What is: ${allowed.join(', ')}`);
  });
  return server.fetch;
}
