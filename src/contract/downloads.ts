import { z } from '@hono/zod-openapi';
import { count, instagramId } from './fields.ts';
import { MAX_DOWNLOAD_POSTS } from './values.ts';

export const DownloadRequest = z
  .object({ posts: z.array(instagramId).min(1).max(MAX_DOWNLOAD_POSTS) })
  .strict()
  .openapi('DownloadRequest');
export type DownloadRequest = z.infer<typeof DownloadRequest>;

export const DownloadParams = z.object({ id: z.string().regex(/^[\w-]{22}$/, 'expected the id of a download') });

export const Download = z
  .object({
    id: z.string().openapi({ description: 'Valid for ten minutes at /api/downloads/{id}.' }),
    fileName: z.string(),
    posts: count,
    files: count.openapi({ description: 'Images and videos.' }),
    bytes: count.openapi({ description: 'Size of the ZIP file.' }),
  })
  .openapi('Download');
export type Download = z.infer<typeof Download>;
