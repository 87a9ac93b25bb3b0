import type { Account } from '../app/accounts.ts';
import type { StartRequest } from '../app/backfill/request.ts';
import type { BackfillRun } from '../app/backfill/start.ts';
import { filesFound } from '../backfill/files-found.ts';
import { factsText, type Report, toRecord, totalProcessed } from '../backfill/report.ts';
import { RateLimitError, type StorylineError, stopName } from '../errors.ts';
import { formatBytes, plural } from '../lib/format.ts';
import { formatDay } from '../media/moment.ts';
import { completenessLine } from './completeness-line.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { comparisonTable, forecastTable } from './forecast-tables.ts';
import { oneLine, renderPanel, renderTable } from './terminal.ts';

/** Error details shown after the results; the run's record keeps more. */
const DETAILS_SHOWN = 10;

/** A run that has ended, completely or early. */
export interface FinishedRun {
  readonly run: BackfillRun;
  readonly report: Report;
  readonly stoppedBy: StorylineError | undefined;
  readonly seconds: number;
  readonly exitCode: ExitCode;
}

/** The flags that change what a run's report says. */
export interface ReportOptions {
  readonly sandbox: boolean;
  readonly dryRun: boolean;
  readonly retryFailed: boolean;
  readonly allAccounts: boolean;
}

/** The settings of a run that is about to start. */
export function panel(request: StartRequest, account: string, { terminal }: Context): string {
  const mode = request.dryRun ? terminal.colors.yellow('DRY RUN') : terminal.colors.green('LIVE');
  const until = request.until ? [`Until:      ${formatDay(request.until)}`] : [];
  return renderPanel(`Instagram Media Backfill (${mode})`, [
    `Media type: ${request.mediaType}`,
    `Limit:      ${request.limit ?? 'all'}`,
    `Since:      ${request.since ? formatDay(request.since) : 'all time'}`,
    ...until,
    `Account:    ${account}`,
    ...(request.incremental ? ['Only new posts'] : []),
    ...(request.retryFailed ? ['Only failed items'] : []),
  ]);
}

function results(report: Report, seconds: number): string {
  const table = renderTable(
    ['Metric', 'Count'],
    [
      [report.dryRun ? 'Would download' : 'Downloaded', report.downloaded],
      ['Skipped (duplicate)', report.skippedDuplicate],
      ['Skipped (unsupported)', report.skippedUnsupported],
      ['Failed', report.failed],
      ['Total API items', report.totalApiItems],
    ],
  );
  const extent = report.dryRun ? '' : `${formatBytes(report.bytes)}, `;
  const posters =
    report.posters > 0
      ? `\n${plural(report.posters, 'video')} saved as a still image only: Instagram withholds the video.`
      : '';
  const unusual =
    report.unusual > 0 ? `\n${plural(report.unusual, 'file')} saved despite an unusual structure (see the log).` : '';
  const adopted = report.adopted > 0 ? `\n${plural(report.adopted, 'file')} recovered from an earlier run.` : '';
  const facts = factsText(report)
    .map((line) => `\n${line}`)
    .join('');
  const completeness = report.completeness ? `\n${completenessLine(report.completeness)}` : '';
  const files = filesFound(report)
    .map((line) => `\n${line}`)
    .join('');
  return `Backfill Results\n${table}\n${extent}${plural(report.apiCalls, 'API call')}, ${seconds.toFixed(1)} s${posters}${unusual}${adopted}${facts}${completeness}${files}`;
}

/** Suggestions for after a run. */
export function nextSteps(
  report: Report,
  { sandbox, dryRun, retryFailed, allAccounts }: ReportOptions,
  { folder, program }: { folder: string; program: string },
): string {
  const flag = sandbox ? ' --sandbox' : '';
  const backfill = `${program} backfill-instagram${allAccounts ? ' --all-accounts' : ''}`;
  if (retryFailed && totalProcessed(report) === 0) return 'No failed items: nothing to retry.';
  if (dryRun) return `Nothing was downloaded. For the real run: ${backfill}${flag}`;
  const failed =
    report.failed > 0
      ? [
          `Show the failed items: ${program} backfill-status${flag}`,
          `Retry only these:      ${backfill} --retry-failed${flag}`,
        ]
      : [];
  const changed = report.changedOnDisk > 0 ? [`Replace changed files: ${program} verify-library --repair${flag}`] : [];
  const own = sandbox ? [`Your own account:      ${program} instagram-auth`] : [];
  return [
    `Files:                 ${folder}`,
    ...failed,
    ...changed,
    `Look at the library:   ${program} serve${flag} --open`,
    `New posts only:        ${backfill} --incremental${flag}`,
    ...own,
  ].join('\n');
}

/** The error that stopped a run, and what to do about it. */
export function stopped(error: StorylineError): string {
  const hint = error.hint ? `\n${error.hint}` : '';
  const wait = error instanceof RateLimitError ? '\nWith --wait a run waits automatically.' : '';
  return `Stopped: ${error.message}${hint}${wait}`;
}

/** Shows a run's results and its first errors, with a dry run's estimate, or the actual numbers next to an earlier one. */
export function showResults({ run, report, seconds }: FinishedRun, { terminal }: Context): void {
  terminal.print(`\n${results(report, seconds)}`);
  if (report.forecast) terminal.print(`\n${forecastTable(report.forecast)}`);
  if (run.forecast) terminal.print(`\n${comparisonTable(run.forecast, report, seconds)}`);
  for (const detail of report.errorDetails.slice(0, DETAILS_SHOWN)) terminal.print(`  - ${oneLine(detail)}`);
  for (const { error } of report.unlisted) if (error.hint) terminal.print(error.hint);
}

/** A run for `--json`. Without `finished` it did not start. */
export function runJson(
  request: StartRequest,
  account: Account,
  ended: { finished?: FinishedRun | undefined; error: StorylineError | undefined; exitCode: ExitCode },
) {
  const { finished, error, exitCode } = ended;
  const forecast = finished?.run.forecast;
  return {
    run_id: finished?.run.id ?? null,
    account: { id: account.id, instagram_account_id: account.instagramId, username: account.username ?? null },
    mode: request.dryRun ? 'dry_run' : 'live',
    media_type: request.mediaType,
    limit: request.limit ?? null,
    since: request.since?.toISOString() ?? null,
    until: request.until?.toISOString() ?? null,
    folder: finished?.run.folder ?? null,
    forecast: forecast ? { made_at: forecast.madeAt.toISOString(), ...forecast.forecast } : null,
    result: finished
      ? toRecord(finished.report, { seconds: finished.seconds, stoppedBy: error && stopName(error) })
      : null,
    error: error ? { type: error.name, message: error.message, hint: error.hint ?? null } : null,
    exit_status: exitCode,
  };
}
