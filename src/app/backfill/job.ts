import { refusalIn } from '../../accounts/refusals.ts';
import type { BackfillEvent, Ended } from '../../backfill/ended.ts';
import { createHistory } from '../../backfill/history.ts';
import type { Library } from '../../backfill/ports.ts';
import { emptyReport, type Report, toRecord } from '../../backfill/report.ts';
import { type FileCheck, noteFileCheck } from '../../catalogue/file-states.ts';
import { completeUpTo, loadIntervals, saveProof } from '../../catalogue/intervals.ts';
import { DatabaseError, StorylineError } from '../../errors.ts';
import type { Log } from '../../lib/log.ts';
import { claimFolder, movedNote } from '../../library/identity.ts';
import { WRITTEN_FOLDERS } from '../../library/paths.ts';
import type { Job, OpenRun } from '../../runs/start.ts';
import type { App } from '../open.ts';
import { noteAnswer } from '../tokens/answers.ts';
import { openRun } from './open-run.ts';
import type { RunParts } from './prepare.ts';
import { progressRecord } from './records.ts';
import type { StartRequest } from './request.ts';

interface Options extends RunParts {
  /** How many files an earlier dry run estimated. */
  expectedFiles: number | undefined;
}

/** A backfill as the work of a run: what it does first, its events, and what it leaves behind. */
export function createBackfillJob(app: App, request: StartRequest, options: Options): Job<BackfillEvent> {
  const { db, outside, config, runs } = app;
  const { account, token, stores, belonging, expectedFiles } = options;
  const { dryRun } = request;
  const isWalk = !request.retryFailed && !request.damaged;
  let report = emptyReport(dryRun);
  let history: ReturnType<typeof createHistory> | undefined;
  let library: Library | undefined;

  async function* follow(events: AsyncIterable<BackfillEvent>, run: OpenRun): AsyncGenerator<BackfillEvent> {
    const began = performance.now();
    let isFirst = true;
    for await (const event of events) {
      if (event.type === 'ended') {
        report = event.report;
        yield await closed(event, run);
        continue;
      }
      const { status } = event;
      report = status.report;
      history?.follow(event);
      const seconds = () => (performance.now() - began) / 1000;
      run.progress(() => progressRecord(status, { expectedFiles, seconds: seconds() }), isFirst || isUrgent(event));
      isFirst = false;
      yield event;
    }
  }

  return {
    async prepare() {
      const moved = dryRun ? undefined : await claimFolder({ db, store: stores.media, now: outside.now }, belonging);
      if (moved) outside.log.info(movedNote(moved, config.mediaDir));
    },

    async open(run) {
      const live = dryRun ? [] : await runs.liveOwners();
      for (const written of dryRun ? [] : ['', ...WRITTEN_FOLDERS]) await stores.media.recover(written, live);
      const upTo = completeUpTo(await loadIntervals(db, account.id));
      history = createHistory({ completeUpTo: upTo, isWalk });
      const opened = openRun(app, request, { ...options, run, completeUpTo: upTo });
      library = opened.library;
      return follow(opened.events, run);
    },

    result: (end) => toRecord(report, end),

    async finish(error) {
      if (dryRun || !library || !history) return;
      await describeRest(library, outside.log);
      await saveProof(db, account.id, history.proof());
      if (!error && isWalk) await noteFileCheck(db, checkOf(account.id, report));
    },

    note: (error) => noteAnswer(app, { account, token }, answerOf(report, error)),
  };
}

/** What is written immediately: there may be silence for a long time after it. */
const isUrgent = ({ type }: BackfillEvent): boolean => ['waiting', 'resumed', 'measuring'].includes(type);

/** Closes the run's record before anyone hears that the run ended. */
async function closed(event: Ended, run: OpenRun): Promise<Ended> {
  try {
    await run.close(event.stoppedBy);
    return event;
  } catch (error) {
    // The record is lost with its database, or to another run; how the run ended is still worth telling.
    if (!(error instanceof StorylineError)) throw error;
    return { ...event, stoppedBy: event.stoppedBy ?? error };
  }
}

/** What Instagram said of the token during a run: a page that came means that it was accepted. */
const answerOf = ({ pages, apiCalls }: Report, error: Error | undefined): Error | 'accepted' | undefined =>
  refusalIn(error) ? error : pages > 0 || (!error && apiCalls > 0) ? 'accepted' : undefined;

/** What a run saw of the files: those that it looked at, and those that it downloaded. */
const checkOf = (accountId: string, report: Report): Omit<FileCheck, 'checkedAt'> => ({
  scope: accountId,
  kind: 'run',
  files: report.filesChecked + report.downloaded + report.adopted - report.restored,
  missing: report.missingOnDisk - report.restored,
  altered: report.changedOnDisk,
});

/** If a full disk prevents it, the next run does it. */
async function describeRest(library: Library, log: Log): Promise<void> {
  try {
    await library.describePosts();
  } catch (error) {
    if (error instanceof DatabaseError || !(error instanceof StorylineError)) throw error;
    log.warn(`some posts are not described next to their media yet: ${error.message}`);
  }
}
