import { createRoute, type z } from '@hono/zod-openapi';
import type { StartRequest } from '../../../app/backfill.ts';
import { checkWishes } from '../../../app/backfill-request.ts';
import type { App } from '../../../app/open.ts';
import { backfillOverview } from '../../../catalogue/media-items.ts';
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
import { parseDay } from '../../../media/moment.ts';
import { describeRuns } from '../describe-run.ts';
import { createRoutes, json, problem, refusals } from '../routes.ts';
import type { WebRuns } from '../web-runs.ts';

const list = createRoute({
  method: 'get',
  path: '/runs',
  summary: 'The runs, newest first',
  request: { query: RunsQuery },
  responses: { 200: json(Runs, 'Those under way say how far they are.'), ...refusals(400) },
});
const one = createRoute({
  method: 'get',
  path: '/runs/{id}',
  summary: 'A run',
  request: { params: RunParams },
  responses: { 200: json(Run, 'The run.'), ...refusals(400, 404) },
});
const start = createRoute({
  method: 'post',
  path: '/runs',
  summary: 'Start a backfill, which goes on by itself',
  request: { body: { required: true, content: { 'application/json': { schema: BackfillRequest } } } },
  responses: { 201: json(StartedRun, 'It is under way.'), ...refusals(400, 404, 409) },
});
const cancel = createRoute({
  method: 'post',
  path: '/runs/{id}/cancel',
  summary: 'Ask a run to end, whoever started it',
  description: 'It hears that within a second or two. What it has brought stays, and the next run goes on from there.',
  request: { params: RunParams },
  responses: { 202: json(StartedRun, 'It is asked.'), ...refusals(400, 404, 409) },
});
const failures = createRoute({
  method: 'get',
  path: '/failures',
  summary: 'Items that could not be had so far, latest first',
  request: { query: FailuresQuery },
  responses: { 200: json(Failures, 'All are counted, the latest are listed.'), ...refusals(400) },
});

export function runRoutes(app: App, runs: WebRuns) {
  const noRun = 'There is no such run';
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
      // Else every wish would have its default, and a run begin that nobody described.
      if (context.req.header('content-type') === undefined) {
        return problem(context, 400, 'The request has no body', 'Send {} as JSON to have all defaults.');
      }
      const wanted = context.req.valid('json');
      const request = requestOf(wanted);
      try {
        // Nobody has chosen what stands there by default.
        checkWishes({ ...request, mediaType: wanted.mediaType === 'feed' ? undefined : wanted.mediaType });
      } catch (error) {
        if (error instanceof UsageError) return problem(context, 400, error.message, error.hint);
        throw error;
      }
      const accounts = wanted.account === undefined ? [] : await app.accounts.list({ all: true });
      if (wanted.account !== undefined && !accounts.some(({ id }) => id === wanted.account)) {
        return problem(context, 404, 'There is no such account', 'Leave it out for the active account.');
      }
      try {
        return context.json({ id: await runs.start(request) }, 201);
      } catch (error) {
        // A database that is gone is nothing that the request could be blamed for.
        if (error instanceof DatabaseError || !(error instanceof StorylineError)) throw error;
        return problem(context, 409, error.message, error.hint);
      }
    })
    .openapi(cancel, async (context) => {
      const { id } = context.req.valid('param');
      if (await runs.cancel(id)) return context.json({ id }, 202);
      return (await app.runs.find(id))
        ? problem(context, 409, 'The run is over already')
        : problem(context, 404, noRun);
    })
    .openapi(failures, async (context) => {
      const { limit } = context.req.valid('query');
      const { failed, failedItems } = await backfillOverview(app.db, limit);
      return context.json(
        {
          total: failed,
          failures: failedItems.map(({ instagramMediaId, postId, mediaType, reason, times, failedAt }) => ({
            id: instagramMediaId,
            postId,
            mediaType,
            reason,
            times,
            at: failedAt.toISOString(),
          })),
        },
        200,
      );
    });
}

const requestOf = (wanted: z.output<typeof BackfillRequest>): Omit<StartRequest, 'triggeredBy'> => ({
  ...wanted,
  since: wanted.since === undefined ? undefined : parseDay(wanted.since),
  until: wanted.until === undefined ? undefined : parseDay(wanted.until),
});
