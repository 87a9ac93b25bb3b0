import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { acceptedEncoding } from './accepted-encoding.ts';

/** Bytes below which it is not worth it. */
const WORTH_IT = 1024;

const compressors = {
  // The quick qualities: an answer is sent once.
  br: (body: Uint8Array) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (body: Uint8Array) => promisify(gzip)(body, { level: 5 }),
};

/** Compresses answers of JSON, and nothing else: media are compressed already, and events must not wait. */
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
  const encoding = body.byteLength < WORTH_IT ? undefined : acceptedEncoding(context.req.header('accept-encoding'));
  if (encoding) headers.set('Content-Encoding', encoding);
  const sent = encoding ? new Uint8Array(await compressors[encoding](body)) : body;
  headers.set('Content-Length', String(sent.byteLength));
  context.res = undefined;
  context.res = new Response(sent, { status: res.status, headers });
};
