import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { StorylineError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import { errorStatus } from './error-status.ts';
import { problem } from './problem.ts';

/** Answers an error of a route: expected errors with their message, bugs with a general one. Details of bugs go to the log. */
export const answerError = (log: Log) => (error: Error, context: Context) => {
  if (error instanceof HTTPException) return problem(context, error.status, error.message || 'The request is invalid');
  if (error instanceof StorylineError) return problem(context, errorStatus(error), error.message, error.hint);
  const request = `${context.req.method} ${context.req.path}`;
  // The client has left.
  if (context.req.raw.signal.aborted) log.debug(`${request}: the client left before the answer`);
  else log.error(`${request} failed: ${error.stack ?? error.message}`);
  return problem(context, 500, 'Internal error; see the log');
};
