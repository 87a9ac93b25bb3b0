import { z } from '@hono/zod-openapi';
import { count, moment, uuid } from './fields.ts';
import { Completeness } from './runs.ts';
import { POST_KINDS } from './values.ts';

export const Check = z
  .object({
    name: z.string(),
    state: z.enum(['ok', 'warning', 'broken']),
    finding: z.string(),
    remedy: z.string().nullable(),
  })
  .openapi('Check');
export type Check = z.infer<typeof Check>;

export const Health = z.object({ checks: z.array(Check) }).openapi('Health');
export type Health = z.infer<typeof Health>;

export const Accounts = z
  .object({
    accounts: z.array(
      z.object({
        id: uuid,
        name: z.string(),
        username: z.string().nullable(),
        displayName: z.string(),
        isEnabled: z.boolean(),
        isActive: z.boolean().openapi({ description: 'The default account.' }),
        posts: count,
        check: Check.nullable().openapi({ description: 'The state of its token; null if the account is deactivated.' }),
        completeness: Completeness.extend({ at: moment })
          .nullable()
          .openapi({ description: 'From the last run that read the whole feed.' }),
      }),
    ),
  })
  .openapi('Accounts');
export type Accounts = z.infer<typeof Accounts>;

export const LibraryOverview = z
  .object({
    posts: count,
    files: count,
    bytes: count,
    freeBytes: count.nullable(),
    folder: z.string(),
    otherMedia: count.openapi({
      description: 'Media items of other programs. They belong to no post, and the gallery does not show them.',
    }),
    states: z.object({ whole: count, partial: count, poster: count, missing: count }),
    disk: z
      .object({
        missing: count,
        altered: count,
        lastCheck: z
          .object({
            kind: z
              .enum(['run', 'verify'])
              .openapi({ description: '`run`: sizes of the files of listed posts. `verify`: every byte.' }),
            at: moment,
            files: count,
          })
          .nullable(),
      })
      .openapi({
        description: 'Files known to be missing or changed, and when files were last checked.',
      }),
    kinds: z
      .array(z.object({ kind: z.enum(POST_KINDS), posts: count, files: count, bytes: count }))
      .openapi({ description: 'A file that two posts share counts for each of them.' }),
    months: z
      .array(z.object({ month: z.string(), posts: z.partialRecord(z.enum(POST_KINDS), count) }))
      .openapi({ description: 'Oldest first; months without posts are left out.' }),
    hashtags: z
      .array(z.object({ hashtag: z.string(), posts: count }))
      .openapi({ description: 'The most frequent hashtags of the newest posts.' }),
  })
  .openapi('LibraryOverview');
export type LibraryOverview = z.infer<typeof LibraryOverview>;
