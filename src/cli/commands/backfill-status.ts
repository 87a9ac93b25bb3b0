import { type Account, nameOf } from '../../accounts/accounts.ts';
import { describeRefusal, explainRefusal, type Refusal, refusalJson } from '../../accounts/refusals.ts';
import type { App } from '../../app/open.ts';
import { liveNotes, type RunView } from '../../app/run-kinds.ts';
import { completenessOf } from '../../backfill/report.ts';
import { type FileCheck, fileOverview, WHOLE_LIBRARY } from '../../catalogue/file-states.ts';
import { backfillOverview, type FailedItem } from '../../catalogue/media-items.ts';
import { plural } from '../../lib/format.ts';
import { formatMoment } from '../../media/moment.ts';
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
      const refused = await refusedAccounts(app);
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
          refused_tokens: refused.map(({ account, refusal }) => ({
            account: nameOf(account),
            ...refusalJson(refusal),
          })),
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
      for (const line of fileLines(files, accounts, overview.total)) terminal.print(line);
      if (files.missing + files.altered > 0) {
        const flag = options.sandbox ? ' --sandbox' : '';
        terminal.print(`To download them again: ${program} verify-library --repair${flag}`);
      }
      showRun(last, options, terminal);
      showUnremembered(last, overview, terminal);
      showFailures(overview, terminal);
      for (const { account, refusal } of refused) {
        terminal.print(`\n${oneLine(`${nameOf(account)}: ${describeRefusal(refusal)}. ${explainRefusal(refusal)}`)}`);
      }
      return EXIT.done;
    },
    libraryConfig(context, options),
  );
}

type Files = Awaited<ReturnType<typeof fileOverview>>;

/** The last looks at files, then what is known by now where that is not what they found. */
function fileLines(
  { checks, missing, altered }: Files,
  accounts: ReadonlyMap<string, string>,
  total: number,
): string[] {
  const shown = latestChecks(checks, accounts, total);
  const lines = shown.map((check) => {
    const whose = accounts.size > 1 && check.scope !== WHOLE_LIBRARY ? ` of ${accounts.get(check.scope)}` : '';
    const onDisk = check.files - check.missing - check.altered;
    const bad = [
      ...(check.missing > 0 ? [`${number(check.missing)} missing`] : []),
      ...(check.altered > 0 ? [`${number(check.altered)} changed`] : []),
    ];
    const some = accounts.size <= 1 && check.files < total ? `${number(check.files)} of ${number(total)} ` : '';
    const counts = [`${number(onDisk)} on disk`, ...bad].join(', ');
    return `Files${whose}: ${counts} (${some}looked at ${formatMoment(check.checkedAt)})`;
  });
  const found = shown.reduce((sum, check) => sum + check.missing + check.altered, 0);
  const now = [
    ...(missing > 0 ? [`${plural(missing, 'file')} missing`] : []),
    ...(altered > 0 ? [`${plural(altered, 'file')} changed`] : []),
  ];
  return now.length === 0 || (shown.length === 1 && found === missing + altered)
    ? lines
    : [...lines, `Known by now: ${now.join(', ')}`];
}

/** Without those that a later look at the same files, or at all of them, has replaced. */
function latestChecks(checks: readonly FileCheck[], accounts: ReadonlyMap<string, string>, total: number): FileCheck[] {
  const current = checks.filter(({ scope }) => scope === WHOLE_LIBRARY || accounts.has(scope));
  const all = current.findIndex(({ scope }) => scope === WHOLE_LIBRARY);
  const since = all < 0 ? current : current.slice(0, all + 1);
  const isEnough = accounts.size <= 1 && (since[0]?.files ?? 0) >= total;
  return isEnough ? since.slice(0, 1) : since;
}

const number = (count: number): string => count.toLocaleString('en');

const checkJson = ({ scope, kind, checkedAt, files, missing, altered }: FileCheck) => ({
  scope,
  kind,
  checked_at: checkedAt.toISOString(),
  files,
  missing,
  changed: altered,
});

/** Active accounts whose runs would fail, since Meta refused their tokens. */
async function refusedAccounts({ accounts, refusals }: App): Promise<{ account: Account; refusal: Refusal }[]> {
  const found = await Promise.all(
    (await accounts.list()).map(async (account) => ({ account, refusal: await refusals.of(account) })),
  );
  return found.flatMap(({ account, refusal }) => (refusal ? [{ account, refusal }] : []));
}

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
    ...liveNotes(run).map((text): [string, string] => ['Now', text]),
  ];
  terminal.print(`\nLast run\n${renderTable(['Property', 'Value'], rows)}`);
  const completeness = result && completenessOf(result);
  if (completeness) terminal.print(`When it ended: ${accountOf(completeness)}`);
}

/** What the last run could not read and what has no id of its own: lists, and entries of lists. */
function showUnremembered(
  last: RunView | undefined,
  { failedItems }: { failedItems: FailedItem[] },
  terminal: Terminal,
): void {
  const details = last?.result?.error_details ?? [];
  const unremembered = details.filter((detail) => !/\(media_id: \d+\)$/.test(detail));
  const known = new Set(failedItems.map(({ reason }) => reason));
  for (const detail of unremembered) if (!known.has(detail)) terminal.print(`  - ${oneLine(detail)}`);
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
