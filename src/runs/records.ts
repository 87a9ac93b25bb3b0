import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { InterruptedError, stopName } from '../errors.ts';
import { isOurs, type RunKind, storedInput } from './kinds.ts';
import { liveRuns } from './lock-state.ts';

/** Who started a run. */
export type TriggeredBy = 'cli' | 'telegram' | 'web' | 'system';

/** What the column can hold: 24 days. */
const LONGEST_DURATION = 2 ** 31 - 1;

export interface NewRecord {
  readonly id: string;
  readonly kind: RunKind;
  readonly subject: string;
  readonly triggeredBy: TriggeredBy;
  readonly input: object;
}

/** How a run ended, for its own record. */
export interface RunEnd {
  readonly seconds: number;
  /** The name of the error that stopped it early. */
  readonly stoppedBy: string | undefined;
}

interface Closing {
  /** What stopped the run early. */
  readonly error: Error | undefined;
  readonly result: (end: RunEnd) => object;
}

/** The runs' rows in `service_runs`, as their own processes write them. */
export function createRunRecords({ db, kinds }: { db: Database; kinds: readonly RunKind[] }) {
  const { query, dialect } = db;

  return {
    async begin({ id, kind, subject, triggeredBy, input }: NewRecord): Promise<void> {
      await query
        .insertInto('service_runs')
        .values({
          id,
          service_name: kind.service,
          method_name: kind.method,
          triggered_by: triggeredBy,
          started_at: dialect.now,
          created_at: dialect.now,
          status: 'running',
          input_params: storedInput(kind, subject, input),
        })
        .execute();
    },

    /** Does nothing if the row is closed already, or gone. */
    async close(id: string, { error, result }: Closing): Promise<void> {
      const row = await query
        .selectFrom('service_runs')
        .select(dialect.millisecondsSince(sql.ref('started_at')).as('duration'))
        .where('id', '=', id)
        .where('status', '=', 'running')
        .executeTakeFirst();
      if (!row) return;
      // The database's clock may have been set back since.
      const duration = Math.min(Math.max(0, row.duration), LONGEST_DURATION);
      const stoppedBy = error && stopName(error);
      await query
        .updateTable('service_runs')
        .set({
          completed_at: dialect.now,
          duration_ms: duration,
          status: error ? 'failed' : 'completed',
          success: !error,
          result_summary: { ...result({ seconds: duration / 1000, stoppedBy }) },
          error_message: error?.message ?? null,
          error_type: stoppedBy ?? null,
        })
        .where('id', '=', id)
        .where('status', '=', 'running')
        .execute();
    },

    /** Closes the rows of runs whose processes died. Another program's rows are left alone. */
    async closeDead(): Promise<void> {
      // In this order: a run has its lock before its row, and closes its row before it releases its lock.
      const open = await query
        .selectFrom('service_runs')
        .select(['id', 'service_name', 'input_params'])
        .where(
          'service_name',
          'in',
          kinds.map(({ service }) => service),
        )
        .where('status', '=', 'running')
        .execute();
      const live = new Set(await liveRuns(db));
      const isOurRow = ({ service_name, input_params }: (typeof open)[number]) =>
        kinds.some((kind) => kind.service === service_name && isOurs(kind, input_params));
      const error = new InterruptedError('The process ended without closing the run');
      for (const { id } of open.filter((row) => isOurRow(row) && !live.has(row.id))) {
        await query
          .updateTable('service_runs')
          .set({
            completed_at: dialect.now,
            status: 'failed',
            success: false,
            error_message: error.message,
            error_type: error.name,
          })
          .where('id', '=', id)
          .where('status', '=', 'running')
          .execute();
      }
    },
  };
}
