import { InlineKeyboard } from 'grammy/web';
import { type Account, nameOf } from '../accounts/accounts.ts';
import type { Attempt } from '../app/bot-users.ts';
import { accountChecks } from '../app/health/accounts.ts';
import type { Check } from '../app/health/check.ts';
import { databaseCheck, folderChecks, keyChecks } from '../app/health/library.ts';
import type { App } from '../app/open.ts';
import { liveNotes, type RunView } from '../app/run-kinds.ts';
import { fileOverview } from '../catalogue/file-states.ts';
import { backfillOverview } from '../catalogue/media-items.ts';
import { plural } from '../lib/format.ts';
import { formatMoment } from '../media/moment.ts';
import { bold, clip, lines, say, type Text } from './text.ts';

/** The prefix of the data of a button that switches the account; the account's id follows. */
export const USE_ACCOUNT = 'account:';

const FAILURES_SHOWN = 3;

/** The answer to `/backfill_status`. */
export async function runText(app: App): Promise<Text> {
  const { total, failed, failedItems } = await backfillOverview(app.db, FAILURES_SHOWN);
  const [last] = await app.runs.recent(1);
  const { missing, altered } = await fileOverview(app.db);
  return lines(
    say`${bold(plural(total, 'backfilled item'))} in the library`,
    missing > 0 ? `${plural(missing, 'file')} missing on disk` : undefined,
    altered > 0 ? `${plural(altered, 'file')} changed on disk` : undefined,
    '',
    ...(last
      ? [say`${bold('Last run')}: ${last.status}`, ...runLines(last)]
      : ['No backfill runs recorded yet. For an estimate: /backfill dry']),
    ...(failed > 0
      ? ['', bold(plural(failed, 'failed item')), ...failedItems.map(({ reason }) => `• ${clip(reason, 80)}`)]
      : []),
  );
}

function runLines(run: RunView): (string | Text | undefined)[] {
  const { startedAt, completedAt, triggeredBy, input, result, progress, error } = run;
  const isDry = input.dry_run ?? result?.dry_run ?? false;
  const counts = result ?? progress;
  return [
    `Started ${formatMoment(startedAt)}${completedAt ? `, ended ${formatMoment(completedAt)}` : ''}`,
    `By ${triggeredBy}${isDry ? ', dry run' : ''}`,
    error ? `Stopped by: ${clip(error, 200)}` : undefined,
    ...(counts ? countLines(counts, isDry) : []),
    ...liveNotes(run).map((text) => `Now: ${text}`),
  ];
}

/** The result of a finished run, or the counts so far of a running one. */
const countLines = (counts: NonNullable<RunView['result'] | RunView['progress']>, isDry: boolean): string[] => [
  `${isDry ? 'Would download' : 'Downloaded'}: ${counts.downloaded ?? 0}`,
  `Skipped (duplicate): ${counts.skipped_duplicate ?? 0}`,
  `Skipped (unsupported): ${counts.skipped_unsupported ?? 0}`,
  `Failed: ${counts.failed ?? 0}`,
  `Total API items: ${counts.total_api_items ?? 0}`,
];

/** The message of a run whose process ended before it could finish it, from the run's record. */
export const storedResultText = (run: RunView): Text =>
  lines(
    bold('Instagram backfill'),
    '',
    run.status === 'completed' ? bold('Done') : say`${bold('Stopped')}: ${clip(run.error ?? 'the program ended', 300)}`,
    ...(run.result ? countLines(run.result, run.result.dry_run ?? false) : []),
    run.status === 'completed' ? undefined : 'Downloaded files are kept. Send /backfill again to continue.',
  );

/** The answer to `/accounts`. */
export function accountsText(accounts: readonly Account[], activeId: string | undefined): Text {
  if (accounts.length === 0)
    return lines('No accounts yet.', 'On the machine of the library, sign in: storyline-cli instagram-auth');
  return lines(
    bold('Accounts'),
    ...accounts.map(
      (account) =>
        say`${account.id === activeId ? '● ' : '○ '}${nameOf(account)} ${account.displayName === account.username ? '' : `(${clip(account.displayName, 60)})`}`,
    ),
    ...(accounts.length > 1 ? ['', 'Which account should this chat use?'] : []),
  );
}

export function accountButtons(accounts: readonly Account[], activeId: string | undefined): InlineKeyboard | undefined {
  if (accounts.length < 2) return undefined;
  const keyboard = new InlineKeyboard();
  for (const account of accounts) {
    keyboard
      .text(clip(`${account.id === activeId ? '● ' : ''}${nameOf(account)}`, 40), `${USE_ACCOUNT}${account.id}`)
      .row();
  }
  return keyboard;
}

/** The answer to `/status`: problems, in brief. */
export async function healthText(app: App, attempts: readonly Attempt[]): Promise<Text> {
  const checks: Check[] = [
    await databaseCheck(app),
    ...(await keyChecks(app)),
    ...(await accountChecks(app)).checks,
    ...(await folderChecks(app.config)),
  ];
  const bad = checks.filter(({ state }) => state !== 'ok');
  const [last] = await app.runs.recent(1);
  return lines(
    bad.length === 0 ? say`${bold('No problems found.')}` : bold(`${plural(bad.length, 'problem')} found`),
    ...bad.map(
      ({ name, state, finding, remedy }) =>
        say`• ${bold(name)} (${state}): ${clip(finding, 200)}${remedy ? ` ${clip(remedy, 200)}` : ''}`,
    ),
    ...(await runningLines(app)),
    last ? `Last run: ${last.status}, ${formatMoment(last.startedAt)}` : 'No backfill yet.',
    ...(attempts.length > 0
      ? [
          '',
          bold('Recently refused'),
          ...attempts.map(({ at, who, chatId }) => `• ${clip(who, 40)} in chat ${chatId}, ${formatMoment(at)}`),
        ]
      : []),
  );
}

/** The running backfills, from any front end: their account and progress. */
async function runningLines({ runs, accounts }: App): Promise<string[]> {
  const running = await runs.running();
  if (running.length === 0) return [];
  const names = new Map((await accounts.list({ all: true })).map((account) => [account.id, nameOf(account)]));
  return running.map((run) => {
    const { progress, input } = run;
    const details = [
      `by ${run.triggeredBy}`,
      ...(progress ? [`${progress.downloaded ?? 0} ${input.dry_run ? 'to download' : 'new'}`] : []),
      ...(progress ? [`${progress.skipped_duplicate ?? 0} known`] : []),
      ...liveNotes(run),
    ];
    return `Running: ${names.get(input.account_id ?? '') ?? 'an account'}, ${details.join(', ')}`;
  });
}
