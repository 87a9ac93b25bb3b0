import type { Database } from '../db/database.ts';
import { InterruptedError, StorylineError } from '../errors.ts';
import { linkSignals } from '../lib/link-signals.ts';
import { createEnding, type Ending, type JobEnd } from './ending.ts';
import { holdEvents } from './held-events.ts';
import { acquireLock } from './lock.ts';
import type { Paces } from './paces.ts';
import { createProgressWriter, type ProgressWriter } from './progress.ts';
import type { createRunRecords, NewRecord } from './records.ts';

/** What a job gets of its run. */
export interface OpenRun {
  readonly id: string;
  /** Aborted when the run is to stop; a `StorylineError` as its reason is what stopped it. */
  readonly signal: AbortSignal;
  /** To be called before anything is written. @throws {RunInProgressError} if another run took over. */
  confirm(): Promise<void>;
  /** Says how far the run is, for other processes; see {@link ProgressWriter.note}. */
  progress: ProgressWriter['note'];
  /** Adds something to close in the end, before everything that was added earlier. */
  onClose: Ending['also'];
  /**
   * Closes the run's record and releases its lock. To be called before the event is emitted that says how the run
   * ended; a run whose events end without it counts as interrupted.
   */
  close: Ending['end'];
}

/** The work of a run. */
export interface Job<E> extends JobEnd {
  /** Done once the run has its lock, and before it has its row. What it throws keeps the run from starting. */
  prepare?(): Promise<void>;
  /** Puts the job's parts together; the work is done as the events are pulled. */
  open(run: OpenRun): Promise<AsyncGenerator<E>>;
}

/** A run that is about to begin: it goes on as its events are pulled. Its subject is locked until it ends. */
export interface StartedRun<E> {
  readonly id: string;
  /** Can be iterated once. */
  readonly events: AsyncGenerator<E>;
  /**
   * Ends the run unless it has ended: its record says interrupted, and its subject is free. To be called in a `finally`
   * by the code that started the run: nobody else may ever pull its events. Never throws an expected error.
   */
  dispose(): Promise<void>;
}

interface Context {
  db: Database;
  records: ReturnType<typeof createRunRecords>;
  now: () => Date;
  warn: (text: string) => void;
  paces: Paces;
}

export interface StartOptions extends NewRecord {
  readonly signal: AbortSignal;
}

/**
 * Makes sure that this is the only run of its kind and subject, records it, and opens its job.
 *
 * @throws {RunInProgressError} naming the run that is already running; what the job throws.
 */
export async function startRun<E>(context: Context, request: StartOptions, job: Job<E>): Promise<StartedRun<E>> {
  const { db, records, now, warn, paces } = context;
  const { id, kind, subject, triggeredBy, signal } = request;
  const lock = await acquireLock(db, { kind, subject, runId: id, triggeredBy, paces }, now);
  const abort = new AbortController();
  const links = linkSignals([signal, lock.lost, lock.cancelled, abort.signal]);
  const progress = createProgressWriter(lock, paces.progress);
  const closeRow = (error: Error | undefined) => records.close(id, { error, result: job.result });
  const ending = createEnding({ lock, progress, job, closeRow });
  ending.also(async () => links.dispose());
  try {
    await job.prepare?.();
    await records.closeDead();
    await records.begin(request);
    const events = await job.open({
      id,
      signal: links.signal,
      confirm: lock.confirm,
      progress: progress.note,
      onClose: ending.also,
      close: ending.end,
    });
    const leave = (error: InterruptedError) => {
      abort.abort(error);
      return held.return(undefined);
    };
    const held = await holdEvents(closedInTheEnd(events, ending), {
      release: () => ending.end(new InterruptedError()),
      abandoned: () => void leave(new InterruptedError('Nobody followed the run')).catch(() => undefined),
      patience: paces.patience,
    });
    return {
      id,
      events: held,
      async dispose() {
        try {
          await leave(new InterruptedError());
        } catch (error) {
          if (!(error instanceof StorylineError)) throw error;
          warn(`run ${id} ended, and its record could not be completed: ${error.message}`);
        }
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    // What kept it from starting is what counts.
    await ending.end(reason).catch(() => undefined);
    throw error;
  }
}

/** Passes a run's events on, and ends a run that has not said how it ended: a bug stopped it, or its reader left. */
async function* closedInTheEnd<E>(events: AsyncGenerator<E>, ending: Ending): AsyncGenerator<E> {
  ending.begin();
  try {
    yield* events;
  } catch (bug) {
    // The bug itself counts more than what fails in recording it.
    await ending.end(bug instanceof Error ? bug : new Error(String(bug))).catch(() => undefined);
    throw bug;
  } finally {
    await ending.end(new InterruptedError());
  }
}
