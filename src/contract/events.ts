import { z } from '@hono/zod-openapi';
import { Run } from './runs.ts';

/** What `event: running` of /api/events carries: the runs in progress, in this process and in others. */
export const Running = z
  .object({
    running: z.array(Run),
    files: z.string().optional().openapi({
      description: 'Changes when other files become known as missing on disk; left out if no file is missing.',
    }),
  })
  .openapi('Running');
export type Running = z.infer<typeof Running>;
