import { z } from '@hono/zod-openapi';

/**
 * What the page and the server say to each other: the one description of both, of which the OpenAPI document is made.
 * Moments are ISO 8601 in UTC. The page takes only the types.
 */

/** A day of the calendar, UTC. */
const day = z
  .string()
  .regex(/^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'expected a day such as 2025-01-31')
  .refine((text) => {
    // Asked of what is no day at all, too.
    const start = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(text);
  }, 'there is no such day');
const moment = z.iso.datetime();
const uuid = z
  .string()
  .regex(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, 'expected a UUID')
  .transform((text) => text.toLowerCase());
const instagramId = z.string().regex(/^\d{1,32}$/, 'expected digits only');
const count = z.number().int().nonnegative();

export const POST_KINDS = ['image', 'video', 'reel', 'album', 'story'] as const;
export const POST_STATES = ['missing', 'poster'] as const;
export const MEDIA_TYPES = ['feed', 'stories', 'both'] as const;

export const Problem = z
  .object({
    error: z.object({
      message: z.string().openapi({ description: 'What is wrong, in one sentence.' }),
      hint: z.string().optional().openapi({ description: 'What to do about it.' }),
    }),
  })
  .openapi('Problem');
export type Problem = z.infer<typeof Problem>;

// What is asked of posts

/** Several values with commas between them. */
const listOf = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(values)).min(1));

export const PostFilter = z.object({
  kind: listOf(POST_KINDS)
    .optional()
    .openapi({ type: 'string', description: 'One or more, with commas between them.', example: 'image,reel' }),
  since: day.optional().openapi({ description: 'Posted at or after that day.' }),
  until: day.optional().openapi({ description: 'Posted before that day.' }),
  account: uuid.optional(),
  search: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Words of the caption; each may be the beginning of one.' }),
  hashtag: z
    .string()
    .regex(/^[\p{L}\p{N}\p{M}_]{1,100}$/u, 'expected a hashtag without its #')
    .optional(),
  state: z.enum(POST_STATES).optional().openapi({
    description:
      '`missing`: something of the post is not in the library, or its file is missing on disk. `poster`: of a video only its still is.',
  }),
  run: uuid.optional().openapi({ description: 'Posts of which that run kept something.' }),
});
export type PostFilter = z.infer<typeof PostFilter>;

export const PostOrder = z.enum(['newest', 'likes']).default('newest');

export const Months = z
  .object({
    posts: count.openapi({ description: 'How many posts pass the filter.' }),
    months: z
      .array(
        z.object({
          month: z.string().nullable().openapi({ description: '`2025-01`; null where the time is unknown.' }),
          posts: count,
        }),
      )
      .openapi({ description: 'Newest first, those without a time last.' }),
  })
  .openapi('Months');
export type Months = z.infer<typeof Months>;

export const PostsQuery = PostFilter.extend({
  order: PostOrder,
  month: z
    .string()
    .regex(/^((?!0000)\d{4}-(0[1-9]|1[0-2])|none)$/, 'expected a month such as 2025-01, or none')
    .optional()
    .openapi({ description: 'Only posts of that month; `none`: those without a time.' }),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export type PostsQuery = z.infer<typeof PostsQuery>;

/** A file of the library as the page shows it. `version` changes with its bytes: it goes into addresses, so that they can be cached for good. */
export const MediaReference = z.object({ id: uuid, version: z.string() }).openapi('MediaReference');
export type MediaReference = z.infer<typeof MediaReference>;

export const PostTile = z
  .object({
    id: instagramId,
    kind: z.enum(POST_KINDS),
    postedAt: moment.nullable(),
    items: count.openapi({ description: 'How many pictures and videos the post has.' }),
    kept: count.openapi({ description: 'How many of them are in the library, and not known to be missing on disk.' }),
    gone: count.openapi({ description: 'How many are in the library, but their files are missing on disk.' }),
    state: z.enum(['whole', 'partial', 'poster', 'missing']).openapi({
      description:
        '`partial`: some items are there. `poster`: of a video only its still is. `missing`: nothing is there.',
    }),
    cover: MediaReference.nullable(),
    duration: z
      .number()
      .nullable()
      .openapi({ description: "Seconds of a single video; null where there is none, or it can't be told." }),
    likes: count.nullable(),
    text: z.string().openapi({ description: 'The first words of the alt text, or else of the caption.' }),
  })
  .openapi('PostTile');
export type PostTile = z.infer<typeof PostTile>;

export const Posts = z.object({ total: count, posts: z.array(PostTile) }).openapi('Posts');
export type Posts = z.infer<typeof Posts>;

export const PostItem = z
  .object({
    id: instagramId,
    position: count.openapi({ description: 'From 1.' }),
    kind: z.enum(['image', 'video', 'unsupported']),
    altText: z.string().nullable(),
    media: MediaReference.extend({
      fileName: z.string(),
      filePath: z.string(),
      fileSize: count.openapi({ description: 'Bytes.' }),
      sha256: z.string(),
      mimeType: z.string().nullable(),
      width: count.nullable(),
      height: count.nullable(),
      duration: z.number().nullable().openapi({ description: 'Seconds.' }),
      isPoster: z.boolean().openapi({ description: "A video's still that stands in for it." }),
      backfilledAt: moment.nullable(),
      fileState: z
        .enum(['missing', 'altered'])
        .nullable()
        .openapi({ description: 'How the file is known to differ on disk from what was stored.' }),
    }).nullable(),
    run: z
      .object({ id: uuid, startedAt: moment, triggeredBy: z.string() })
      .nullable()
      .openapi({ description: 'The run by which it came.' }),
    failure: z.object({ reason: z.string(), times: count, at: moment.nullable() }).nullable(),
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
  files: z.array(PostItem).openapi({ description: 'In the order of the album.' }),
}).openapi('Post');
export type Post = z.infer<typeof Post>;

export const PostParams = z.object({ id: instagramId });
export const NeighboursQuery = PostFilter.extend({ order: PostOrder });
export const Neighbours = z
  .object({
    newer: instagramId.nullable().openapi({ description: 'The post before it in the order that is asked for.' }),
    older: instagramId.nullable().openapi({ description: 'The post after it.' }),
  })
  .openapi('Neighbours');
export type Neighbours = z.infer<typeof Neighbours>;

// Files

export const MediaId = z.object({ id: uuid });
export const ThumbnailQuery = z.object({
  size: z.enum(['tile', 'view']).default('tile').openapi({
    description: '`tile`: a square of 360 pixels. `view`: the whole picture, at most 1440 pixels wide and high.',
  }),
  v: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: "The file's version: with it the answer may be cached for good." }),
});
export const FileQuery = z.object({
  download: z
    .enum(['1'])
    .optional()
    .openapi({ description: 'As a download, under the name that it has in the library.' }),
  v: z
    .string()
    .max(64)
    .optional()
    .openapi({ description: "The file's version: with it the answer may be cached for good." }),
});

/** The most posts of one download. */
export const DOWNLOAD_AT_MOST = 5000;
export const DownloadRequest = z
  .object({ posts: z.array(instagramId).min(1).max(DOWNLOAD_AT_MOST) })
  .strict()
  .openapi('DownloadRequest');
export type DownloadRequest = z.infer<typeof DownloadRequest>;
export const DownloadId = z.object({ id: z.string().regex(/^[\w-]{22}$/, 'expected the id of a download') });
export const Download = z
  .object({
    id: z.string().openapi({ description: 'To be had at /api/downloads/{id}, for ten minutes.' }),
    fileName: z.string(),
    posts: count,
    files: count,
    bytes: count.openapi({ description: 'Of the ZIP file.' }),
  })
  .openapi('Download');
export type Download = z.infer<typeof Download>;

// Runs

export const BackfillRequest = z
  .object({
    account: uuid.optional().openapi({ description: 'Absent for the active account.' }),
    mediaType: z.enum(MEDIA_TYPES).default('feed'),
    limit: z.number().int().min(1).max(1_000_000).optional(),
    since: day.optional(),
    until: day.optional(),
    dryRun: z.boolean().default(false),
    incremental: z.boolean().default(false),
    retryFailed: z.boolean().default(false),
    wait: z
      .boolean()
      .default(true)
      .openapi({ description: 'On a rate limit, wait until Instagram lets the account in again.' }),
    collaborations: z.boolean().default(false),
    concurrency: z.number().int().min(1).max(64).optional(),
  })
  .strict()
  .openapi('BackfillRequest');
export type BackfillRequest = z.input<typeof BackfillRequest>;

const counts = {
  downloaded: count.openapi({ description: 'In a dry run: that would be.' }),
  skippedDuplicate: count,
  skippedUnsupported: count,
  failed: count,
  totalApiItems: count,
  posters: count,
  bytes: count,
  apiCalls: count,
};

export const RunProgress = z
  .object({
    ...counts,
    pages: count,
    usagePercent: z.number().nullable().openapi({ description: "Of the account's budget of calls." }),
    waitingUntil: moment.nullable().openapi({ description: 'Set while it waits for a rate limit to end.' }),
    measuring: z.boolean().openapi({ description: 'A dry run that asks for the lengths of a few files.' }),
    expectedFiles: count.nullable().openapi({ description: 'How many files a dry run foretold.' }),
    seconds: z.number().openapi({ description: 'Since it began.' }),
  })
  .openapi('RunProgress');
export type RunProgress = z.infer<typeof RunProgress>;

export const Completeness = z
  .object({
    reported: count.nullable().openapi({ description: 'Posts, as Instagram counts them.' }),
    listed: count,
    whole: count,
    partial: count,
    missing: count,
    lacking: z
      .record(z.string(), count)
      .openapi({ description: 'Why items are lacking, and how many for each reason.' }),
  })
  .openapi('Completeness');
export type Completeness = z.infer<typeof Completeness>;

export const Forecast = z
  .object({
    apiCalls: count,
    files: count,
    bytes: count.nullable(),
    bytesLeast: count.nullable(),
    bytesMost: count.nullable(),
    diskBytes: count.nullable(),
    freeBytes: count.nullable(),
    seconds: z.number().nullable(),
    pauses: count.nullable().openapi({ description: "How often it would wait for the account's budget of calls." }),
  })
  .openapi('Forecast');
export type Forecast = z.infer<typeof Forecast>;

export const Run = z
  .object({
    id: uuid,
    status: z.enum(['running', 'completed', 'failed', 'interrupted']),
    startedAt: moment,
    completedAt: moment.nullable(),
    triggeredBy: z.string().openapi({ description: 'cli, telegram, web or system.' }),
    account: z.object({ id: uuid, name: z.string() }).nullable(),
    request: z.object({
      mediaType: z.string(),
      limit: count.nullable(),
      since: moment.nullable(),
      until: moment.nullable(),
      dryRun: z.boolean(),
      incremental: z.boolean(),
      retryFailed: z.boolean(),
      collaborations: z.boolean(),
      repair: z.boolean(),
    }),
    progress: RunProgress.nullable().openapi({ description: 'While it runs.' }),
    isCancelled: z.boolean().openapi({ description: 'It runs on for a moment, but was asked to end.' }),
    result: z
      .object({
        ...counts,
        adopted: count,
        outside: count,
        seconds: z.number(),
        completeness: Completeness.nullable(),
        forecast: Forecast.nullable(),
      })
      .nullable(),
    errors: z.array(z.string()).openapi({ description: 'Why items failed, twenty at most.' }),
    error: z.string().nullable().openapi({ description: 'What stopped it before its end.' }),
  })
  .openapi('Run');
export type Run = z.infer<typeof Run>;

export const RunsQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) });
export const RunParams = z.object({ id: uuid });
export const Runs = z.object({ runs: z.array(Run) }).openapi('Runs');
export type Runs = z.infer<typeof Runs>;
export const StartedRun = z.object({ id: uuid }).openapi('StartedRun');
export type StartedRun = z.infer<typeof StartedRun>;

/** What `event: running` of /api/events carries: the runs that are under way, whoever started them and wherever. */
export const Running = z
  .object({
    running: z.array(Run),
    files: z.string().optional().openapi({
      description: 'Another text whenever other files are known to be missing on disk; absent where none are.',
    }),
  })
  .openapi('Running');
export type Running = z.infer<typeof Running>;

export const FailuresQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) });
export const Failures = z
  .object({
    total: count,
    failures: z.array(
      z.object({
        id: instagramId,
        postId: instagramId,
        mediaType: z.string(),
        reason: z.string(),
        times: count,
        at: moment,
      }),
    ),
  })
  .openapi('Failures');
export type Failures = z.infer<typeof Failures>;

// The library, its accounts and their health

export const Check = z
  .object({
    name: z.string(),
    state: z.enum(['ok', 'warning', 'broken']),
    finding: z.string(),
    remedy: z.string().nullable(),
  })
  .openapi('Check');
export type Check = z.infer<typeof Check>;

export const Accounts = z
  .object({
    accounts: z.array(
      z.object({
        id: uuid,
        name: z.string(),
        username: z.string().nullable(),
        displayName: z.string(),
        isEnabled: z.boolean(),
        isActive: z.boolean().openapi({ description: 'The one that is meant where none is named.' }),
        posts: count,
        check: Check.nullable().openapi({ description: 'Whether its token serves; null for one that is deactivated.' }),
        completeness: Completeness.extend({ at: moment })
          .nullable()
          .openapi({ description: 'After the last walk through its whole feed.' }),
      }),
    ),
  })
  .openapi('Accounts');
export type Accounts = z.infer<typeof Accounts>;

export const Health = z.object({ checks: z.array(Check) }).openapi('Health');
export type Health = z.infer<typeof Health>;

const kindCounts = z.object({ kind: z.enum(POST_KINDS), posts: count, files: count, bytes: count });
export const LibraryPicture = z
  .object({
    posts: count,
    files: count,
    bytes: count,
    freeBytes: count.nullable(),
    folder: z.string(),
    otherMedia: count.openapi({
      description: 'Media items of other programs, which belong to no post and are not shown.',
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
              .openapi({ description: '`run`: the sizes of the files of listed posts. `verify`: every byte.' }),
            at: moment,
            files: count,
          })
          .nullable(),
      })
      .openapi({
        description: 'Files that are known to be missing, or not as stored, and when files were last checked.',
      }),
    kinds: z.array(kindCounts),
    months: z
      .array(z.object({ month: z.string(), posts: z.partialRecord(z.enum(POST_KINDS), count) }))
      .openapi({ description: 'Oldest first; months without posts are left out.' }),
    hashtags: z
      .array(z.object({ hashtag: z.string(), posts: count }))
      .openapi({ description: 'The most frequent ones of the newest posts.' }),
  })
  .openapi('LibraryPicture');
export type LibraryPicture = z.infer<typeof LibraryPicture>;

// Who looks

export const Session = z
  .object({
    access: z.enum(['open', 'needed', 'granted']).openapi({
      description:
        '`open`: no password is set. `needed`: one is, and this browser has not given it. `granted`: it has.',
    }),
    library: z.enum(['own', 'sandbox']),
    version: z.string(),
  })
  .openapi('Session');
export type Session = z.infer<typeof Session>;
export const Login = z
  .object({ password: z.string().min(1).max(1000) })
  .strict()
  .openapi('Login');
export type Login = z.infer<typeof Login>;
