import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { isHeldHere } from './held-runs.ts';
import { isAlive, thisHolder } from './holder.ts';

/** A holder on another machine that was silent for this long, in milliseconds by the database's clock, is dead. */
export const SILENCE = 90_000;

export interface LockState {
  run_id: string | null;
  holder: string;
  /** Milliseconds since the last sign of life, by the database's clock: those of the machines may differ. */
  silence: number;
}

/** Milliseconds since a lock's last sign of life, to be selected with its row. */
export const silenceOf = (db: Database) =>
  db.dialect.millisecondsSince(sql.ref('run_locks.heartbeat_at')).$castTo<number>().as('silence');

/**
 * Whether the run that a lock names is still at work. Certain for a run of this process; seen from the process for one
 * on this machine; otherwise judged by the last sign of life.
 */
export function isHeld({ run_id, holder, silence }: LockState): boolean {
  if (holder === thisHolder()) return isHeldHere(run_id);
  const alive = isAlive(holder);
  return alive === 'unknown' ? silence < SILENCE : alive;
}

/** The ids of the running runs, of every kind. */
export async function liveRuns(db: Database): Promise<string[]> {
  const locks = await db.query
    .selectFrom('run_locks')
    .select(['run_id', 'holder', silenceOf(db)])
    .execute();
  return locks.filter(isHeld).flatMap(({ run_id }) => run_id ?? []);
}

/** How a run marks its partial files. */
export const ownerOf = (runId: string): string => runId.slice(0, 8);

/** The marks of the running runs, of every kind. */
export const liveOwners = async (db: Database): Promise<string[]> => (await liveRuns(db)).map(ownerOf);
