import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer, as `Problem` of the contract. */
export const problem = <S extends ContentfulStatusCode>(context: Context, status: S, message: string, hint?: string) =>
  context.json({ error: { message, ...(hint === undefined ? {} : { hint }) } }, status);
