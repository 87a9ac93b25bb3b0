import { sql } from 'kysely';
import type { Database } from '../db/open.ts';
import type { JsonObject } from '../db/schema.ts';
import { InterruptedError, RunInProgressError } from '../errors.ts';
import { formatMoment } from '../media/moment.ts';
import { finishLater, isAway } from './finish-later.ts';
import { isHeldHere, noteHeld, noteReleased } from './held-runs.ts';
import { isAlive, thisHolder } from './holder.ts';

/** How often a holder shows that it lives, in milliseconds. */
const HEARTBEAT = 10_000;
/** A holder on another machine that was silent for so long, in milliseconds by the database's clock, is dead. */
const SILENCE = 90_000;

export interface LockState {
  run_id: string | null;
  holder: string;
  /** Milliseconds since the last sign of life, by the database's clock: those of the machines may differ. */
  silence: number;
}

/** Milliseconds since a lock's last sign of life, to be selected beside its row. */
export const silenceOf = (db: Database) =>
  db.dialect.millisecondsSince(sql.ref('backfill_locks.heartbeat_at')).$castTo<number>().as('silence');

/**
 * Whether the holder of a lock still works: known where it is this process, seen by its process where it is on this
 * machine, else judged by its last sign of life.
 */
export function isHeld({ run_id, holder, silence }: LockState): boolean {
  if (holder === thisHolder()) return isHeldHere(run_id);
  const alive = isAlive(holder);
  return alive === 'unknown' ? silence < SILENCE : alive;
}

export interface RunLock {
  /** Aborted where another run has taken over, which happens to a process that slept too long; its reason says so. */
  readonly lost: AbortSignal;
  /** Aborted where somebody asks this run to end, in whatever process; its reason says from where. */
  readonly cancelled: AbortSignal;
  /** Says for all to see how far the run is: a sign of life too. Hears whether the run is to end. */
  tell(progress: JsonObject): Promise<void>;
  /** Hears whether the run is to end, at the price of a look. */
  listen(): Promise<void>;
  /**
   * To be asked before anything is written: a process that slept wakes up in the middle of its work. Asks the database
   * only where the last sign of life is old.
   *
   * @throws {RunInProgressError} where another run has taken over.
   */
  confirm(): Promise<void>;
  /** The same, always by the database. */
  confirmNow(): Promise<void>;
  /**
   * Frees the account immediately. While the database is away, the row is deleted in the background; `lastWords` is done
   * before that, may be done more than once, and may fail.
   */
  release(lastWords?: () => Promise<void>): Promise<void>;
}

interface LockRequest {
  accountId: string;
  runId: string;
  triggeredBy: string;
  /** How often it shows that it lives, in milliseconds. */
  heartbeat?: number;
}

/**
 * Makes this run the only one of its account, across processes and machines. A dead holder does not block.
 *
 * @param now this machine's clock, which notices that the machine slept.
 * @throws {RunInProgressError} naming the run that holds it.
 */
export async function acquireLock(db: Database, request: LockRequest, now: () => Date): Promise<RunLock> {
  const { accountId, runId } = request;
  const { query, dialect } = db;
  const deleteRow = async () => {
    await query.deleteFrom('backfill_locks').where('account_id', '=', accountId).where('run_id', '=', runId).execute();
  };

  const lastBeat = createAge(now);
  let rival: Rival | undefined;
  noteHeld(runId);
  try {
    rival = await takeRow(db, request);
  } catch (error) {
    noteReleased(runId);
    // A connection that was lost while it was committed leaves a row behind.
    await finishLater(db, deleteRow).catch(() => undefined);
    throw error;
  }
  if (rival) {
    noteReleased(runId);
    throw inProgress(rival);
  }

  const loss = new AbortController();
  const cancellation = new AbortController();
  /** What the lock's row says to its run; no row says that it is another's. */
  const heed = (row: { cancelled_by: string | null } | undefined) => {
    if (!row && !loss.signal.aborted) loss.abort(takenOver());
    if (row?.cancelled_by && !cancellation.signal.aborted) cancellation.abort(cancelledFrom(row.cancelled_by));
    loss.signal.throwIfAborted();
  };
  const write = async (news: { progress?: JsonObject } = {}) => {
    const asked = lastBeat.mark();
    const row = await query
      .updateTable('backfill_locks')
      .set({ heartbeat_at: dialect.now, ...news })
      .where('account_id', '=', accountId)
      .where('run_id', '=', runId)
      .returning('cancelled_by')
      .executeTakeFirst();
    lastBeat.set(asked);
    heed(row);
  };
  const beat = () => write();
  // A heartbeat that is missed is made up for by the next; a database that is gone stops the run elsewhere.
  const beating = setInterval(() => void beat().catch(() => undefined), request.heartbeat ?? HEARTBEAT);
  beating.unref();

  return {
    lost: loss.signal,
    cancelled: cancellation.signal,
    tell: (progress) => write({ progress }),
    async listen() {
      const row = await query
        .selectFrom('backfill_locks')
        .select('cancelled_by')
        .where('account_id', '=', accountId)
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
      await finishLater(db, async () => {
        // Only a database that is away keeps the row for a while: nothing else may lock the account.
        await lastWords?.().catch((error: unknown) => {
          if (isAway(error)) throw error;
        });
        await deleteRow();
      });
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

/** Writes the lock's row; gives the one that is held by another run instead. */
async function takeRow(db: Database, { accountId, runId, triggeredBy }: LockRequest): Promise<Rival | undefined> {
  const { query, dialect } = db;
  const mine = {
    run_id: runId,
    holder: thisHolder(),
    triggered_by: triggeredBy,
    acquired_at: dialect.now,
    heartbeat_at: dialect.now,
    // Of the run that held it before.
    progress: null,
    cancelled_by: null,
  };
  const rival = await query.transaction().execute(async (transaction) => {
    for (;;) {
      const inserted = await transaction
        .insertInto('backfill_locks')
        .values({ account_id: accountId, ...mine })
        .onConflict((conflict) => conflict.column('account_id').doNothing())
        .returning('run_id')
        .execute();
      if (inserted.length > 0) return undefined;
      const found = await transaction
        .selectFrom('backfill_locks')
        .selectAll()
        .select(silenceOf(db))
        .where('account_id', '=', accountId)
        .$if(dialect.kind === 'postgres', (locks) => locks.forUpdate())
        .executeTakeFirst();
      // Released since it was in the way.
      if (!found) continue;
      if (isHeld(found)) return found;
      await transaction.updateTable('backfill_locks').set(mine).where('account_id', '=', accountId).execute();
      return undefined;
    }
  });
  // The database's clock was set back. The holder, if it lives, is heard within the silence from now.
  if (rival && rival.silence < 0) {
    await query
      .updateTable('backfill_locks')
      .set({ heartbeat_at: dialect.now })
      .where('account_id', '=', accountId)
      .where('heartbeat_at', '>', dialect.now)
      .execute();
  }
  return rival;
}

/** How a run marks its partial files. */
export const ownerOf = (runId: string): string => runId.slice(0, 8);

/** The marks of the runs that are under way now, of all accounts. */
export async function liveOwners(db: Database): Promise<string[]> {
  const locks = await db.query
    .selectFrom('backfill_locks')
    .select(['run_id', 'holder', silenceOf(db)])
    .execute();
  return locks.filter(isHeld).flatMap(({ run_id }) => (run_id ? ownerOf(run_id) : []));
}

/** Who asked is noted in the lock's row, as the rows of runs note who started them. */
const cancelledFrom = (by: string) =>
  new InterruptedError(by === 'web' ? 'Cancelled from the web page' : `Cancelled by ${by}`);

const takenOver = () =>
  new RunInProgressError('Another run of this account took over, since this one was silent for too long', {
    hint: 'Watch it with: storyline-cli backfill-status',
  });

function inProgress(held: Rival) {
  const [host, pid] = held.holder.split('/');
  return new RunInProgressError(
    `A backfill of this account is under way already: run ${held.run_id}, started from ${held.triggered_by} at ${formatMoment(held.acquired_at)} (process ${pid} on ${host})`,
    {
      hint:
        isAlive(held.holder) === 'unknown'
          ? `Watch it with: storyline-cli backfill-status. If that machine went down, try again in ${SILENCE / 1000} seconds.`
          : 'Watch it with: storyline-cli backfill-status',
    },
  );
}
