import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { App } from '../../../app/open.ts';
import { FileQuery, MediaParams, ThumbnailQuery } from '../../../contract/media.ts';
import { UsageError } from '../../../errors.ts';
import type { FileNotes } from '../../../gallery/file-notes.ts';
import { findMediaItem, type MediaItem } from '../../../gallery/media-item.ts';
import type { Previews } from '../../../gallery/previews.ts';
import { isFresh } from '../../http/conditions.ts';
import { problem } from '../../http/problem.ts';
import { createRoutes, problems } from '../openapi.ts';
import { cacheControl, noStore, type PresentItem, sendFile } from './media-file.ts';

const bytes = { schema: z.string().openapi({ type: 'string', format: 'binary' }) };
const notModified = { description: "The browser's copy is up to date." };

const thumbnail = createRoute({
  method: 'get',
  path: '/media/{id}/thumbnail',
  summary: 'Get a thumbnail',
  description: 'For a video: its cover, or its first frame. Made on the first request, then cached.',
  request: { params: MediaParams, query: ThumbnailQuery },
  responses: {
    200: { description: 'The thumbnail.', content: { 'image/webp': bytes } },
    304: notModified,
    ...problems(400, 404),
  },
});

const file = createRoute({
  method: 'get',
  path: '/media/{id}/file',
  summary: 'Get the original file',
  description: 'Supports `Range`, `If-Range`, `If-None-Match` and `If-Modified-Since`.',
  request: { params: MediaParams, query: FileQuery },
  responses: {
    200: { description: 'The file.', content: { 'application/octet-stream': bytes } },
    206: { description: 'The requested range.', content: { 'application/octet-stream': bytes } },
    304: notModified,
    ...problems(400, 404, 416),
  },
});

/** Thumbnails and files, by the id of the media item only. */
export function mediaRoutes(app: App, previews: Previews, notes?: FileNotes) {
  /** Returns the error if the file is in a store that cannot be read here. */
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
      if (!isPresent(media)) return notFound(context, media);
      const { signal } = context.req.raw;
      const preview = await previews.preview(media, size, signal).catch((error: unknown) => {
        // The client has left.
        if (signal.aborted) return undefined;
        throw error;
      });
      if (!preview) {
        return noStore(
          problem(context, 404, 'No thumbnail can be made of this file', 'The original file can be downloaded.'),
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
      if (!isPresent(media)) return notFound(context, media);
      return sendFile(context, media, { asDownload: download === '1', version: v, log: app.outside.log });
    });
}

const isPresent = (media: MediaItem | UsageError | undefined): media is PresentItem =>
  media !== undefined && 'stored' in media && media.stored !== undefined;

function notFound(context: Context, media: MediaItem | UsageError | undefined) {
  if (!media) return noStore(problem(context, 404, 'Media item not found'));
  if (media instanceof UsageError) return noStore(problem(context, 404, media.message, media.hint));
  return noStore(
    problem(
      context,
      404,
      `The file ${media.fileName} is missing on disk`,
      'Download it again: storyline-cli verify-library --repair',
    ),
  );
}
