import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { stopName } from '../backfill/recorded.ts';
import { type ForecastRecord, type Report, toRecord } from '../backfill/report.ts';
import type { Database } from '../db/open.ts';
import { InterruptedError } from '../errors.ts';
import { isHeld, silenceOf } from './lock.ts';
import { createRunViews, type InputParams, isOurs, type RunView, SERVICE, type TriggeredBy } from './run-views.ts';

/** What a dry run said that a run would take, and when. */
export interface Foretold {
  readonly madeAt: Date;
  readonly forecast: ForecastRecord;
}

export type ServiceRuns = ReturnType<typeof createServiceRuns>;

/** A message of Telegram's, in Telegram's words. */
export interface RunMessage {
  readonly chat_id: number;
  readonly message_id: number;
}

/** How many runs back a message is finished: older ones nobody looks at. */
const MESSAGES_REMEMBERED = 100;

/** Rows of other programs may hold anything here. */
function messageIn(metadata: unknown): RunMessage | undefined {
  const found = (metadata as { telegram?: Partial<RunMessage> } | null)?.telegram;
  if (typeof found?.chat_id !== 'number' || typeof found.message_id !== 'number') return undefined;
  return { chat_id: found.chat_id, message_id: found.message_id };
}

/** What the column can hold: 24 days. */
const LONGEST_DURATION = 2 ** 31 - 1;

/** How many runs back a forecast is looked for. */
const RUNS_REMEMBERED = 20;

/** What two requests must have in common for the forecast of one to be held against the other. */
const likeness = (input: Partial<InputParams>): string =>
  JSON.stringify([
    input.limit,
    input.media_type,
    input.since,
    input.until,
    input.incremental,
    input.collaborations ?? false,
    input.retry_failed ?? false,
  ]);

/** The runs' rows in `service_runs`. */
export function createServiceRuns({ db }: { db: Database }) {
  const { query, dialect } = db;

  const views = createRunViews({ db });

  return {
    async begin(id: string, triggeredBy: TriggeredBy, input: InputParams): Promise<void> {
      await query
        .insertInto('service_runs')
        .values({
          id,
          ...SERVICE,
          triggered_by: triggeredBy,
          started_at: dialect.now,
          created_at: dialect.now,
          status: 'running',
          input_params: { ...input },
        })
        .execute();
    },

    /**
     * Closes a run's row with its result, and what ended it before its time. A row that is closed already, or gone, stays
     * as it is.
     */
    async close(id: string, report: Report, error: Error | undefined): Promise<void> {
      const row = await query
        .selectFrom('service_runs')
        .select(dialect.millisecondsSince(sql.ref('started_at')).as('duration'))
        .where('id', '=', id)
        .where('status', '=', 'running')
        .executeTakeFirst();
      if (!row) return;
      // The database's clock may have been set back since.
      const duration = Math.min(Math.max(0, row.duration), LONGEST_DURATION);
      const record = toRecord(report, { seconds: duration / 1000, stoppedBy: error && stopName(error) });
      await query
        .updateTable('service_runs')
        .set({
          completed_at: dialect.now,
          duration_ms: duration,
          status: error ? 'failed' : 'completed',
          success: !error,
          result_summary: { ...record },
          error_message: error?.message ?? null,
          error_type: error ? stopName(error) : null,
        })
        .where('id', '=', id)
        .where('status', '=', 'running')
        .execute();
    },

    /** Closes the rows of runs whose processes died. Those of the Python program are left alone. */
    async closeDead(): Promise<void> {
      // In this order: a run has its lock before its row, and closes its row before it lets go of the lock.
      const open = await query
        .selectFrom('service_runs')
        .select(['id', 'input_params'])
        .where('service_name', '=', SERVICE.service_name)
        .where('status', '=', 'running')
        .execute();
      const locks = await query
        .selectFrom('backfill_locks')
        .select(['run_id', 'holder', silenceOf(db)])
        .execute();
      const live = new Set(locks.filter(isHeld).map(({ run_id }) => run_id));
      const dead = open.filter(({ id, input_params }) => isOurs(input_params) && !live.has(id));
      const error = new InterruptedError('The process ended without closing the run');
      for (const { id } of dead) {
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

    newId: () => randomUUID(),

    /** Remembers the message in which a run tells of itself, for as long as it is not finished. */
    async noteMessage(id: string, message: RunMessage | undefined): Promise<void> {
      await query
        .updateTable('service_runs')
        .set({ context_metadata: message ? { telegram: { ...message } } : null })
        .where('id', '=', id)
        .execute();
    },

    /** Runs whose message is not finished, newest first. */
    async withMessages(): Promise<{ run: RunView; message: RunMessage }[]> {
      const rows = await query
        .selectFrom('service_runs')
        .select(['id', 'context_metadata'])
        .where('service_name', '=', SERVICE.service_name)
        .where('triggered_by', '=', 'telegram')
        .where('context_metadata', 'is not', null)
        .execute();
      const messages = new Map(rows.map((row) => [row.id, messageIn(row.context_metadata)]));
      return (await views.recent(MESSAGES_REMEMBERED)).flatMap((run) => {
        const message = messages.get(run.id);
        return message ? [{ run, message }] : [];
      });
    },

    /** What a dry run said of the same request, where no real run of the account came after it; the newest one. */
    async forecastFor(input: InputParams): Promise<Foretold | undefined> {
      const wanted = likeness(input);
      for (const run of await views.recent(RUNS_REMEMBERED)) {
        if (run.input.account_id !== input.account_id) continue;
        if (!run.input.dry_run) return undefined;
        const forecast = run.result?.forecast;
        if (forecast && likeness(run.input) === wanted) return { madeAt: run.startedAt, forecast };
      }
      return undefined;
    },

    /**
     * Asks a run to end, in whatever process it is; it hears that within a second or two. `by` says from where, as
     * `web`. False where it is over.
     */
    async cancel(id: string, by: string): Promise<boolean> {
      const running = await views.running();
      if (!running.some((run) => run.id === id)) return false;
      const { numUpdatedRows } = await query
        .updateTable('backfill_locks')
        .set({ cancelled_by: by })
        .where('run_id', '=', id)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    ...views,
  };
}
