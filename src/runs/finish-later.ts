import type { Database } from '../db/database.ts';
import { isConnectionLost } from '../db/dialect.ts';
import { DatabaseError, RefusedByDatabaseError } from '../errors.ts';

/** In milliseconds. */
const LONGEST_PAUSE = 15_000;

/** What still waits for its database. */
const waiting = new WeakMap<Database, Set<NodeJS.Timeout>>();

/**
 * Does work now, or in the background as soon as the database can be reached again. The work may be done more than once.
 * It does not keep the process alive. False if it was postponed.
 *
 * @param pause before the first retry, in milliseconds; doubled for each further one.
 * @throws what the work throws for another reason than a lost database.
 */
export async function finishLater(db: Database, work: () => Promise<void>, pause: number): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isAway(error)) throw error;
    retry(db, work, pause);
    return false;
  }
}

/** Gives up what still waits for this database, which is about to be closed. */
export function giveUpWaiting(db: Database): void {
  for (const timer of waiting.get(db) ?? []) clearTimeout(timer);
  waiting.delete(db);
}

/** True if the database cannot be reached, or cannot take anything now. */
export const isAway = (error: unknown): boolean =>
  (error instanceof DatabaseError && !(error instanceof RefusedByDatabaseError)) || isConnectionLost(error);

function retry(db: Database, work: () => Promise<void>, pause: number): void {
  const timers = waiting.get(db) ?? new Set();
  waiting.set(db, timers);
  const timer = setTimeout(() => {
    timers.delete(timer);
    work().catch((error: unknown) => {
      // The database was closed meanwhile, or the next retry would fail too.
      if (waiting.get(db) !== timers || !isAway(error)) return;
      retry(db, work, Math.min(pause * 2, LONGEST_PAUSE));
    });
  }, pause);
  timer.unref();
  timers.add(timer);
}
