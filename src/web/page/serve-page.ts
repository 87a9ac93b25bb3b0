import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { etag } from 'hono/etag';
import { methodNotAllowed } from 'hono/method-not-allowed';

/** Addresses that the page's own router handles. */
const CLIENT_ROUTES = /^\/(posts\/[^/]+|runs|runs\/[^/]+|library|accounts|login)?\/?$/;
/** Copies that the build compressed; browsers request the originals. */
const COMPRESSED = /\.(br|gz)$/;
const SANDBOX = '/sandbox';

/** Both libraries share the page's files; the page tells by its address which library to show. */
const pathInFolder = (path: string) => (path.startsWith(`${SANDBOX}/`) ? path.slice(SANDBOX.length) : path);

/** Serves the files of the built page. */
export function servePage(folder: string): Hono {
  const files = serveStatic({ root: folder, rewriteRequestPath: pathInFolder, precompressed: true });
  const index = serveStatic({ root: folder, path: 'index.html', precompressed: true });

  const page = new Hono();
  page.use(methodNotAllowed({ app: page }));
  page.use(cacheHeaders, etag());
  page.get(SANDBOX, (context) => context.redirect(`${SANDBOX}/`, 308));
  page.get('*', async (context, next) => {
    const path = pathInFolder(context.req.path);
    if (COMPRESSED.test(path)) return next();
    return CLIENT_ROUTES.test(path) ? index(context, next) : files(context, next);
  });
  page.get('*', async (context, next) => {
    const found = acceptsHtml(context) ? await index(context, next) : undefined;
    return found
      ? new Response(found.body, { status: 404, headers: found.headers })
      : context.text('Not found. The gallery starts at /\n', 404);
  });
  return page;
}

/** True for browsers: the page itself then says that there is nothing at this address. */
const acceptsHtml = ({ req }: Context) => req.header('accept')?.includes('text/html') ?? false;

const cacheHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers, status } = context.res;
  const isHashed = pathInFolder(context.req.path).startsWith('/assets/') && status !== 404;
  headers.set('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  headers.set('Vary', 'Accept-Encoding');
  // npm gives all files of a package the same date.
  headers.delete('Last-Modified');
};
