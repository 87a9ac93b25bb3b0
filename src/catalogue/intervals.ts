import { randomUUID } from 'node:crypto';
import { type Interval, mergeIntervals, type Proof } from '../backfill/history.ts';
import type { Database } from '../db/database.ts';
import { chunks } from '../lib/chunks.ts';

/** Rows in one statement: well below the databases' limits on parameters. */
const ROWS_PER_STATEMENT = 500;

/** The stretches of an account's time that are proven complete, newest first. */
export async function loadIntervals({ query }: Pick<Database, 'query'>, accountId: string): Promise<Interval[]> {
  const rows = await query
    .selectFrom('backfill_intervals')
    .select(['oldest_at', 'newest_at'])
    .where('account_id', '=', accountId)
    .orderBy('newest_at', 'desc')
    .execute();
  return rows.map(({ oldest_at, newest_at }) => ({ oldest: oldest_at ?? undefined, newest: newest_at }));
}

/** Up to when everything back to the first post is complete; undefined if the past has a gap. */
export const completeUpTo = (intervals: readonly Interval[]): Date | undefined =>
  intervals.find(({ oldest }) => oldest === undefined)?.newest;

/** Adds what a run proved to what is known of an account. */
export async function saveProof({ query }: Database, accountId: string, proof: Proof): Promise<void> {
  if (proof.complete.length === 0 && proof.holes.length === 0) return;
  await query.transaction().execute(async (transaction) => {
    const known = await loadIntervals({ query: transaction }, accountId);
    await transaction.deleteFrom('backfill_intervals').where('account_id', '=', accountId).execute();
    const rows = mergeIntervals(known, proof).map(({ oldest, newest }) => ({
      id: randomUUID(),
      account_id: accountId,
      oldest_at: oldest ?? null,
      newest_at: newest,
    }));
    for (const some of chunks(rows, ROWS_PER_STATEMENT)) {
      await transaction.insertInto('backfill_intervals').values(some).execute();
    }
  });
}
