import type { Database } from '../db/database.ts';
import type { JsonObject } from '../db/schema.ts';
import { InterruptedError, RunInProgressError } from '../errors.ts';
import { formatMoment } from '../media/moment.ts';
import { finishLater, isAway } from './finish-later.ts';
import { noteHeld, noteReleased } from './held-runs.ts';
import { isAlive, thisHolder } from './holder.ts';
import type { RunKind } from './kinds.ts';
import { isHeld, type LockState, SILENCE, silenceOf } from './lock-state.ts';
import { PACES, type Paces } from './paces.ts';

export interface RunLock {
  /** Aborted if another run took over, which happens to a process that slept too long; its reason says so. */
  readonly lost: AbortSignal;
  /** Aborted if somebody cancels this run, in whatever process; its reason says from where. */
  readonly cancelled: AbortSignal;
  /** Writes the run's progress for all to see: a sign of life too. Notices a cancellation. */
  writeProgress(progress: JsonObject): Promise<void>;
  /** Notices a cancellation, for the price of a query. */
  checkCancelled(): Promise<void>;
  /**
   * To be called before anything is written: a process that slept wakes up in the middle of its work. Queries the
   * database only if the last sign of life is old.
   *
   * @throws {RunInProgressError} if another run took over.
   */
  confirm(): Promise<void>;
  /** The same, but always queries the database. */
  confirmNow(): Promise<void>;
  /**
   * Frees the subject immediately. If the database cannot be reached, the row is deleted in the background;
   * `lastWords` is done before that, may be done more than once, and may fail.
   */
  release(lastWords?: () => Promise<void>): Promise<void>;
}

export interface LockRequest {
  readonly kind: RunKind;
  /** What the run works on: no two runs of a kind have the same subject. */
  readonly subject: string;
  readonly runId: string;
  readonly triggeredBy: string;
  readonly paces?: Partial<Pick<Paces, 'heartbeat' | 'retry'>>;
}

/**
 * Makes this run the only one of its kind and subject, across processes and machines. A dead holder does not block.
 *
 * @param now this machine's clock, which shows whether the machine slept.
 * @throws {RunInProgressError} naming the run that holds the lock.
 */
export async function acquireLock(db: Database, request: LockRequest, now: () => Date): Promise<RunLock> {
  const { kind, subject, runId } = request;
  const paces = { ...PACES, ...request.paces };
  const { query, dialect } = db;
  const deleteRow = async () => {
    await query
      .deleteFrom('run_locks')
      .where('kind', '=', kind.name)
      .where('subject', '=', subject)
      .where('run_id', '=', runId)
      .execute();
  };

  const lastBeat = createAge(now);
  let rival: Rival | undefined;
  noteHeld(runId);
  try {
    rival = await takeRow(db, request);
  } catch (error) {
    noteReleased(runId);
    // A connection that was lost during the commit leaves a row behind.
    await finishLater(db, deleteRow, paces.retry).catch(() => undefined);
    throw error;
  }
  if (rival) {
    noteReleased(runId);
    throw inProgress(kind, rival);
  }

  const loss = new AbortController();
  const cancellation = new AbortController();
  /** What the lock's row says to its run; no row means that it is another run's now. */
  const heed = (row: { cancelled_by: string | null } | undefined) => {
    if (!row && !loss.signal.aborted) loss.abort(takenOver(kind));
    if (row?.cancelled_by && !cancellation.signal.aborted) cancellation.abort(cancelledFrom(row.cancelled_by));
    loss.signal.throwIfAborted();
  };
  const write = async (changes: { progress?: JsonObject } = {}) => {
    const sentAt = lastBeat.mark();
    const row = await query
      .updateTable('run_locks')
      .set({ heartbeat_at: dialect.now, ...changes })
      .where('kind', '=', kind.name)
      .where('subject', '=', subject)
      .where('run_id', '=', runId)
      .returning('cancelled_by')
      .executeTakeFirst();
    lastBeat.set(sentAt);
    heed(row);
  };
  const beat = () => write();
  // The next heartbeat makes up for a missed one; a database that is gone stops the run elsewhere.
  const beating = setInterval(() => void beat().catch(() => undefined), paces.heartbeat);
  beating.unref();

  return {
    lost: loss.signal,
    cancelled: cancellation.signal,
    writeProgress: (progress) => write({ progress }),
    async checkCancelled() {
      const row = await query
        .selectFrom('run_locks')
        .select('cancelled_by')
        .where('kind', '=', kind.name)
        .where('subject', '=', subject)
        .where('run_id', '=', runId)
        .executeTakeFirst();
      heed(row);
    },
    async confirm() {
      loss.signal.throwIfAborted();
      if (lastBeat.age() >= SILENCE / 2) await beat();
    },
    confirmNow: beat,
    async release(lastWords) {
      clearInterval(beating);
      noteReleased(runId);
      await finishLater(
        db,
        async () => {
          // Only a database that cannot be reached keeps the row for a while: nothing else may lock the subject.
          await lastWords?.().catch((error: unknown) => {
            if (isAway(error)) throw error;
          });
          await deleteRow();
        },
        paces.retry,
      );
    },
  };
}

interface Mark {
  readonly steady: number;
  readonly wall: number;
}

/**
 * How long ago something was, in milliseconds, by two clocks: the steady one stands still while a machine sleeps, and
 * the other can be set. The longer time counts.
 */
function createAge(now: () => Date) {
  const mark = (): Mark => ({ steady: performance.now(), wall: now().getTime() });
  let last = mark();
  return {
    mark,
    set(to: Mark): void {
      last = to;
    },
    age(): number {
      const { steady, wall } = mark();
      return Math.max(steady - last.steady, wall - last.wall);
    },
  };
}

type Rival = LockState & { acquired_at: Date; triggered_by: string | null };

/** Writes the lock's row; returns the row of another run if that one holds the lock. */
async function takeRow(db: Database, { kind, subject, runId, triggeredBy }: LockRequest): Promise<Rival | undefined> {
  const { query, dialect } = db;
  const mine = {
    run_id: runId,
    holder: thisHolder(),
    triggered_by: triggeredBy,
    acquired_at: dialect.now,
    heartbeat_at: dialect.now,
    // Left over from the run that held it before.
    progress: null,
    cancelled_by: null,
  };
  const rival = await query.transaction().execute(async (transaction) => {
    for (;;) {
      const inserted = await transaction
        .insertInto('run_locks')
        .values({ kind: kind.name, subject, ...mine })
        .onConflict((conflict) => conflict.columns(['kind', 'subject']).doNothing())
        .returning('run_id')
        .execute();
      if (inserted.length > 0) return undefined;
      const found = await transaction
        .selectFrom('run_locks')
        .selectAll()
        .select(silenceOf(db))
        .where('kind', '=', kind.name)
        .where('subject', '=', subject)
        .$if(dialect.kind === 'postgres', (locks) => locks.forUpdate())
        .executeTakeFirst();
      // Released after the insert met it.
      if (!found) continue;
      if (isHeld(found)) return found;
      await transaction
        .updateTable('run_locks')
        .set(mine)
        .where('kind', '=', kind.name)
        .where('subject', '=', subject)
        .execute();
      return undefined;
    }
  });
  // The database's clock was set back. The holder, if it is alive, is heard within the silence from now.
  if (rival && rival.silence < 0) {
    await query
      .updateTable('run_locks')
      .set({ heartbeat_at: dialect.now })
      .where('kind', '=', kind.name)
      .where('subject', '=', subject)
      .where('heartbeat_at', '>', dialect.now)
      .execute();
  }
  return rival;
}

/** The lock's row names who cancelled, in the words that runs' rows use for who started them. */
const cancelledFrom = (by: string) =>
  new InterruptedError(by === 'web' ? 'Cancelled from the web page' : `Cancelled by ${by}`);

const takenOver = ({ watchHint }: RunKind) =>
  new RunInProgressError('Another run took over because this one stopped responding', { hint: watchHint });

function inProgress({ title, watchHint }: RunKind, { run_id, holder, acquired_at, triggered_by }: Rival) {
  const [host, pid] = holder.split('/');
  const mayBeDown = isAlive(holder) === 'unknown';
  return new RunInProgressError(
    `${title} is already running: run ${run_id}, started from ${triggered_by} at ${formatMoment(acquired_at)} (process ${pid} on ${host})`,
    {
      hint: mayBeDown ? `${watchHint}. If that machine went down, try again in ${SILENCE / 1000} seconds.` : watchHint,
    },
  );
}
