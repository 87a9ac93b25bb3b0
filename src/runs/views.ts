import type { Database } from '../db/database.ts';
import { InterruptedError } from '../errors.ts';
import { isOurs, type Kinds, type KindTable, type RunKind, type RunTypes } from './kinds.ts';
import { isHeld, silenceOf } from './lock-state.ts';

/** A run of one kind. Rows of other versions and programs may lack parts of their JSON. */
interface RunOf<Name, T extends RunTypes> {
  readonly id: string;
  readonly kind: Name;
  readonly status: 'running' | 'completed' | 'failed' | 'interrupted';
  readonly startedAt: Date;
  readonly completedAt: Date | undefined;
  readonly triggeredBy: string;
  readonly input: Partial<T['input']>;
  readonly result: Partial<T['result']> | undefined;
  readonly error: string | undefined;
  /** How far it was a moment ago; undefined unless it runs and has said so. */
  readonly progress: Partial<T['progress']> | undefined;
  /** It was cancelled and is about to stop. */
  readonly isCancelled: boolean;
}

/** A run of any kind. */
export type RunView<K extends Kinds> = { [Name in keyof K & string]: RunOf<Name, K[Name]> }[keyof K & string];

/**
 * Runs as their rows and locks show them. A run whose process died is interrupted, not running. Of another program's
 * runs only their rows are known.
 */
export function createRunViews<K extends Kinds>({ db, kinds }: { db: Database; kinds: KindTable<K> }) {
  const kindOf = new Map(Object.values<RunKind>(kinds).map((kind) => [kind.service, kind]));
  const rows = () =>
    db.query
      .selectFrom('service_runs')
      .leftJoin('run_locks', 'run_locks.run_id', 'service_runs.id')
      .selectAll('service_runs')
      .select(['run_locks.run_id', 'run_locks.holder', 'run_locks.progress', 'run_locks.cancelled_by', silenceOf(db)])
      .where('service_name', 'in', [...kindOf.keys()]);
  type Row = Awaited<ReturnType<ReturnType<typeof rows>['execute']>>[number];

  const viewOf = ({ run_id, holder, silence, progress, cancelled_by, ...row }: Row): RunView<K> => {
    const kind = kindOf.get(row.service_name) as RunKind;
    const isAlive = holder !== null && isHeld({ run_id, holder, silence });
    const isRunning = row.status === 'running' && isAlive;
    const isDead = row.status === 'running' && !isAlive && isOurs(kind, row.input_params);
    const view: RunOf<string, RunTypes> = {
      id: row.id,
      kind: kind.name,
      status: isDead || row.error_type === InterruptedError.name ? 'interrupted' : row.status,
      startedAt: row.started_at,
      completedAt: row.completed_at ?? undefined,
      triggeredBy: row.triggered_by ?? 'unknown',
      input: row.input_params ?? {},
      result: row.result_summary ?? undefined,
      error: row.error_message ?? undefined,
      progress: isRunning ? (progress ?? undefined) : undefined,
      isCancelled: isRunning && cancelled_by !== null,
    };
    return view as RunView<K>;
  };

  return {
    /** Newest first. */
    async recent(limit: number): Promise<RunView<K>[]> {
      const found = await rows().orderBy('started_at', 'desc').orderBy('service_runs.id').limit(limit).execute();
      return found.map(viewOf);
    },

    /** @param id a UUID. */
    async find(id: string): Promise<RunView<K> | undefined> {
      const found = await rows().where('service_runs.id', '=', id).executeTakeFirst();
      return found && viewOf(found);
    },

    /** The running runs of all processes, newest first: found by their locks, of which there are few. */
    async running(): Promise<RunView<K>[]> {
      const locks = await db.query.selectFrom('run_locks').select('run_id').execute();
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
