import { OpenAPIHono } from '@hono/zod-openapi';
import { Problem } from '../../contract/problem.ts';
import { problem } from '../http/problem.ts';

/** Routes with validated input: invalid input is answered with 400, naming the parameter and the reason. */
export const createRoutes = () =>
  new OpenAPIHono({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      const [issue] = result.error.issues;
      const where = issue?.path.join('.');
      return problem(context, 400, `${where ? `${where}: ` : ''}${issue?.message ?? 'the request is invalid'}`);
    },
  });

/** Describes a JSON body. */
export const json = <T>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** Describes the error answers of a route. */
export const problems = <S extends number>(...statuses: readonly S[]) =>
  Object.fromEntries(statuses.map((status) => [status, json(Problem, DESCRIPTIONS[status] ?? 'Error')])) as {
    [status in S]: ReturnType<typeof json<typeof Problem>>;
  };

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is invalid; the message says why.',
  401: 'Wrong password.',
  404: 'Not found.',
  409: 'Not possible in the present state; the message says why.',
  416: 'The range is outside the file.',
  429: 'Too many wrong passwords: attempts wait in line. Send the password again after Retry-After.',
};
