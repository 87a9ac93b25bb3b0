import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { acceptedEncoding } from './accepted-encoding.ts';

/** Smaller answers are not worth compressing. In bytes. */
const MIN_SIZE = 1024;

const compressors = {
  // Fast levels: every answer is compressed once and sent once.
  br: (body: Uint8Array) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (body: Uint8Array) => promisify(gzip)(body, { level: 5 }),
};

/** Compresses JSON only: media are already compressed, and events must not be delayed. */
export const compressJson: MiddlewareHandler = async (context, next) => {
  await next();
  const { res } = context;
  if (
    !res.body ||
    res.headers.has('content-encoding') ||
    !/^application\/json/.test(res.headers.get('content-type') ?? '')
  ) {
    return;
  }
  const body = new Uint8Array(await res.arrayBuffer());
  const headers = new Headers(res.headers);
  headers.append('Vary', 'Accept-Encoding');
  const encoding = body.byteLength < MIN_SIZE ? undefined : acceptedEncoding(context.req.header('accept-encoding'));
  if (encoding) headers.set('Content-Encoding', encoding);
  const sent = encoding ? new Uint8Array(await compressors[encoding](body)) : body;
  headers.set('Content-Length', String(sent.byteLength));
  context.res = undefined;
  context.res = new Response(sent, { status: res.status, headers });
};
