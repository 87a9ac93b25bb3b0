import { describeRefusal, explainRefusal, nameOf, refusalJson } from '../../app/accounts.ts';
import { liveNotes, type RunView } from '../../app/run-kinds.ts';
import { type BackfillStatus, backfillStatus, type FailedItem, type FileCheck } from '../../app/status.ts';
import { completenessOf } from '../../backfill/report.ts';
import { formatMoment } from '../../media/moment.ts';
import type { OptionsOf } from '../command.ts';
import type { backfillStatus as command } from '../commands/backfill-status.ts';
import { completenessLine } from '../completeness-line.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { fileLines } from '../file-lines.ts';
import { oneLine, renderTable, type Terminal } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

/** Failed items that are shown; `--json` lists more. */
const FAILURES_SHOWN = 10;
const FAILURES_LISTED = 1000;

export async function run(options: OptionsOf<typeof command>, context: Context): Promise<ExitCode> {
  const { terminal, program } = context;
  const status = await withApp(
    context,
    (app) => backfillStatus(app, options.json ? FAILURES_LISTED : FAILURES_SHOWN),
    libraryConfig(context, options),
  );
  if (options.json) {
    terminal.json(toJson(status));
    return EXIT.done;
  }
  const flag = options.sandbox ? ' --sandbox' : '';
  const { items, files, lastRun, refused } = status;
  const totals = [
    ['Downloaded items', items.total],
    ['Failed items', items.failed],
  ] as const;
  terminal.print(`Instagram Backfill Status\n${renderTable(['Metric', 'Value'], totals)}`);
  for (const line of fileLines(status)) terminal.print(line);
  if (files.missing + files.altered > 0) {
    terminal.print(`To download them again: ${program} verify-library --repair${flag}`);
  }
  if (lastRun) showRun(lastRun, terminal);
  else {
    terminal.print('\nNo backfill runs recorded yet.');
    terminal.print(`For a preview: ${program} backfill-instagram --dry-run${flag}`);
  }
  showErrorsWithoutItem(status, terminal);
  showFailures(items, `${program} backfill-instagram --retry-failed${flag}`, terminal);
  for (const { account, refusal } of refused) {
    terminal.print(`\n${oneLine(`${nameOf(account)}: ${describeRefusal(refusal)}. ${explainRefusal(refusal)}`)}`);
  }
  return EXIT.done;
}

function showRun(run: RunView, terminal: Terminal): void {
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
    ...liveNotes(run).map((text): [string, string] => ['Now', text]),
  ];
  terminal.print(`\nLast run\n${renderTable(['Property', 'Value'], rows)}`);
  const completeness = result && completenessOf(result);
  if (completeness) terminal.print(`When it ended: ${completenessLine(completeness)}`);
}

/** The last run's errors that belong to no item, such as a list that could not be read. */
function showErrorsWithoutItem({ lastRun, items: { failedItems } }: BackfillStatus, terminal: Terminal): void {
  const details = lastRun?.result?.error_details ?? [];
  const known = new Set(failedItems.map(({ reason }) => reason));
  for (const detail of details) {
    if (!/\(media_id: \d+\)$/.test(detail) && !known.has(detail)) terminal.print(`  - ${oneLine(detail)}`);
  }
}

function showFailures({ failed, failedItems }: BackfillStatus['items'], retry: string, terminal: Terminal): void {
  if (failed === 0) return;
  terminal.print('\nFailed items');
  for (const item of failedItems) {
    const times = item.times > 1 ? `, ${item.times} times` : '';
    terminal.print(`  - ${oneLine(item.reason)}, last on ${formatMoment(item.failedAt)}${times}`);
  }
  if (failed > failedItems.length) terminal.print(`  … and ${failed - failedItems.length} more: see --json`);
  terminal.print(`To retry only these: ${retry}`);
}

const toJson = ({ items, files, lastRun, refused }: BackfillStatus) => ({
  total_backfilled: items.total,
  last_run: lastRun ? runJson(lastRun) : null,
  failed_items: items.failed,
  failures: items.failedItems.map(failureJson),
  refused_tokens: refused.map(({ account, refusal }) => ({ account: nameOf(account), ...refusalJson(refusal) })),
  files: { missing: files.missing, changed: files.altered, checks: files.checks.map(checkJson) },
});

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

const checkJson = ({ scope, kind, checkedAt, files, missing, altered }: FileCheck) => ({
  scope,
  kind,
  checked_at: checkedAt.toISOString(),
  files,
  missing,
  changed: altered,
});
