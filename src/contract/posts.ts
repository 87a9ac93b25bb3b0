import { z } from '@hono/zod-openapi';
import { count, day, instagramId, moment, uuid } from './fields.ts';
import { MediaReference } from './media.ts';
import { HASHTAG, POST_KINDS, POST_ORDERS, POST_STATES } from './values.ts';

/** Several values, separated by commas. */
const listOf = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(values)).min(1));

export const PostFilter = z.object({
  kind: listOf(POST_KINDS)
    .optional()
    .openapi({ type: 'string', description: 'One or more, separated by commas.', example: 'image,reel' }),
  since: day.optional().openapi({ description: 'Posted on this day or later.' }),
  until: day.optional().openapi({ description: 'Posted before this day.' }),
  account: uuid.optional(),
  search: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Words of the caption, or their first letters.' }),
  hashtag: z.string().regex(HASHTAG, 'expected a hashtag without its #').optional(),
  state: z.enum(POST_STATES).optional().openapi({
    description:
      '`missing`: part of the post is not in the library, or its file is missing on disk. `poster`: only the still image of a video was saved.',
  }),
  run: uuid.optional().openapi({ description: 'Posts with items that this run saved.' }),
});
export type PostFilter = z.infer<typeof PostFilter>;

const order = z.enum(POST_ORDERS).default('newest');

export const Months = z
  .object({
    posts: count.openapi({ description: 'Number of posts that match the filter.' }),
    months: z
      .array(
        z.object({
          month: z.string().nullable().openapi({ description: '`2025-01`; null if the time is unknown.' }),
          posts: count,
        }),
      )
      .openapi({ description: 'Newest first; posts without a time last.' }),
  })
  .openapi('Months');
export type Months = z.infer<typeof Months>;

export const PostsQuery = PostFilter.extend({
  order,
  month: z
    .string()
    .regex(/^((?!0000)\d{4}-(0[1-9]|1[0-2])|none)$/, 'expected a month such as 2025-01, or none')
    .optional()
    .openapi({ description: 'Only posts of this month; `none`: posts without a time.' }),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export type PostsQuery = z.infer<typeof PostsQuery>;

export const PostTile = z
  .object({
    id: instagramId,
    kind: z.enum(POST_KINDS),
    postedAt: moment.nullable(),
    itemCount: count.openapi({ description: 'Number of images and videos in the post.' }),
    kept: count.openapi({ description: 'How many of them are in the library and not known to be missing on disk.' }),
    gone: count.openapi({ description: 'How many of them are in the library, but missing on disk.' }),
    state: z.enum(['whole', 'partial', 'poster', 'missing']).openapi({
      description:
        '`partial`: some items are available. `poster`: only the still image of a video was saved. `missing`: no item is available.',
    }),
    cover: MediaReference.nullable(),
    duration: z
      .number()
      .nullable()
      .openapi({ description: 'Length of a single video in seconds; null for other posts, or if unknown.' }),
    likes: count.nullable(),
    text: z.string().openapi({ description: 'First words of the alt text, or of the caption.' }),
  })
  .openapi('PostTile');
export type PostTile = z.infer<typeof PostTile>;

export const Posts = z.object({ total: count, posts: z.array(PostTile) }).openapi('Posts');
export type Posts = z.infer<typeof Posts>;

export const PostItem = z
  .object({
    id: instagramId,
    position: count.openapi({ description: 'Starts at 1.' }),
    kind: z.enum(['image', 'video', 'unsupported']),
    altText: z.string().nullable(),
    media: MediaReference.extend({
      fileName: z.string(),
      filePath: z.string(),
      fileSize: count.openapi({ description: 'Bytes.' }),
      sha256: z.string(),
      mimeType: z.string().nullable(),
      width: count.nullable().openapi({ description: 'Pixels, as displayed.' }),
      height: count.nullable().openapi({ description: 'Pixels, as displayed.' }),
      duration: z.number().nullable().openapi({ description: 'Seconds.' }),
      isPoster: z.boolean().openapi({ description: 'A still image saved in place of its video.' }),
      backfilledAt: moment.nullable(),
      fileState: z
        .enum(['missing', 'altered'])
        .nullable()
        .openapi({ description: 'How the file on disk differs from what was saved, as far as known.' }),
    }).nullable(),
    run: z
      .object({ id: uuid, startedAt: moment, triggeredBy: z.string() })
      .nullable()
      .openapi({ description: 'The run that downloaded it.' }),
    failure: z
      .object({ reason: z.string(), times: count, at: moment.nullable() })
      .nullable()
      .openapi({ description: 'Why it could not be downloaded.' }),
  })
  .openapi('PostItem');
export type PostItem = z.infer<typeof PostItem>;

export const Post = PostTile.extend({
  caption: z.string().nullable(),
  permalink: z.string().nullable(),
  comments: count.nullable(),
  username: z.string().nullable(),
  account: z.object({ id: uuid, name: z.string() }).nullable(),
  productType: z.string().nullable(),
  firstSeenAt: moment,
  lastSeenAt: moment,
  items: z.array(PostItem).openapi({ description: 'In the order of the album.' }),
}).openapi('Post');
export type Post = z.infer<typeof Post>;

export const PostParams = z.object({ id: instagramId });
export const NeighboursQuery = PostFilter.extend({ order });

export const Neighbours = z
  .object({
    newer: instagramId.nullable().openapi({ description: 'The post before it in the requested order.' }),
    older: instagramId.nullable().openapi({ description: 'The post after it.' }),
  })
  .openapi('Neighbours');
export type Neighbours = z.infer<typeof Neighbours>;
