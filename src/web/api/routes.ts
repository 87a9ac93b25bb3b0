import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Problem } from '../../contract/problem.ts';

/** Routes whose input is checked before they are asked: what is wrong is answered with 400, saying where and why. */
export const createRoutes = () =>
  new OpenAPIHono({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      const [issue] = result.error.issues;
      const where = issue?.path.join('.');
      return problem(context, 400, `${where ? `${where}: ` : ''}${issue?.message ?? 'the request is wrong'}`);
    },
  });

/** An answer that says what is wrong and what to do about it. */
export const problem = <S extends ContentfulStatusCode>(context: Context, status: S, message: string, hint?: string) =>
  context.json({ error: { message, ...(hint === undefined ? {} : { hint }) } }, status);

/** How an answer is described: JSON of that shape. */
export const json = <T>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What a route may answer beside what was asked for. */
export const refusals = <S extends number>(...statuses: readonly S[]) =>
  Object.fromEntries(statuses.map((status) => [status, json(Problem, REFUSALS[status] ?? 'Refused')])) as {
    [status in S]: ReturnType<typeof json<typeof Problem>>;
  };

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'What was asked is wrong; the message says what.',
  401: 'That is not the password.',
  404: 'There is no such thing.',
  409: 'It cannot be done now; the message says why.',
  416: 'The file has no such range.',
  429: 'After many wrong passwords each one waits for its turn; Retry-After says when to send it again.',
};
