import { z } from '@hono/zod-openapi';
import { uuid } from './fields.ts';

export const MediaReference = z
  .object({
    id: uuid,
    version: z.string().openapi({ description: 'Changes with the bytes. An address with it may be cached forever.' }),
  })
  .openapi('MediaReference');
export type MediaReference = z.infer<typeof MediaReference>;

export const MediaParams = z.object({ id: uuid });

const version = z
  .string()
  .max(64)
  .optional()
  .openapi({ description: "The file's version: with it, the response may be cached forever." });

export const ThumbnailQuery = z.object({
  size: z.enum(['tile', 'view']).default('tile').openapi({
    description: '`tile`: a square of 360 pixels. `view`: the whole image, at most 1440 pixels wide and high.',
  }),
  v: version,
});
export type ThumbnailSize = z.infer<typeof ThumbnailQuery>['size'];

export const FileQuery = z.object({
  download: z
    .enum(['1'])
    .optional()
    .openapi({ description: 'Send it as a download, under its file name in the library.' }),
  v: version,
});
