import type { Context } from 'hono';
import type { MediaItem } from '../../../gallery/media-item.ts';
import { exactBytes } from '../../../lib/exact-bytes.ts';
import type { Log } from '../../../lib/log.ts';
import { MIME_TYPES } from '../../../media/content.ts';
import { byteStream } from '../../http/byte-stream.ts';
import { isFresh, mayContinue } from '../../http/conditions.ts';
import { contentDisposition } from '../../http/content-disposition.ts';
import { problem } from '../../http/problem.ts';
import { parseRangeHeader } from '../../http/range-header.ts';

/** A media item whose file is on disk. */
export type PresentItem = MediaItem & { readonly stored: NonNullable<MediaItem['stored']> };

/** A missing file may be back in a moment. */
export function noStore<R extends Response>(response: R): R {
  response.headers.set('Cache-Control', 'no-store');
  return response;
}

export const cacheControl = (isForever: boolean): string =>
  isForever ? 'private, max-age=31536000, immutable' : 'private, no-cache';

interface SendOptions {
  readonly asDownload: boolean;
  /** The version that the client requested. */
  readonly version: string | undefined;
  readonly log: Log;
}

/** Sends the file or a range of it, as fast as the client reads. */
export function sendFile(context: Context, media: PresentItem, { asDownload, version, log }: SendOptions) {
  const { file, stored, mimeType } = media;
  const { size, modifiedAt } = stored;
  const isAsStored = size === media.fileSize;
  const etag = isAsStored ? `"${media.fileHash}"` : `"${media.fileHash}-${size}-${modifiedAt.getTime()}"`;
  const validators = { etag, modifiedAt };
  const type = mimeType !== undefined && MIME_TYPES.has(mimeType) ? mimeType : undefined;
  const caching = {
    ETag: etag,
    'Last-Modified': modifiedAt.toUTCString(),
    'Accept-Ranges': 'bytes',
    'Cache-Control': cacheControl(isAsStored && version === media.version),
  };
  if (isFresh(context.req, validators)) return context.body(null, 304, caching);

  const isHead = context.req.method === 'HEAD';
  const mayBeRange = !isHead && mayContinue(context.req, validators);
  const range = mayBeRange ? parseRangeHeader(context.req.header('range'), size) : undefined;
  if (range === 'unsatisfiable') {
    const refusal = noStore(problem(context, 416, `The range is outside the file, which has ${size} bytes`));
    refusal.headers.set('Content-Range', `bytes */${size}`);
    return refusal;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = end - start + 1;
  const headers = {
    ...caching,
    ...(range ? { 'Content-Range': `bytes ${start}-${end}/${size}` } : {}),
    'Content-Length': String(length),
    'Content-Type': type ?? 'application/octet-stream',
    'Content-Disposition': contentDisposition(asDownload || !type ? 'attachment' : 'inline', media.fileName),
    'X-Content-Type-Options': 'nosniff',
  };
  if (isHead) return context.body(null, 200, headers);
  const open = () => (length === 0 ? noBytes() : file.store.open(file.key, { start, end }));
  const failed = (error: unknown) => log.error(`sending media item ${media.id} failed: ${String(error)}`);
  return context.body(byteStream(exactBytes(open, length), failed), range ? 206 : 200, headers);
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
