import type { ForecastRecord } from '../../backfill/report.ts';
import type { AppRuns } from '../run-kinds.ts';
import type { InputParams } from './records.ts';

/** What a dry run said that the real one would take, and when. */
export interface EarlierForecast {
  readonly madeAt: Date;
  readonly forecast: ForecastRecord;
}

/** How many runs back a forecast is looked for. */
const RUNS_REMEMBERED = 20;

/** What two requests must have in common for the forecast of one to hold for the other. */
const likeness = (input: Partial<InputParams>): string =>
  JSON.stringify([
    input.limit,
    input.media_type,
    input.since,
    input.until,
    input.incremental,
    input.collaborations ?? false,
    input.retry_failed ?? false,
  ]);

/** The newest forecast for the same request, unless a real run of the account came after it. */
export async function earlierForecast(runs: AppRuns, input: InputParams): Promise<EarlierForecast | undefined> {
  const wanted = likeness(input);
  for (const run of await runs.recent(RUNS_REMEMBERED)) {
    if (run.input.account_id !== input.account_id) continue;
    if (!run.input.dry_run) return undefined;
    const forecast = run.result?.forecast;
    if (forecast && likeness(run.input) === wanted) return { madeAt: run.startedAt, forecast };
  }
  return undefined;
}
