import { z } from '@hono/zod-openapi';

export const Problem = z
  .object({
    error: z.object({
      message: z.string().openapi({ description: 'What went wrong, in one sentence.' }),
      hint: z.string().optional().openapi({ description: 'How to fix it.' }),
    }),
  })
  .openapi('Problem');
export type Problem = z.infer<typeof Problem>;
