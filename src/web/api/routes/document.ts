import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { createRoutes, json } from '../openapi.ts';

const document = createRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'Get this description',
  responses: { 200: json(z.looseObject({ openapi: z.string() }), 'The routes, as OpenAPI 3.1.') },
});

/** The description of all routes, generated from the routes. */
export function documentRoutes(all: () => OpenAPIHono, { prefix, version }: { prefix: string; version: string }) {
  const generate = () =>
    JSON.stringify(
      all().getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Storyline',
          description: 'The library of a backfill: its posts, media, runs and accounts. Times are ISO 8601 in UTC.',
          version,
          license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT' },
        },
        servers: [{ url: prefix }],
      }),
    );
  let generated: string | undefined;
  return createRoutes().openapi(document, (context) => {
    generated ??= generate();
    return context.json(JSON.parse(generated), 200);
  });
}
