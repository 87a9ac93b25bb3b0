import { createRoute, type z } from '@hono/zod-openapi';
import { checkRequest, type StartRequest } from '../../../app/backfill/request.ts';
import type { App } from '../../../app/open.ts';
import {
  BackfillRequest,
  Failures,
  FailuresQuery,
  Run,
  RunParams,
  Runs,
  RunsQuery,
  StartedRun,
} from '../../../contract/runs.ts';
import { DatabaseError, StorylineError, UsageError } from '../../../errors.ts';
import { listFailures } from '../../../gallery/failures.ts';
import { parseDay } from '../../../media/moment.ts';
import { problem } from '../../http/problem.ts';
import { describeRuns } from '../describe-run.ts';
import { createRoutes, json, problems } from '../openapi.ts';
import type { WebRuns } from '../web-runs.ts';

const list = createRoute({
  method: 'get',
  path: '/runs',
  summary: 'List runs, newest first',
  request: { query: RunsQuery },
  responses: { 200: json(Runs, 'Runs in progress include their progress.'), ...problems(400) },
});
const one = createRoute({
  method: 'get',
  path: '/runs/{id}',
  summary: 'Get a run',
  request: { params: RunParams },
  responses: { 200: json(Run, 'The run.'), ...problems(400, 404) },
});
const start = createRoute({
  method: 'post',
  path: '/runs',
  summary: 'Start a backfill',
  description: 'It runs in the background; watch it with /events.',
  request: { body: { required: true, content: { 'application/json': { schema: BackfillRequest } } } },
  responses: { 201: json(StartedRun, 'The backfill was started.'), ...problems(400, 404, 409) },
});
const cancel = createRoute({
  method: 'post',
  path: '/runs/{id}/cancel',
  summary: 'Cancel a run',
  description: 'It stops within a few seconds. What it downloaded stays, and the next run resumes.',
  request: { params: RunParams },
  responses: { 202: json(StartedRun, 'The run is stopping.'), ...problems(400, 404, 409) },
});
const failures = createRoute({
  method: 'get',
  path: '/failures',
  summary: 'List items that could not be downloaded, latest first',
  request: { query: FailuresQuery },
  responses: { 200: json(Failures, 'The latest failures, and the number of all.'), ...problems(400) },
});

export function runRoutes(app: App, runs: WebRuns) {
  const noRun = 'Run not found';
  return createRoutes()
    .openapi(list, async (context) => {
      const { limit } = context.req.valid('query');
      return context.json({ runs: await describeRuns(app, await app.runs.recent(limit)) }, 200);
    })
    .openapi(one, async (context) => {
      const found = await app.runs.find(context.req.valid('param').id);
      const [run] = await describeRuns(app, found ? [found] : []);
      return run ? context.json(run, 200) : problem(context, 404, noRun);
    })
    .openapi(start, async (context) => {
      // zod would accept a missing body, and start a run with defaults that nobody chose.
      if (context.req.header('content-type') === undefined) {
        return problem(context, 400, 'The request has no body', 'Send {} as JSON to use all defaults.');
      }
      const wanted = context.req.valid('json');
      const request = requestOf(wanted);
      try {
        // The default media type was not chosen by anybody.
        checkRequest({ ...request, mediaType: wanted.mediaType === 'feed' ? undefined : wanted.mediaType });
      } catch (error) {
        if (error instanceof UsageError) return problem(context, 400, error.message, error.hint);
        throw error;
      }
      const accounts = wanted.account === undefined ? [] : await app.accounts.list({ all: true });
      if (wanted.account !== undefined && !accounts.some(({ id }) => id === wanted.account)) {
        return problem(context, 404, 'Account not found', 'Leave it out to use the active account.');
      }
      try {
        return context.json({ id: await runs.start(request) }, 201);
      } catch (error) {
        // A database that is away is not a conflict.
        if (error instanceof DatabaseError || !(error instanceof StorylineError)) throw error;
        return problem(context, 409, error.message, error.hint);
      }
    })
    .openapi(cancel, async (context) => {
      const { id } = context.req.valid('param');
      if (await runs.cancel(id)) return context.json({ id }, 202);
      return (await app.runs.find(id))
        ? problem(context, 409, 'The run has already ended')
        : problem(context, 404, noRun);
    })
    .openapi(failures, async (context) => {
      const { limit } = context.req.valid('query');
      return context.json(await listFailures(app.db, limit), 200);
    });
}

const requestOf = (wanted: z.output<typeof BackfillRequest>): Omit<StartRequest, 'triggeredBy'> => ({
  ...wanted,
  since: wanted.since === undefined ? undefined : parseDay(wanted.since),
  until: wanted.until === undefined ? undefined : parseDay(wanted.until),
});
