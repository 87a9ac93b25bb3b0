import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { StorylineError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import { problem } from '../api/routes.ts';
import { errorStatus } from './error-status.ts';

/** Answers what a route threw: an expected error in its own words; of a bug only the log learns more than that it is one. */
export const answerError = (log: Log) => (error: Error, context: Context) => {
  if (error instanceof HTTPException) return problem(context, error.status, error.message || 'The request is wrong');
  if (error instanceof StorylineError) return problem(context, errorStatus(error), error.message, error.hint);
  const asked = `${context.req.method} ${context.req.path}`;
  // Nobody waits for this answer any more.
  if (context.req.raw.signal.aborted) log.debug(`${asked} was left before its answer`);
  else log.error(`${asked} could not be answered: ${error.stack ?? error.message}`);
  return problem(context, 500, 'Something went wrong here; the log says more');
};
