import { z } from '@hono/zod-openapi';

export const Session = z
  .object({
    access: z.enum(['open', 'needed', 'granted']).openapi({
      description:
        '`open`: no password is set. `needed`: this browser has to log in first. `granted`: this browser is logged in.',
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
