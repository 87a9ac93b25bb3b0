import type { Account } from '../../accounts/accounts.ts';
import type { BackfillEvent } from '../../backfill/ended.ts';
import { addressOf } from '../../files/file-store.ts';
import { BACKFILL_FOLDER } from '../../library/paths.ts';
import type { StartedRun } from '../../runs/start.ts';
import type { App } from '../open.ts';
import { type EarlierForecast, earlierForecast } from './earlier-forecast.ts';
import { createBackfillJob } from './job.ts';
import { prepare } from './prepare.ts';
import { inputParams } from './records.ts';
import type { StartRequest } from './request.ts';

/** A backfill that is about to begin. */
export interface BackfillRun extends StartedRun<BackfillEvent> {
  readonly account: Account;
  /** Where the files go. */
  readonly folder: string;
  /** What an earlier dry run said that this one would take. */
  readonly forecast: EarlierForecast | undefined;
}

/**
 * Finds account and token, makes sure that this is the account's only backfill, and records it; nothing is written
 * before that. Dispose of the run in the end.
 *
 * @throws {UsageError} for an unknown account, a missing token, a wrong key, a folder that cannot be written.
 * @throws {TokenExpiredError} {@link RunInProgressError}
 */
export async function startBackfill(app: App, request: StartRequest, signal: AbortSignal): Promise<BackfillRun> {
  const prepared = await prepare(app, request, signal);
  const { id, account, stores } = prepared;
  const input = inputParams(request, account.id);
  const forecast = request.dryRun || request.damaged ? undefined : await earlierForecast(app.runs, input);
  const job = createBackfillJob(app, request, { ...prepared, expectedFiles: forecast?.forecast.files });
  const run = await app.runs.start(
    { id, kind: 'backfill', subject: account.id, triggeredBy: request.triggeredBy, input, signal },
    job,
  );
  return { ...run, account, folder: addressOf(stores.media, BACKFILL_FOLDER), forecast };
}
