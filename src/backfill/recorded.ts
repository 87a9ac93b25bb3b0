import { InterruptedError, StorylineError } from '../errors.ts';
import type { BackfillEvent, Ended } from './ended.ts';
import { createHistory, type Proof } from './history.ts';
import { emptyReport, type Report } from './report.ts';

/** How a run ended, for its record. */
export interface Outcome {
  readonly report: Report;
  readonly proof: Proof;
  /** What ended it before its time; a bug too. */
  readonly error?: Error;
}

interface RecordedOptions {
  dryRun: boolean;
  /** Everything up to here was complete when the run began. */
  completeUpTo: Date | undefined;
  /** False for a run that asks for posts singly. */
  isWalk: boolean;
  /** Writes the run's record. */
  close: (outcome: Outcome) => Promise<void>;
}

/** Passes a run's events on, and writes its record before anyone hears that it ended. */
export async function* recorded(
  events: AsyncIterable<BackfillEvent>,
  { dryRun, completeUpTo, isWalk, close }: RecordedOptions,
): AsyncGenerator<BackfillEvent> {
  const history = createHistory({ completeUpTo, isWalk });
  let report = emptyReport(dryRun);
  let isOpen = true;
  const record = (error: Error | undefined) => {
    isOpen = false;
    return close({ report, proof: history.proof(), ...(error ? { error } : {}) });
  };

  try {
    for await (const event of events) {
      report = event.type === 'ended' ? event.report : event.status.report;
      if (event.type !== 'ended') history.follow(event);
      yield event.type === 'ended' ? await recordedEnd(event, record) : event;
    }
  } catch (bug) {
    // What fails in recording it is less than the bug itself.
    if (isOpen) await record(bug instanceof Error ? bug : new Error(String(bug))).catch(() => undefined);
    throw bug;
  } finally {
    // Whoever watched has left.
    if (isOpen) await record(new InterruptedError());
  }
}

async function recordedEnd(event: Ended, record: (error: Error | undefined) => Promise<void>): Promise<Ended> {
  try {
    await record(event.stoppedBy);
    return event;
  } catch (error) {
    // The record is lost with its database, or to another run; whoever watches still hears how the run ended.
    if (!(error instanceof StorylineError)) throw error;
    return { ...event, stoppedBy: event.stoppedBy ?? error };
  }
}

/** The name of what stopped a run, as its record and `--json` give it: `RateLimitError`. */
export const stopName = (error: Error): string => (error instanceof StorylineError ? error.name : 'BugError');
