import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '../../../app/open.ts';
import { Download, DownloadParams, DownloadRequest } from '../../../contract/downloads.ts';
import { UsageError } from '../../../errors.ts';
import { createDownloads } from '../../../gallery/download.ts';
import type { FileNotes } from '../../../gallery/file-notes.ts';
import { byteStream } from '../../http/byte-stream.ts';
import { contentDisposition } from '../../http/content-disposition.ts';
import { problem } from '../../http/problem.ts';
import { createRoutes, json, problems } from '../openapi.ts';

const prepare = createRoute({
  method: 'post',
  path: '/downloads',
  summary: 'Prepare a download',
  description: 'One ZIP with the files of the posts and everything known about them.',
  request: { body: { required: true, content: { 'application/json': { schema: DownloadRequest } } } },
  responses: { 201: json(Download, 'The download is ready.'), ...problems(400) },
});

const download = createRoute({
  method: 'get',
  path: '/downloads/{id}',
  summary: 'Get a download',
  description: 'Any number of times within ten minutes.',
  request: { params: DownloadParams },
  responses: {
    200: {
      description: 'The ZIP file. If a file of the library changes while it is being sent, the connection is closed.',
      content: { 'application/zip': { schema: z.string().openapi({ type: 'string', format: 'binary' }) } },
    },
    ...problems(400, 404),
  },
});

export function downloadRoutes(app: App, notes?: FileNotes) {
  const { now, log } = app.outside;
  const downloads = createDownloads({ db: app.db, stores: app.stores, now, ...(notes ? { saw: notes.saw } : {}) });
  return createRoutes()
    .openapi(prepare, async (context) => {
      try {
        const { id, fileName, posts, files, bytes } = await downloads.prepare(context.req.valid('json').posts);
        return context.json({ id, fileName, posts, files, bytes }, 201);
      } catch (error) {
        if (error instanceof UsageError) return problem(context, 400, error.message, error.hint);
        throw error;
      }
    })
    .openapi(download, async (context) => {
      const { id } = context.req.valid('param');
      const found = await downloads.open(id).catch((error: unknown) => {
        // One of its posts is no longer in the library.
        if (error instanceof UsageError) return undefined;
        throw error;
      });
      if (!found) return problem(context, 404, 'Download not found or expired', 'Select the posts again.');
      const headers = {
        'Content-Type': 'application/zip',
        'Content-Length': String(found.bytes),
        'Content-Disposition': contentDisposition('attachment', found.fileName),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      };
      if (context.req.method === 'HEAD') return context.body(null, 200, headers);
      const failed = (error: unknown) => log.error(`the download ${found.fileName} failed: ${String(error)}`);
      return context.body(byteStream(found.read(), failed), 200, headers);
    });
}
