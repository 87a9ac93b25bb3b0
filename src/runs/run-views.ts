import type { RunRecord } from '../backfill/report.ts';
import type { Database } from '../db/open.ts';
import { InterruptedError } from '../errors.ts';
import { plural } from '../lib/format.ts';
import { formatMoment, parseMoment } from '../media/moment.ts';
import { isHeld, silenceOf } from './lock.ts';
import type { ProgressRecord } from './progress.ts';

/** How the runs' rows are told from those of other services. */
export const SERVICE = { service_name: 'InstagramBackfillService', method_name: 'backfill' };

/** Who asked for a run. */
export type TriggeredBy = 'cli' | 'telegram' | 'web' | 'system';

/** What was asked for, as the run's row keeps it. */
export interface InputParams {
  readonly limit: number | null;
  readonly media_type: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly dry_run: boolean;
  readonly account_id: string;
  readonly incremental: boolean;
  readonly collaborations?: boolean;
  readonly retry_failed?: boolean;
  /** How many damaged items are to be had again. */
  readonly repair?: number;
}

/**
 * Whether this program began a run, by what was asked for: the Python program's rows have the same names of service and
 * method, and know no incremental runs.
 */
export const isOurs = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && 'incremental' in input && 'account_id' in input;

/** A run as people ask about it. */
export interface RunView {
  readonly id: string;
  readonly status: 'running' | 'completed' | 'failed' | 'interrupted';
  readonly startedAt: Date;
  readonly completedAt: Date | undefined;
  readonly triggeredBy: string;
  readonly input: Partial<InputParams>;
  readonly result: Partial<RunRecord> | undefined;
  readonly error: string | undefined;
  /** How far it was a moment ago, while it runs; absent before it said so for the first time. */
  readonly progress: Partial<ProgressRecord> | undefined;
  /** It was asked to end, and runs on for a moment. */
  readonly isCancelled: boolean;
}

/** What is to be said of a run under way beside its counts, in words; of another nothing. */
export function standingNow({ status, progress, isCancelled }: RunView): string[] {
  if (status !== 'running') return [];
  const expected = progress?.expected_files;
  const until = parseMoment(progress?.waiting_until ?? '');
  return [
    ...(isCancelled ? ['it was asked to end'] : []),
    ...(until ? [`waits for Instagram's rate limit until ${formatMoment(until)}`] : []),
    ...(progress?.measuring ? ['measures a few files for the forecast'] : []),
    ...(expected ? [`${plural(expected, 'file')} were foretold`] : []),
  ];
}

/**
 * Runs as their rows and locks tell of them. One whose process died is interrupted, not running. Of the Python program's
 * runs only their rows are known.
 */
export function createRunViews({ db }: { db: Database }) {
  const rows = () =>
    db.query
      .selectFrom('service_runs')
      .leftJoin('backfill_locks', 'backfill_locks.run_id', 'service_runs.id')
      .selectAll('service_runs')
      .select([
        'backfill_locks.run_id',
        'backfill_locks.holder',
        'backfill_locks.progress',
        'backfill_locks.cancelled_by',
        silenceOf(db),
      ])
      .where('service_name', '=', SERVICE.service_name);
  type Row = Awaited<ReturnType<ReturnType<typeof rows>['execute']>>[number];

  const viewOf = ({ run_id, holder, silence, progress, cancelled_by, ...row }: Row): RunView => {
    const isAlive = holder !== null && isHeld({ run_id, holder, silence });
    const isRunning = row.status === 'running' && isAlive;
    const isDead = row.status === 'running' && !isAlive && isOurs(row.input_params);
    return {
      id: row.id,
      status: isDead || row.error_type === InterruptedError.name ? 'interrupted' : row.status,
      startedAt: row.started_at,
      completedAt: row.completed_at ?? undefined,
      triggeredBy: row.triggered_by ?? 'unknown',
      input: (row.input_params ?? {}) as Partial<InputParams>,
      result: (row.result_summary ?? undefined) as Partial<RunRecord> | undefined,
      error: row.error_message ?? undefined,
      progress: isRunning ? ((progress ?? undefined) as Partial<ProgressRecord> | undefined) : undefined,
      isCancelled: isRunning && cancelled_by !== null,
    };
  };

  return {
    /** Newest first. */
    async recent(limit: number): Promise<RunView[]> {
      const found = await rows().orderBy('started_at', 'desc').orderBy('service_runs.id').limit(limit).execute();
      return found.map(viewOf);
    },

    /** @param id a UUID. */
    async find(id: string): Promise<RunView | undefined> {
      const found = await rows().where('service_runs.id', '=', id).executeTakeFirst();
      return found && viewOf(found);
    },

    /** Those under way in whatever process, newest first: found by the locks, of which there is one an account at most. */
    async running(): Promise<RunView[]> {
      const locks = await db.query.selectFrom('backfill_locks').select('run_id').execute();
      const ids = locks.flatMap(({ run_id: id }) => (id === null ? [] : [id]));
      if (ids.length === 0) return [];
      const found = await rows()
        .where('service_runs.id', 'in', ids)
        .where('service_runs.status', '=', 'running')
        .orderBy('started_at', 'desc')
        .orderBy('service_runs.id')
        .execute();
      return found.map(viewOf).filter(({ status }) => status === 'running');
    },
  };
}
