import { nameOf } from '../../accounts/accounts.ts';
import { completenessOf } from '../../backfill/report.ts';
import { plural } from '../../lib/format.ts';
import { type FileCheck, fileOverview, WHOLE_LIBRARY } from '../../library/file-states.ts';
import { backfillOverview, type FailedItem } from '../../library/media-items.ts';
import { formatMoment } from '../../media/moment.ts';
import { type RunView, standingNow } from '../../runs/run-views.ts';
import { accountOf } from '../account-of-posts.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, renderTable, type Terminal } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

interface Options {
  sandbox: boolean;
  json: boolean;
}

/** Failed items that the table shows; `--json` shows more. */
const FAILURES_SHOWN = 10;
const FAILURES_LISTED = 1000;

export async function backfillStatus(options: Options, context: Context): Promise<ExitCode> {
  const { terminal, program } = context;
  return withApp(
    context,
    async (app) => {
      const { db, runs } = app;
      const overview = await backfillOverview(db, options.json ? FAILURES_LISTED : FAILURES_SHOWN);
      const [last] = await runs.recent(1);
      const files = await fileOverview(db);
      const accounts = new Map((await app.accounts.list({ all: true })).map((one) => [one.id, nameOf(one)]));
      if (options.json) {
        terminal.json({
          total_backfilled: overview.total,
          last_run: last ? runJson(last) : null,
          failed_items: overview.failed,
          failures: overview.failedItems.map(failureJson),
          files: {
            missing: files.missing,
            changed: files.altered,
            checks: files.checks.map(checkJson),
          },
        });
        return EXIT.done;
      }
      terminal.print(
        `Instagram Backfill Status\n${renderTable(
          ['Metric', 'Value'],
          [
            ['Total backfilled items', overview.total],
            ['Items that failed', overview.failed],
          ],
        )}`,
      );
      for (const line of fileLines(files, accounts)) terminal.print(line);
      if (files.missing + files.altered > 0) {
        const flag = options.sandbox ? ' --sandbox' : '';
        terminal.print(`To download them again: ${program} verify-library --repair${flag}`);
      }
      showRun(last, options, terminal);
      showFailures(overview, terminal);
      return EXIT.done;
    },
    libraryConfig(context, options),
  );
}

type Files = Awaited<ReturnType<typeof fileOverview>>;

/** One line for each look at files; then what is known by now, where that is more than the last look found. */
function fileLines({ checks, missing, altered }: Files, accounts: ReadonlyMap<string, string>): string[] {
  const lines = checks.map((check) => {
    const account = accounts.get(check.scope);
    const whose =
      check.scope === WHOLE_LIBRARY ? ' (whole library)' : accounts.size > 1 ? ` of ${account ?? check.scope}` : '';
    const onDisk = check.files - check.missing - check.altered;
    const bad = [
      ...(check.missing > 0 ? [`${check.missing.toLocaleString('en')} missing`] : []),
      ...(check.altered > 0 ? [`${check.altered.toLocaleString('en')} changed`] : []),
    ];
    const counts = [`${onDisk.toLocaleString('en')} on disk`, ...bad].join(', ');
    return `Files${whose}: ${counts} (looked at ${formatMoment(check.checkedAt)})`;
  });
  const known = missing + altered;
  const isSaid = checks.some((check) => check.missing + check.altered === known);
  const now = [
    ...(missing > 0 ? [`${plural(missing, 'file')} missing`] : []),
    ...(altered > 0 ? [`${plural(altered, 'file')} changed`] : []),
  ];
  return known === 0 || isSaid ? lines : [...lines, `Known by now: ${now.join(', ')}`];
}

const checkJson = ({ scope, kind, checkedAt, files, missing, altered }: FileCheck) => ({
  scope,
  kind,
  checked_at: checkedAt.toISOString(),
  files,
  missing,
  changed: altered,
});

function showRun(run: RunView | undefined, { sandbox }: Options, terminal: Terminal): void {
  if (!run) {
    const flag = sandbox ? ' --sandbox' : '';
    terminal.print('\nNo backfill runs recorded yet.');
    terminal.print(`Run 'storyline-cli backfill-instagram --dry-run${flag}' to preview.`);
    return;
  }
  const { result, progress } = run;
  const isDry = run.input.dry_run ?? result?.dry_run ?? false;
  const counts = result ?? progress;
  const rows: [string, string | number][] = [
    ['Status', run.status],
    ['Started', formatMoment(run.startedAt)],
    ['Completed', run.completedAt ? formatMoment(run.completedAt) : '-'],
    ['Triggered by', run.triggeredBy],
    ['Dry run', isDry ? 'yes' : 'no'],
    ...(run.error ? [['Stopped by', oneLine(run.error)] as [string, string]] : []),
    ...(counts
      ? ([
          [isDry ? 'Would download' : 'Downloaded', String(counts.downloaded ?? 0)],
          ['Skipped (duplicate)', String(counts.skipped_duplicate ?? 0)],
          ['Skipped (unsupported)', String(counts.skipped_unsupported ?? 0)],
          ['Failed', String(counts.failed ?? 0)],
          ['Total API items', String(counts.total_api_items ?? 0)],
        ] as [string, string][])
      : []),
    ...standingNow(run).map((text): [string, string] => ['Now', text]),
  ];
  terminal.print(`\nLast run\n${renderTable(['Property', 'Value'], rows)}`);
  const completeness = result && completenessOf(result);
  if (completeness) terminal.print(`When it ended: ${accountOf(completeness)}`);
}

function showFailures(
  { failed, failedItems }: { failed: number; failedItems: FailedItem[] },
  terminal: Terminal,
): void {
  if (failed === 0) return;
  terminal.print('\nItems that failed');
  for (const item of failedItems) {
    const times = item.times > 1 ? `, ${item.times} times` : '';
    terminal.print(`  - ${oneLine(item.reason)}, last on ${formatMoment(item.failedAt)}${times}`);
  }
  if (failed > failedItems.length) terminal.print(`  … and ${failed - failedItems.length} more: see --json`);
  terminal.print('To try just these again: backfill-instagram --retry-failed');
}

const runJson = (run: RunView) => ({
  id: run.id,
  status: run.status,
  started_at: run.startedAt.toISOString(),
  completed_at: run.completedAt?.toISOString() ?? null,
  triggered_by: run.triggeredBy,
  dry_run: run.input.dry_run ?? run.result?.dry_run ?? false,
  input: run.input,
  result: run.result ?? null,
  error: run.error ?? null,
  progress: run.progress ?? null,
  is_cancelled: run.isCancelled,
});

const failureJson = (item: FailedItem) => ({
  instagram_media_id: item.instagramMediaId,
  post_id: item.postId,
  media_type: item.mediaType,
  reason: item.reason,
  type: item.type,
  times: item.times,
  failed_at: item.failedAt.toISOString(),
});
