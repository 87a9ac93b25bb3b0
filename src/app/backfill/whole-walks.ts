import { type SqlBool, sql } from 'kysely';
import type { RunRecord } from '../../backfill/report.ts';
import type { Database } from '../../db/database.ts';
import { BACKFILL } from '../run-kinds.ts';

/** A run that walked through an account's whole feed. */
export interface WholeWalk {
  readonly at: Date;
  readonly result: Partial<RunRecord>;
}

/** The newest of an account. The index idx_service_runs_whole_walks finds it among any number of other runs. */
export async function lastWholeWalk({ query }: Database, accountId: string): Promise<WholeWalk | undefined> {
  const row = await query
    .selectFrom('service_runs')
    .select(['started_at', 'completed_at', 'result_summary'])
    // In the words of the index, which both databases understand.
    .where(sql<SqlBool>`input_params ->> 'account_id' = ${accountId}`)
    .where(sql<SqlBool>`result_summary ->> 'posts' is not null`)
    .where('service_name', '=', BACKFILL.service)
    .where('status', '=', 'completed')
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { at: row.completed_at ?? row.started_at, result: row.result_summary as Partial<RunRecord> };
}
