import type { Context, Handler } from 'hono';
import { acceptedEncoding } from '../http/accepted-encoding.ts';
import type { PageFile, PageFiles } from './page-files.ts';

/** Addresses that the page makes something of. */
const CLIENT_ROUTES = /^\/(posts\/[^/]+|runs|runs\/[^/]+|library|accounts|login)?\/?$/;
const SANDBOX = '/sandbox';

/** Serves the page's files, the same for both libraries: the page tells by its address which one is meant. */
export const servePage =
  (page: PageFiles): Handler =>
  (context) => {
    const { method, path } = context.req;
    if (path === SANDBOX) return context.redirect(`${SANDBOX}/`, 308);
    const local = path.startsWith(`${SANDBOX}/`) ? path.slice(SANDBOX.length) : path;
    const file = CLIENT_ROUTES.test(local) ? page.index : page.find(local);
    // Who looks with a browser is told so by the page.
    const isLook = method === 'GET' && context.req.header('accept')?.includes('text/html');
    if (!file && isLook) return serveFile(context, page.index, 404);
    if (!file) return context.text('Nothing is here. The gallery begins at /\n', 404);
    if (method !== 'GET' && method !== 'HEAD') {
      return context.text(`${method} is of no use here: pages are read with GET\n`, 405, { Allow: 'GET, HEAD' });
    }
    return serveFile(context, file);
  };

function serveFile(context: Context, { type, isImmutable, hash, bodies }: PageFile, status: 200 | 404 = 200): Response {
  const accepted = acceptedEncoding(context.req.header('accept-encoding'));
  const encoding = accepted && bodies[accepted] ? accepted : undefined;
  const body = bodies[encoding ?? 'identity'] ?? bodies.identity;
  const etag = `"${hash}${encoding ? `-${encoding}` : ''}"`;
  const headers = {
    ETag: etag,
    Vary: 'Accept-Encoding',
    'Cache-Control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  const known = context.req
    .header('if-none-match')
    ?.split(',')
    .map((one) => one.trim().replace(/^W\//, ''));
  if (status === 200 && known?.some((one) => one === etag || one === '*')) return context.body(null, 304, headers);
  return context.body(new Uint8Array(body), status, {
    ...headers,
    'Content-Type': type,
    'Content-Length': String(body.byteLength),
    ...(encoding ? { 'Content-Encoding': encoding } : {}),
  });
}
