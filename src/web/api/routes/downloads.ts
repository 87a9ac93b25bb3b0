import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '../../../app/open.ts';
import { Download, DownloadParams, DownloadRequest } from '../../../contract/downloads.ts';
import { UsageError } from '../../../errors.ts';
import { createDownloads } from '../../../gallery/download.ts';
import type { FileNotes } from '../../../gallery/file-notes.ts';
import { byteStream } from '../../http/byte-stream.ts';
import { contentDisposition } from '../../http/content-disposition.ts';
import { createRoutes, json, problem, refusals } from '../routes.ts';

const prepare = createRoute({
  method: 'post',
  path: '/downloads',
  summary: 'Makes posts ready to be downloaded',
  description: 'With their files and what is known of them, as one ZIP.',
  request: { body: { required: true, content: { 'application/json': { schema: DownloadRequest } } } },
  responses: { 201: json(Download, 'Ready.'), ...refusals(400) },
});

const download = createRoute({
  method: 'get',
  path: '/downloads/{id}',
  summary: 'Posts as a ZIP',
  description: 'As often as is wanted within ten minutes.',
  request: { params: DownloadParams },
  responses: {
    200: {
      description: 'The ZIP file. Where a file of the library changes while it is sent, the connection is broken off.',
      content: { 'application/zip': { schema: z.string().openapi({ type: 'string', format: 'binary' }) } },
    },
    ...refusals(400, 404),
  },
});

/** Posts and their files as ZIP files. */
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
      // Also where one of its posts is not there any more.
      const found = await downloads.open(id).catch((error: unknown) => {
        if (error instanceof UsageError) return undefined;
        throw error;
      });
      if (!found) {
        return problem(context, 404, 'There is no such download, or not any more', 'Choose the posts once more.');
      }
      const headers = {
        'Content-Type': 'application/zip',
        'Content-Length': String(found.bytes),
        'Content-Disposition': contentDisposition('attachment', found.fileName),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      };
      if (context.req.method === 'HEAD') return context.body(null, 200, headers);
      const failed = (error: unknown) => log.error(`the download ${found.fileName} broke off: ${String(error)}`);
      return context.body(byteStream(found.read(), failed), 200, headers);
    });
}
