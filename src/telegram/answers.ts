import { InlineKeyboard } from 'grammy';
import { type Account, nameOf } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import { accountChecks } from '../health/accounts.ts';
import type { Check } from '../health/check.ts';
import { databaseCheck, folderChecks, keyChecks } from '../health/library.ts';
import { plural } from '../lib/format.ts';
import { backfillOverview } from '../library/media-items.ts';
import { formatMoment } from '../media/moment.ts';
import type { RunView } from '../runs/service-runs.ts';
import type { Attempt } from './people.ts';
import { bold, clip, lines, say, type Text } from './text.ts';

/** What a button that switches the account carries: behind it the account's id. */
export const USE_ACCOUNT = 'account:';

const FAILURES_SHOWN = 3;

/** The answer to `/backfill_status`. */
export async function runText(app: App): Promise<Text> {
  const { total, failed, failedItems } = await backfillOverview(app.db, FAILURES_SHOWN);
  const [last] = await app.runs.recent(1);
  return lines(
    say`${bold(plural(total, 'backfilled item'))} in the library`,
    '',
    ...(last
      ? [say`${bold('Last run')}: ${last.status}`, ...runLines(last)]
      : ['No backfill runs recorded yet. See what would come: /backfill dry']),
    ...(failed > 0
      ? ['', bold(plural(failed, 'failed item')), ...failedItems.map(({ reason }) => `• ${clip(reason, 80)}`)]
      : []),
  );
}

function runLines({
  startedAt,
  completedAt,
  triggeredBy,
  input,
  result,
  error,
}: RunView): (string | Text | undefined)[] {
  const isDry = input.dry_run ?? result?.dry_run;
  return [
    `Started ${formatMoment(startedAt)}${completedAt ? `, ended ${formatMoment(completedAt)}` : ''}`,
    `By ${triggeredBy}${isDry ? ', dry run' : ''}`,
    error ? `Stopped by: ${clip(error, 200)}` : undefined,
    ...(result ? resultLines(result) : []),
  ];
}

const resultLines = (result: NonNullable<RunView['result']>): string[] => [
  `${result.dry_run ? 'Would download' : 'Downloaded'}: ${result.downloaded ?? 0}`,
  `Skipped (duplicate): ${result.skipped_duplicate ?? 0}`,
  `Skipped (unsupported): ${result.skipped_unsupported ?? 0}`,
  `Failed: ${result.failed ?? 0}`,
  `Total API items: ${result.total_api_items ?? 0}`,
];

/** The message of a run whose process could not finish it, by the run's record. */
export const storedResultText = (run: RunView): Text =>
  lines(
    bold('Instagram backfill'),
    '',
    run.status === 'completed' ? bold('Done') : say`${bold('Stopped')}: ${clip(run.error ?? 'the program ended', 300)}`,
    ...(run.result ? resultLines(run.result) : []),
    run.status === 'completed' ? undefined : 'What came stays. Run /backfill again: it goes on where this one stopped.',
  );

/** The answer to `/accounts`. */
export function accountsText(accounts: readonly Account[], activeId: string | undefined): Text {
  if (accounts.length === 0)
    return lines('No account is in the library yet.', 'On its machine, sign in with: storyline-cli instagram-auth');
  return lines(
    bold('Accounts'),
    ...accounts.map(
      (account) =>
        say`${account.id === activeId ? '● ' : '○ '}${nameOf(account)} ${account.displayName === account.username ? '' : `(${clip(account.displayName, 60)})`}`,
    ),
    ...(accounts.length > 1 ? ['', 'Which one does this chat mean?'] : []),
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

/** The answer to `/status`: what is not well, in brief. */
export async function healthText(
  app: App,
  underWay: readonly { account: string }[],
  attempts: readonly Attempt[],
): Promise<Text> {
  const checks: Check[] = [
    await databaseCheck(app),
    ...(await keyChecks(app)),
    ...(await accountChecks(app)).checks,
    ...(await folderChecks(app.config)),
  ];
  const bad = checks.filter(({ state }) => state !== 'ok');
  const [last] = await app.runs.recent(1);
  return lines(
    bad.length === 0 ? say`${bold('All is well.')}` : bold(`${plural(bad.length, 'thing')} to look at`),
    ...bad.map(
      ({ name, state, finding, remedy }) =>
        say`• ${bold(name)} (${state}): ${clip(finding, 200)}${remedy ? ` ${clip(remedy, 200)}` : ''}`,
    ),
    underWay.length > 0 ? `Under way: ${underWay.map(({ account }) => account).join(', ')}` : undefined,
    last ? `Last run: ${last.status}, ${formatMoment(last.startedAt)}` : 'No backfill yet.',
    ...(attempts.length > 0
      ? [
          '',
          bold('Turned away lately'),
          ...attempts.map(({ at, who, chatId }) => `• ${clip(who, 40)} in chat ${chatId}, ${formatMoment(at)}`),
        ]
      : []),
  );
}
