import type { Database } from '../db/open.ts';
import type { JsonObject } from '../db/schema.ts';
import { InterruptedError, RunInProgressError } from '../errors.ts';
import { formatMoment } from '../media/moment.ts';
import { isAlive, thisHolder } from './holder.ts';

/** How often a holder shows that it lives, in milliseconds. */
const HEARTBEAT = 10_000;
/** A holder on another machine that was silent for so long, in milliseconds, is dead. */
const SILENCE = 90_000;

interface LockRow {
  holder: string;
  heartbeat_at: Date;
}

/** Whether the holder of a lock still works, by its process where it is on this machine, else by its last sign of life. */
export function isHeld({ holder, heartbeat_at }: LockRow, now: Date): boolean {
  const alive = isAlive(holder);
  return alive === 'unknown' ? now.getTime() - heartbeat_at.getTime() < SILENCE : alive;
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
  release(): Promise<void>;
}

interface LockRequest {
  accountId: string;
  runId: string;
  triggeredBy: string;
}

/**
 * Makes this run the only one of its account, across processes and machines. A dead holder does not block.
 *
 * @throws {RunInProgressError} naming the run that holds it.
 */
export async function acquireLock(
  db: Database,
  { accountId, runId, triggeredBy }: LockRequest,
  now: () => Date,
): Promise<RunLock> {
  const { query } = db;
  const holder = thisHolder();

  let lastBeat = now();
  await query.transaction().execute(async (transaction) => {
    const moment = now();
    lastBeat = moment;
    const mine = {
      run_id: runId,
      holder,
      triggered_by: triggeredBy,
      acquired_at: moment,
      heartbeat_at: moment,
      // Of the run that held it before.
      progress: null,
      cancelled_by: null,
    };
    const inserted = await transaction
      .insertInto('backfill_locks')
      .values({ account_id: accountId, ...mine })
      .onConflict((conflict) => conflict.column('account_id').doNothing())
      .returning('run_id')
      .execute();
    if (inserted.length > 0) return;

    const held = await transaction
      .selectFrom('backfill_locks')
      .selectAll()
      .where('account_id', '=', accountId)
      .$if(db.dialect.kind === 'postgres', (locks) => locks.forUpdate())
      .executeTakeFirstOrThrow();
    if (isHeld(held, moment)) throw inProgress(held);
    await transaction.updateTable('backfill_locks').set(mine).where('account_id', '=', accountId).execute();
  });

  const loss = new AbortController();
  const cancellation = new AbortController();
  /** What the lock's row says to its run; no row says that it is another's. */
  const heed = (row: { cancelled_by: string | null } | undefined) => {
    if (!row && !loss.signal.aborted) loss.abort(takenOver());
    if (row?.cancelled_by && !cancellation.signal.aborted) cancellation.abort(cancelledFrom(row.cancelled_by));
    loss.signal.throwIfAborted();
  };
  const write = async (news: { progress?: JsonObject } = {}) => {
    const moment = now();
    const row = await query
      .updateTable('backfill_locks')
      .set({ heartbeat_at: moment, ...news })
      .where('account_id', '=', accountId)
      .where('run_id', '=', runId)
      .returning('cancelled_by')
      .executeTakeFirst();
    lastBeat = moment;
    heed(row);
  };
  const beat = () => write();
  // A heartbeat that is missed is made up for by the next; a database that is gone stops the run elsewhere.
  const beating = setInterval(() => void beat().catch(() => undefined), HEARTBEAT);
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
      if (now().getTime() - lastBeat.getTime() >= SILENCE / 2) await beat();
    },
    confirmNow: beat,
    async release() {
      clearInterval(beating);
      await query
        .deleteFrom('backfill_locks')
        .where('account_id', '=', accountId)
        .where('run_id', '=', runId)
        .execute();
    },
  };
}

/** How a run marks its partial files. */
export const ownerOf = (runId: string): string => runId.slice(0, 8);

/** The marks of the runs that are under way now, of all accounts. */
export async function liveOwners({ query }: Database, now: Date): Promise<string[]> {
  const locks = await query.selectFrom('backfill_locks').selectAll().execute();
  return locks.filter((lock) => isHeld(lock, now)).flatMap(({ run_id }) => (run_id ? ownerOf(run_id) : []));
}

/** Who asked is noted in the lock's row, as the rows of runs note who started them. */
const cancelledFrom = (by: string) =>
  new InterruptedError(by === 'web' ? 'Cancelled from the web page' : `Cancelled by ${by}`);

const takenOver = () =>
  new RunInProgressError('Another run of this account took over, since this one was silent for too long', {
    hint: 'Watch it with: storyline-cli backfill-status',
  });

function inProgress(held: { holder: string; acquired_at: Date; triggered_by: string | null; run_id: string | null }) {
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
