import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { createRoutes, json } from '../routes.ts';

const describe = createRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'This description',
  responses: { 200: json(z.looseObject({ openapi: z.string() }), 'The routes, as OpenAPI 3.1.') },
});

/** The description of all routes, made of the routes themselves. */
export function documentRoutes(all: () => OpenAPIHono, { prefix, version }: { prefix: string; version: string }) {
  const routes = createRoutes();
  const write = () =>
    JSON.stringify(
      all().getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Storyline',
          description: 'The library that a backfill brought back: its posts, media, runs and accounts.',
          version,
          license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT' },
        },
        servers: [{ url: prefix }],
      }),
    );
  let written: string | undefined;
  routes.openapi(describe, (context) => {
    written ??= write();
    return context.json(JSON.parse(written), 200);
  });
  return routes;
}
