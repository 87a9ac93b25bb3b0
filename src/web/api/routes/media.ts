import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { App } from '../../../app/open.ts';
import { FileQuery, MediaParams, ThumbnailQuery } from '../../../contract/media.ts';
import { UsageError } from '../../../errors.ts';
import type { StoredFile } from '../../../files/file-store.ts';
import type { FileNotes } from '../../../gallery/file-notes.ts';
import { findMediaItem, type MediaItem } from '../../../gallery/media-item.ts';
import type { Previews } from '../../../gallery/previews.ts';
import { exactBytes } from '../../../lib/exact-bytes.ts';
import { MIME_TYPES } from '../../../media/content.ts';
import { readRange } from '../../http/byte-range.ts';
import { byteStream } from '../../http/byte-stream.ts';
import { isFresh, mayContinue } from '../../http/conditions.ts';
import { contentDisposition } from '../../http/content-disposition.ts';
import { createRoutes, problem, refusals } from '../routes.ts';

const bytes = { schema: z.string().openapi({ type: 'string', format: 'binary' }) };

const thumbnail = createRoute({
  method: 'get',
  path: '/media/{id}/thumbnail',
  summary: 'A small picture of a media item',
  description: 'Of a video: its cover, or its first frame. Made when it is first asked for, and kept.',
  request: { params: MediaParams, query: ThumbnailQuery },
  responses: {
    200: { description: 'The picture.', content: { 'image/webp': bytes } },
    304: { description: 'The copy that the browser has still serves.' },
    ...refusals(400, 404),
  },
});

const file = createRoute({
  method: 'get',
  path: '/media/{id}/file',
  summary: 'The file of a media item, as it came',
  description: 'Understands `Range`, `If-Range`, `If-None-Match` and `If-Modified-Since`.',
  request: { params: MediaParams, query: FileQuery },
  responses: {
    200: { description: 'The file.', content: { 'application/octet-stream': bytes } },
    206: { description: 'The part of it that was asked for.', content: { 'application/octet-stream': bytes } },
    304: { description: 'The copy that the browser has still serves.' },
    ...refusals(400, 404, 416),
  },
});

/** Pictures and files of the library, by the id of their media item only. */
export function mediaRoutes(app: App, previews: Previews, notes?: FileNotes) {
  /** Where a source has no storage, its refusal. */
  const find = async (id: string): Promise<MediaItem | UsageError | undefined> => {
    try {
      const media = await findMediaItem(app, id);
      if (media) await notes?.saw(media);
      return media;
    } catch (error) {
      if (error instanceof UsageError) return error;
      throw error;
    }
  };

  return createRoutes()
    .openapi(thumbnail, async (context) => {
      const { size, v } = context.req.valid('query');
      const media = await find(context.req.valid('param').id);
      if (!isHere(media)) return refuse(context, media);
      const { signal } = context.req.raw;
      const preview = await previews.preview(media, size, signal).catch((error: unknown) => {
        // Nobody hears the answer.
        if (signal.aborted) return undefined;
        throw error;
      });
      if (!preview) {
        return noCopy(
          problem(context, 404, 'No preview can be made of this file', 'The file itself can be downloaded.'),
        );
      }
      const validators = { etag: `"${preview.name}"`, modifiedAt: media.stored.modifiedAt };
      const headers = { ETag: validators.etag, 'Cache-Control': cacheControl(v === media.version) };
      if (context.req.header('if-none-match') && isFresh(context.req, validators)) {
        return context.body(null, 304, headers);
      }
      return context.body(Uint8Array.from(preview.bytes), 200, { ...headers, 'Content-Type': 'image/webp' });
    })
    .openapi(file, async (context) => {
      const { download, v } = context.req.valid('query');
      const media = await find(context.req.valid('param').id);
      if (!isHere(media)) return refuse(context, media);
      return send(app, context, media, { asDownload: download === '1', v });
    });
}

type Here = MediaItem & { readonly stored: StoredFile };

const isHere = (media: MediaItem | UsageError | undefined): media is Here =>
  media !== undefined && 'stored' in media && media.stored !== undefined;

function refuse(context: Context, media: MediaItem | UsageError | undefined) {
  if (!media) return noCopy(problem(context, 404, 'There is no such media item'));
  if (media instanceof UsageError) return noCopy(problem(context, 404, media.message, media.hint));
  return noCopy(
    problem(
      context,
      404,
      `The file ${media.fileName} is missing on disk`,
      'Download it again: storyline-cli verify-library --repair',
    ),
  );
}

/** What is not there now may be there in a moment. */
function noCopy<R extends Response>(response: R): R {
  response.headers.set('Cache-Control', 'no-store');
  return response;
}

const cacheControl = (isForGood: boolean): string =>
  isForGood ? 'private, max-age=31536000, immutable' : 'private, no-cache';

/** The whole file or a range of it, read as fast as it is taken. */
function send(
  app: App,
  context: Context,
  media: Here,
  { asDownload, v }: { asDownload: boolean; v: string | undefined },
) {
  const { file, stored, mimeType } = media;
  const { size, modifiedAt } = stored;
  // A file that is not what it was is no copy of that.
  const isWhole = size === media.fileSize;
  const etag = isWhole ? `"${media.fileHash}"` : `"${media.fileHash}-${size}-${modifiedAt.getTime()}"`;
  const validators = { etag, modifiedAt };
  const type = mimeType !== undefined && MIME_TYPES.has(mimeType) ? mimeType : undefined;
  const headers = {
    ETag: etag,
    'Last-Modified': modifiedAt.toUTCString(),
    'Accept-Ranges': 'bytes',
    'Cache-Control': cacheControl(isWhole && v === media.version),
  };
  if (isFresh(context.req, validators)) return context.body(null, 304, headers);

  const isHead = context.req.method === 'HEAD';
  const mayBeRange = !isHead && mayContinue(context.req, validators);
  const range = mayBeRange ? readRange(context.req.header('range'), size) : undefined;
  if (range === 'unsatisfiable') {
    const refusal = noCopy(problem(context, 416, `The file has ${size} bytes: that range is not in it`));
    refusal.headers.set('Content-Range', `bytes */${size}`);
    return refusal;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = end - start + 1;
  const open = () => (length === 0 ? noBytes() : file.store.open(file.key, { start, end }));
  const failed = (error: unknown) =>
    app.outside.log.error(`media item ${media.id} was not sent whole: ${String(error)}`);
  const sent = {
    ...headers,
    ...(range ? { 'Content-Range': `bytes ${start}-${end}/${size}` } : {}),
    'Content-Length': String(length),
    'Content-Type': type ?? 'application/octet-stream',
    'Content-Disposition': contentDisposition(asDownload || !type ? 'attachment' : 'inline', media.fileName),
    'X-Content-Type-Options': 'nosniff',
  };
  if (isHead) return context.body(null, 200, sent);
  return context.body(byteStream(exactBytes(open, length), failed), range ? 206 : 200, sent);
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
