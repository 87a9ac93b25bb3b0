import { z } from '@hono/zod-openapi';
import { MEDIA_TYPES } from '../media/media-type.ts';
import { count, day, instagramId, moment, uuid } from './fields.ts';

export const BackfillRequest = z
  .object({
    account: uuid.optional().openapi({ description: 'Default: the active account.' }),
    mediaType: z.enum(MEDIA_TYPES).default('feed'),
    limit: z.number().int().min(1).max(1_000_000).optional(),
    since: day.optional(),
    until: day.optional(),
    dryRun: z.boolean().default(false),
    incremental: z.boolean().default(false),
    retryFailed: z.boolean().default(false),
    wait: z.boolean().default(true).openapi({ description: 'On a rate limit, wait until it resets, then continue.' }),
    collaborations: z.boolean().default(false),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .openapi({ description: 'Parallel downloads. Default: automatic.' }),
  })
  .strict()
  .openapi('BackfillRequest');
export type BackfillRequest = z.input<typeof BackfillRequest>;

const counts = {
  downloaded: count.openapi({ description: 'In a dry run: files that the real run would download.' }),
  skippedDuplicate: count,
  skippedUnsupported: count,
  failed: count,
  totalApiItems: count,
  posters: count.openapi({ description: 'Videos of which only a still image was saved.' }),
  bytes: count,
  apiCalls: count,
};

export const RunProgress = z
  .object({
    ...counts,
    pages: count,
    usagePercent: z.number().nullable().openapi({ description: "API quota used, in percent of the account's quota." }),
    waitingUntil: moment.nullable().openapi({ description: 'Set while the run waits for a rate limit to reset.' }),
    measuring: z.boolean().openapi({ description: 'A dry run is requesting the sizes of a few files.' }),
    expectedFiles: count.nullable().openapi({ description: 'Number of files that a dry run estimated.' }),
    seconds: z.number().openapi({ description: 'Since the run started.' }),
  })
  .openapi('RunProgress');
export type RunProgress = z.infer<typeof RunProgress>;

export const Completeness = z
  .object({
    reported: count.nullable().openapi({ description: "Instagram's own number of posts." }),
    listed: count,
    whole: count,
    partial: count,
    missing: count,
    lacking: z
      .record(z.string(), count)
      .openapi({ description: 'Number of items that are not in the library, by reason.' }),
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
    pauses: count.nullable().openapi({ description: 'Number of times the run would wait for API quota.' }),
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
    progress: RunProgress.nullable().openapi({ description: 'While it is running.' }),
    isCancelled: z.boolean().openapi({ description: 'It was cancelled and is stopping.' }),
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
    errors: z.array(z.string()).openapi({ description: 'Why items failed; at most twenty.' }),
    error: z.string().nullable().openapi({ description: 'What stopped the run early.' }),
  })
  .openapi('Run');
export type Run = z.infer<typeof Run>;

export const RunsQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) });
export const RunParams = z.object({ id: uuid });
export const Runs = z.object({ runs: z.array(Run) }).openapi('Runs');
export type Runs = z.infer<typeof Runs>;
export const StartedRun = z.object({ id: uuid }).openapi('StartedRun');
export type StartedRun = z.infer<typeof StartedRun>;

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
