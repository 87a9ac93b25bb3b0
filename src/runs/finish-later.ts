import { isConnectionLost } from '../db/dialect.ts';
import type { Database } from '../db/open.ts';
import { DatabaseError, RefusedByDatabaseError } from '../errors.ts';

/** Time between two tries, in milliseconds. */
const PAUSE = 1000;
const LONGEST_PAUSE = 15_000;

/** What still waits for its database. */
const waiting = new WeakMap<Database, Set<NodeJS.Timeout>>();

/**
 * Does work now, or in the background as soon as the database can be reached again. The work may be done more than once.
 * Nothing of it keeps the process alive. False where it was put off.
 *
 * @throws what the work throws for another reason than a lost database.
 */
export async function finishLater(db: Database, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isAway(error)) throw error;
    tryLater(db, work, PAUSE);
    return false;
  }
}

/** Gives up what still waits for this database, which is about to be closed. */
export function giveUpWaiting(db: Database): void {
  for (const timer of waiting.get(db) ?? []) clearTimeout(timer);
  waiting.delete(db);
}

/** True where the database cannot be reached or take anything now. */
export const isAway = (error: unknown): boolean =>
  (error instanceof DatabaseError && !(error instanceof RefusedByDatabaseError)) || isConnectionLost(error);

function tryLater(db: Database, work: () => Promise<void>, pause: number): void {
  const timers = waiting.get(db) ?? new Set();
  waiting.set(db, timers);
  const timer = setTimeout(() => {
    timers.delete(timer);
    work().catch((error: unknown) => {
      // Closed meanwhile, or an error that another try would meet too.
      if (waiting.get(db) !== timers || !isAway(error)) return;
      tryLater(db, work, Math.min(pause * 2, LONGEST_PAUSE));
    });
  }, pause);
  timer.unref();
  timers.add(timer);
}
