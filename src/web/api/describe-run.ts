import { accountNames } from '../../app/account-names.ts';
import type { ProgressRecord } from '../../app/backfill/records.ts';
import type { App } from '../../app/open.ts';
import type { RunView } from '../../app/run-kinds.ts';
import { completenessOf, type ForecastRecord, type RunRecord } from '../../backfill/report.ts';
import type { Completeness, Forecast, Run, RunProgress } from '../../contract/runs.ts';

/** Runs in the contract's form, with the names of their accounts. */
export async function describeRuns(app: Pick<App, 'accounts'>, runs: readonly RunView[]): Promise<Run[]> {
  if (runs.length === 0) return [];
  const names = await accountNames(app);
  return runs.map((run) => describeRun(run, names));
}

function describeRun({ input, result, progress, ...run }: RunView, names: ReadonlyMap<string, string>): Run {
  const { account_id: accountId = '' } = input;
  const name = names.get(accountId);
  return {
    id: run.id,
    status: run.status,
    startedAt: run.startedAt.toISOString(),
    completedAt: run.completedAt?.toISOString() ?? null,
    triggeredBy: run.triggeredBy,
    account: name === undefined ? null : { id: accountId, name },
    request: {
      mediaType: input.media_type ?? 'feed',
      limit: input.limit ?? null,
      since: input.since ?? null,
      until: input.until ?? null,
      dryRun: input.dry_run ?? result?.dry_run ?? false,
      incremental: input.incremental ?? false,
      retryFailed: input.retry_failed ?? false,
      collaborations: input.collaborations ?? false,
      repair: input.repair !== undefined,
    },
    progress: progress ? describeProgress(progress) : null,
    isCancelled: run.isCancelled,
    result: result ? describeResult(result) : null,
    errors: [...(result?.error_details ?? [])],
    error: run.error ?? null,
  };
}

/** Rows of older versions and of the Python program may lack some of them. */
const countsOf = (record: Partial<RunRecord> | Partial<ProgressRecord>) => ({
  downloaded: record.downloaded ?? 0,
  skippedDuplicate: record.skipped_duplicate ?? 0,
  skippedUnsupported: record.skipped_unsupported ?? 0,
  failed: record.failed ?? 0,
  totalApiItems: record.total_api_items ?? 0,
  posters: record.posters ?? 0,
  bytes: record.bytes ?? 0,
  apiCalls: record.api_calls ?? 0,
});

const describeProgress = (progress: Partial<ProgressRecord>): RunProgress => ({
  ...countsOf(progress),
  pages: progress.pages ?? 0,
  usagePercent: progress.usage_percent ?? null,
  waitingUntil: progress.waiting_until ?? null,
  measuring: progress.measuring ?? false,
  expectedFiles: progress.expected_files ?? null,
  seconds: progress.seconds ?? 0,
});

function describeResult(result: Partial<RunRecord>): Run['result'] {
  return {
    ...countsOf(result),
    adopted: result.adopted ?? 0,
    outside: result.outside ?? 0,
    seconds: result.seconds ?? 0,
    completeness: describeCompleteness(result),
    forecast: result.forecast ? describeForecast(result.forecast) : null,
  };
}

/** How much of the feed is in the library, by a run's record; null if the run did not read the whole feed. */
export function describeCompleteness(result: Partial<RunRecord>): Completeness | null {
  const found = completenessOf(result);
  if (!found) return null;
  const { reported, listed, whole, partial, missing, lacking } = found;
  return { reported: reported ?? null, listed, whole, partial, missing, lacking: { ...lacking } };
}

const describeForecast = (forecast: ForecastRecord): Forecast => ({
  apiCalls: forecast.api_calls,
  files: forecast.files,
  bytes: forecast.bytes,
  bytesLeast: forecast.bytes_least,
  bytesMost: forecast.bytes_most,
  diskBytes: forecast.disk_bytes,
  freeBytes: forecast.free_bytes,
  seconds: forecast.seconds,
  pauses: forecast.budget?.pauses ?? null,
});
