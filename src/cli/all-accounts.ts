import { type Account, ADD_ACCOUNT_HINT, nameOf } from '../app/accounts.ts';
import type { StartRequest } from '../app/backfill/request.ts';
import type { App } from '../app/open.ts';
import { emptyReport } from '../backfill/report.ts';
import {
  DatabaseError,
  InterruptedError,
  RateLimitError,
  RefusedByDatabaseError,
  StorageError,
  StorylineError,
  TokenExpiredError,
  UsageError,
} from '../errors.ts';
import { formatBytes } from '../lib/format.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { runToItsEnd } from './one-run.ts';
import { type FinishedRun, nextSteps, type ReportOptions, runJson, stopped } from './run-report.ts';
import { oneLine, renderTable } from './terminal.ts';

/** How one account's run ended. */
interface Turn {
  readonly account: Account;
  /** Undefined if the run could not start. */
  readonly finished?: FinishedRun;
  readonly error: StorylineError | undefined;
  readonly exitCode: ExitCode;
}

type Options = ReportOptions & { json: boolean; quiet: boolean };

/** An earlier account's error applies to all accounts, so this one's run was not started. */
class NotBegunError extends StorylineError {}

/**
 * Runs a backfill of every active account, one after the other. An error in one does not stop the others, except one that
 * would hit them all: Ctrl-C, a folder that takes no more files, a lost database.
 *
 * @throws {UsageError} if no account is active.
 */
export async function runAllAccounts(
  app: App,
  request: StartRequest,
  options: Options,
  context: Context,
): Promise<ExitCode> {
  const { terminal } = context;
  const accounts = await app.accounts.list();
  if (accounts.length === 0) throw await noAccount(app);
  const turns: Turn[] = [];
  let end: StorylineError | undefined;
  for (const account of accounts) {
    const turn = end ? notStarted(account, end) : await takeTurn(app, account, { request, options, context });
    if (endsAll(turn.error)) end ??= turn.error;
    turns.push(turn);
  }
  const exitCode = worst(turns);
  if (options.json) terminal.json(toJson(request, turns, exitCode));
  else {
    terminal.print(`\nAll accounts\n${summary(turns, options)}`);
    const last = turns.findLast(({ finished }) => finished && !finished.stoppedBy)?.finished;
    if (last) {
      const failed = turns.reduce((sum, { finished }) => sum + (finished?.report.failed ?? 0), 0);
      const steps = nextSteps({ ...last.report, failed }, options, { ...last.run, program: context.program });
      terminal.print(`\n${steps}`);
    }
  }
  return exitCode;
}

async function noAccount({ accounts }: App): Promise<UsageError> {
  const all = await accounts.list({ all: true });
  if (all.length === 0) return new UsageError('No Instagram account is in the library', { hint: ADD_ACCOUNT_HINT });
  return new UsageError('No account is active: all are deactivated', {
    hint: 'Reactivate one: storyline-cli reactivate-instagram-account <username>',
  });
}

interface TurnOptions {
  request: StartRequest;
  options: Options;
  context: Context;
}

async function takeTurn(app: App, account: Account, { request, options, context }: TurnOptions): Promise<Turn> {
  const { terminal, signal } = context;
  try {
    const finished = await runToItsEnd(app, { ...request, account: account.id }, options, context);
    const { stoppedBy, exitCode } = finished;
    if (stoppedBy) terminal.note(`\n${nameOf(account)}: ${stopped(stoppedBy)}`);
    return { account, finished, error: stoppedBy, exitCode };
  } catch (thrown) {
    const error = signal.aborted ? new InterruptedError() : thrown;
    if (!(error instanceof StorylineError)) throw error;
    terminal.note(`\n${nameOf(account)}: ${stopped(error)}`);
    return { account, error, exitCode: exitCodeOf(error) };
  }
}

function notStarted(account: Account, { message }: StorylineError): Turn {
  return { account, error: new NotBegunError(`Not started: ${message}`), exitCode: EXIT.stopped };
}

const endsAll = (error: StorylineError | undefined): boolean =>
  error instanceof InterruptedError ||
  error instanceof StorageError ||
  (error instanceof DatabaseError && !(error instanceof RefusedByDatabaseError));

/** The most serious exit status; wrong usage of one account, such as a missing token, counts as a stop. */
function worst(turns: readonly Turn[]): ExitCode {
  const codes = turns.map(({ exitCode }) => (exitCode === EXIT.wrongUsage ? EXIT.stopped : exitCode));
  const order = [EXIT.interrupted, EXIT.stopped, EXIT.rateLimited, EXIT.someFailed];
  return order.find((code) => codes.includes(code)) ?? EXIT.done;
}

const countsOf = ({ finished }: Turn) => {
  const report = finished?.report ?? emptyReport(false);
  return {
    downloaded: report.downloaded,
    known: report.skippedDuplicate,
    failed: report.failed,
    total: report.totalApiItems,
    bytes: report.bytes,
    apiCalls: report.apiCalls,
  };
};

function totalsOf(turns: readonly Turn[]) {
  const all = turns.map(countsOf);
  const sum = (name: keyof ReturnType<typeof countsOf>) => all.reduce((total, counts) => total + counts[name], 0);
  return {
    downloaded: sum('downloaded'),
    known: sum('known'),
    failed: sum('failed'),
    total: sum('total'),
    bytes: sum('bytes'),
    apiCalls: sum('apiCalls'),
  };
}

function summary(turns: readonly Turn[], { dryRun }: Options): string {
  const row = (name: string, { bytes, ...counts }: ReturnType<typeof countsOf>, end: string) => [
    name,
    counts.downloaded,
    counts.known,
    counts.failed,
    counts.total,
    formatBytes(bytes),
    counts.apiCalls,
    end,
  ];
  return renderTable(
    ['Account', dryRun ? 'Would download' : 'Downloaded', 'Known', 'Failed', 'Total', 'Bytes', 'API calls', 'Result'],
    [
      ...turns.map((turn) => row(nameOf(turn.account), countsOf(turn), resultOf(turn))),
      row('All', totalsOf(turns), ''),
    ],
  );
}

/** Characters of an error in the table; its full text is printed above. */
const ERROR_WIDTH = 44;

function resultOf({ finished, error }: Turn): string {
  if (error instanceof InterruptedError) return 'interrupted';
  if (error instanceof RateLimitError) return 'rate limit';
  if (error instanceof TokenExpiredError) return 'token rejected or expired: sign in again';
  if (error instanceof NotBegunError) return 'not started';
  if (error) {
    const letters = [...oneLine(error.message)];
    return letters.length > ERROR_WIDTH ? `${letters.slice(0, ERROR_WIDTH - 1).join('')}…` : letters.join('');
  }
  return (finished?.report.failed ?? 0) > 0 ? 'done, some items failed' : 'done';
}

function toJson(request: StartRequest, turns: readonly Turn[], exitCode: ExitCode) {
  const { apiCalls, known, total, ...totals } = totalsOf(turns);
  return {
    accounts: turns.map(({ account, ...ended }) => runJson(request, account, ended)),
    totals: { ...totals, skipped_duplicate: known, total_api_items: total, api_calls: apiCalls },
    exit_status: exitCode,
  };
}
