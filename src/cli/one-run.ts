import { nameOf } from '../app/accounts.ts';
import type { StartRequest } from '../app/backfill/request.ts';
import { startBackfill } from '../app/backfill/start.ts';
import type { App } from '../app/open.ts';
import type { Report } from '../backfill/report.ts';
import type { StorylineError } from '../errors.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { showProgress } from './progress.ts';
import { type FinishedRun, panel, showResults } from './run-report.ts';

const STORIES_NOTE = 'Note: stories are available for 24 hours only. Instagram does not provide older ones.';

/**
 * Runs a backfill to its end, and shows its settings, progress and results; with `json` only the progress.
 *
 * @throws what {@link startBackfill} throws.
 */
export async function runToItsEnd(
  app: App,
  request: StartRequest,
  { json, quiet }: { json: boolean; quiet: boolean },
  context: Context,
): Promise<FinishedRun> {
  const { terminal, signal } = context;
  const started = performance.now();
  const run = await startBackfill(app, request, signal);
  try {
    if (!json) {
      terminal.print(panel(request, nameOf(run.account), context));
      if (request.mediaType !== 'feed') terminal.print(STORIES_NOTE);
    }
    const { report, stoppedBy } = await showProgress(run.events, quiet ? undefined : terminal, request.limit);
    const seconds = Math.round(performance.now() - started) / 1000;
    const finished = { run, report, stoppedBy, seconds, exitCode: exitCodeAfter(report, stoppedBy) };
    if (!json) showResults(finished, context);
    return finished;
  } finally {
    await run.dispose();
  }
}

function exitCodeAfter(report: Report, stoppedBy: StorylineError | undefined): ExitCode {
  if (stoppedBy) return exitCodeOf(stoppedBy);
  return report.failed > 0 || report.unlisted.length > 0 ? EXIT.someFailed : EXIT.done;
}
