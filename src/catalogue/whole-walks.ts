import { type SqlBool, sql } from 'kysely';
import type { RunRecord } from '../backfill/report.ts';
import type { Database } from '../db/open.ts';
import { SERVICE } from '../runs/run-views.ts';

/** A run that walked through an account's whole feed. */
export interface WholeWalk {
  readonly at: Date;
  readonly result: Partial<RunRecord>;
}

/** The newest of an account. Runs are read backwards up to it. */
export async function lastWholeWalk({ query }: Database, accountId: string): Promise<WholeWalk | undefined> {
  const row = await query
    .selectFrom('service_runs')
    .select(['started_at', 'completed_at', 'result_summary'])
    .where('service_name', '=', SERVICE.service_name)
    .where('status', '=', 'completed')
    // Both databases have these words for what is in JSON.
    .where(sql<SqlBool>`input_params ->> 'account_id' = ${accountId}`)
    .where(sql<SqlBool>`result_summary ->> 'posts' is not null`)
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { at: row.completed_at ?? row.started_at, result: row.result_summary as Partial<RunRecord> };
}
