import { checkRequest, type StartRequest } from '../../app/backfill/request.ts';
import type { App } from '../../app/open.ts';
import { addSandboxAccount, connectedTo, sandboxConfig, withSandbox } from '../../app/sandbox.ts';
import { UsageError } from '../../errors.ts';
import { preferSmallHeap } from '../../lib/small-heap.ts';
import { runAllAccounts } from '../all-accounts.ts';
import type { OptionsOf } from '../command.ts';
import type { backfillInstagram } from '../commands/backfill-instagram.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { runToItsEnd } from '../one-run.ts';
import { nextSteps, runJson, stopped } from '../run-report.ts';
import { withApp } from '../with-app.ts';

type Options = OptionsOf<typeof backfillInstagram>;

export async function run(options: Options, context: Context): Promise<ExitCode> {
  check(options);
  if (!context.config.v8Defaults) preferSmallHeap();
  if (!options.sandbox) return withApp(context, (app) => backfill(app, options, context));
  return withSandbox((sandbox) =>
    withApp(
      context,
      async (app) => {
        await addSandboxAccount(app, sandbox);
        return backfill(app, options, context);
      },
      connectedTo(sandboxConfig(context.config), sandbox),
    ),
  );
}

/** @throws {UsageError} for options that cannot be combined. */
function check(options: Options): void {
  checkRequest(options);
  if (options.allAccounts && options.accountId !== undefined) {
    throw new UsageError('Use either --all-accounts or --account-id, not both');
  }
}

async function backfill(app: App, options: Options, context: Context): Promise<ExitCode> {
  const request = requestOf(options);
  if (options.allAccounts) return runAllAccounts(app, request, options, context);

  const { terminal, program } = context;
  const finished = await runToItsEnd(app, request, options, context);
  const { report, stoppedBy, exitCode } = finished;
  const { account, folder } = finished.run;
  if (options.json) terminal.json(runJson(request, account, { finished, error: stoppedBy, exitCode }));
  else if (!stoppedBy) terminal.print(`\n${nextSteps(report, options, { folder, program })}`);
  if (stoppedBy) terminal.note(`\n${stopped(stoppedBy)}`);
  return exitCode;
}

const requestOf = (options: Options): StartRequest => ({
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
});
