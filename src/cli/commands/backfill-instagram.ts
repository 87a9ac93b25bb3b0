import type { App } from '../../app.ts';
import { stopName } from '../../backfill/recorded.ts';
import { type Report, toRecord, totalProcessed } from '../../backfill/report.ts';
import { RateLimitError, type StorylineError, UsageError } from '../../errors.ts';
import { formatDay } from '../../media/moment.ts';
import { addSandboxAccount, connectedTo, sandboxConfig, withSandbox } from '../../sandbox-library.ts';
import { type MediaType, type StartRequest, startBackfill } from '../../start-backfill.ts';
import { accountOf } from '../account-of-posts.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { comparisonTable, forecastTable } from '../forecast-tables.ts';
import { showProgress } from '../progress.ts';
import { formatBytes, oneLine, plural, renderPanel, renderTable } from '../terminal.ts';
import { withApp } from '../with-app.ts';

interface Options {
  limit?: number | undefined;
  mediaType?: MediaType | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  dryRun: boolean;
  accountId?: string | undefined;
  incremental: boolean;
  retryFailed: boolean;
  wait: boolean;
  collaborations: boolean;
  concurrency?: number | undefined;
  sandbox: boolean;
  json: boolean;
  quiet: boolean;
}

/** Error details shown after the results; the run's record keeps more. */
const DETAILS_SHOWN = 10;

const STORIES_NOTE =
  'Note: stories can be had for 24 hours only. Older ones are out of reach: Instagram gives them to nobody.';

export async function backfillInstagram(options: Options, context: Context): Promise<ExitCode> {
  if (options.since && options.until && options.since >= options.until) {
    throw new UsageError('--since must be a day before --until');
  }
  if (options.retryFailed && (options.incremental || options.collaborations || options.mediaType)) {
    throw new UsageError('--retry-failed asks for what failed before, wherever it was listed', {
      hint: 'Leave out --incremental, --media-type and --collaborations.',
    });
  }
  if (!options.sandbox) return withApp(context, (app) => run(app, options, context));
  return withSandbox((sandbox) =>
    withApp(
      context,
      async (app) => {
        await addSandboxAccount(app, sandbox);
        return run(app, options, context);
      },
      connectedTo(sandboxConfig(context.config), sandbox),
    ),
  );
}

async function run(app: App, options: Options, context: Context): Promise<ExitCode> {
  const { terminal, signal } = context;
  const request: StartRequest = {
    account: options.accountId,
    mediaType: options.mediaType ?? (options.sandbox ? 'both' : 'feed'),
    collaborations: options.collaborations,
    since: options.since,
    until: options.until,
    limit: options.limit,
    dryRun: options.dryRun,
    incremental: options.incremental,
    retryFailed: options.retryFailed,
    wait: options.wait,
    concurrency: options.concurrency,
    triggeredBy: 'cli',
  };
  const started = performance.now();
  const backfillRun = await startBackfill(app, request, signal);
  const { account, folder, forecast: foretold } = backfillRun;
  const name = account.username ? `@${account.username}` : account.displayName;
  if (!options.json) {
    terminal.print(panel(request, name, context));
    if (request.mediaType !== 'feed') terminal.print(STORIES_NOTE);
  }

  const ended = await showProgress(backfillRun.events, options.quiet ? undefined : terminal, request.limit);
  const { report, stoppedBy } = ended;
  const seconds = Math.round(performance.now() - started) / 1000;
  const exitCode = exitCodeAfter(report, stoppedBy);
  if (options.json) {
    terminal.json({
      run_id: backfillRun.id,
      account: { id: account.id, instagram_account_id: account.instagramId, username: account.username ?? null },
      mode: request.dryRun ? 'dry_run' : 'live',
      media_type: request.mediaType,
      limit: request.limit ?? null,
      since: request.since?.toISOString() ?? null,
      until: request.until?.toISOString() ?? null,
      folder,
      forecast: foretold ? { made_at: foretold.madeAt.toISOString(), ...foretold.forecast } : null,
      result: toRecord(report, { seconds, stoppedBy: stoppedBy && stopName(stoppedBy) }),
      error: stoppedBy ? { type: stoppedBy.name, message: stoppedBy.message, hint: stoppedBy.hint ?? null } : null,
      exit_status: exitCode,
    });
  } else {
    terminal.print(`\n${results(report, seconds)}`);
    if (report.forecast) terminal.print(`\n${forecastTable(report.forecast)}`);
    if (foretold) terminal.print(`\n${comparisonTable(foretold, report, seconds)}`);
    for (const detail of report.errorDetails.slice(0, DETAILS_SHOWN)) terminal.print(`  - ${oneLine(detail)}`);
    if (!stoppedBy) terminal.print(`\n${nextSteps(report, options, folder, context.program)}`);
  }
  if (stoppedBy) terminal.note(`\n${stopped(stoppedBy)}`);
  return exitCode;
}

function panel(request: StartRequest, account: string, { terminal }: Context): string {
  const mode = request.dryRun ? terminal.colors.yellow('DRY RUN') : terminal.colors.green('LIVE');
  const until = request.until ? [`Until:      ${formatDay(request.until)}`] : [];
  return renderPanel(`Instagram Media Backfill (${mode})`, [
    `Media type: ${request.mediaType}`,
    `Limit:      ${request.limit ?? 'all'}`,
    `Since:      ${request.since ? formatDay(request.since) : 'all time'}`,
    ...until,
    `Account:    ${account}`,
    ...(request.incremental ? ['New posts only'] : []),
    ...(request.retryFailed ? ['Only what failed before'] : []),
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
    report.posters > 0 ? `\n${plural(report.posters, 'video')} kept as still only: Instagram withholds the film.` : '';
  const adopted = report.adopted > 0 ? `\n${plural(report.adopted, 'file')} of an earlier run taken over.` : '';
  const account = report.completeness ? `\n${accountOf(report.completeness)}` : '';
  return `Backfill Results\n${table}\n${extent}${plural(report.apiCalls, 'API call')}, ${seconds.toFixed(1)} s${posters}${adopted}${account}`;
}

function nextSteps(report: Report, { sandbox, dryRun, retryFailed }: Options, folder: string, program: string): string {
  const flag = sandbox ? ' --sandbox' : '';
  if (retryFailed && totalProcessed(report) === 0)
    return 'Nothing failed in earlier runs: there is nothing to try again.';
  if (dryRun) return `Nothing was downloaded. To do it: ${program} backfill-instagram${flag}`;
  const failed =
    report.failed > 0
      ? [
          `What failed, and why:  ${program} backfill-status${flag}`,
          `Try just that again:   ${program} backfill-instagram --retry-failed${flag}`,
        ]
      : [];
  const own = sandbox ? [`Your own account:      ${program} add-instagram-account --help`] : [];
  return [
    `The files are in       ${folder}`,
    ...failed,
    `Look at the library:   ${program} list-media${flag}`,
    `New posts, next time:  ${program} backfill-instagram --incremental${flag}`,
    ...own,
  ].join('\n');
}

function stopped(error: StorylineError): string {
  const hint = error.hint ? `\n${error.hint}` : '';
  const wait = error instanceof RateLimitError ? '\nWith --wait a run waits for that by itself.' : '';
  return `Stopped: ${error.message}${hint}${wait}`;
}

function exitCodeAfter(report: Report, stoppedBy: StorylineError | undefined): ExitCode {
  if (stoppedBy) return exitCodeOf(stoppedBy);
  return report.failed > 0 ? EXIT.someFailed : EXIT.done;
}
