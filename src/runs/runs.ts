import { randomUUID } from 'node:crypto';
import type { Database } from '../db/database.ts';
import type { Kinds, KindTable, RunKind } from './kinds.ts';
import { liveOwners } from './lock-state.ts';
import { createRunMessages } from './messages.ts';
import { PACES, type Paces } from './paces.ts';
import { createRunRecords, type TriggeredBy } from './records.ts';
import { type Job, type StartedRun, startRun } from './start.ts';
import { createRunViews } from './views.ts';

interface RunsOptions<K extends Kinds> {
  db: Database;
  kinds: KindTable<K>;
  now: () => Date;
  warn: (text: string) => void;
  paces?: Partial<Paces> | undefined;
}

interface RunRequest<K extends Kinds, Name extends keyof K & string> {
  /** From {@link Runs.newId}, for a job that needs its run's id before the run starts. */
  readonly id?: string;
  readonly kind: Name;
  /** What the run works on: no two runs of a kind have the same subject. */
  readonly subject: string;
  readonly triggeredBy: TriggeredBy;
  readonly input: K[Name]['input'];
  /** Stops the run. */
  readonly signal: AbortSignal;
}

export type Runs<K extends Kinds> = ReturnType<typeof createRuns<K>>;

/**
 * Runs of any kind: each has a lock, a row in `service_runs` and, while it goes on, its progress. What they do is the
 * business of their jobs.
 */
export function createRuns<K extends Kinds>({ db, kinds, now, warn, paces }: RunsOptions<K>) {
  const all = Object.values<RunKind>(kinds);
  const records = createRunRecords({ db, kinds: all });
  const views = createRunViews<K>({ db, kinds });
  const context = { db, records, now, warn, paces: { ...PACES, ...paces } };

  return {
    newId: () => randomUUID(),

    /**
     * Starts the only run of its kind and subject. Dispose of it in the end.
     *
     * @throws {RunInProgressError} naming the run that is already running; what the job throws.
     */
    start: <Name extends keyof K & string, E>(
      { kind, id = randomUUID(), ...request }: RunRequest<K, Name>,
      job: Job<E>,
    ): Promise<StartedRun<E>> => startRun(context, { ...request, id, kind: kinds[kind] }, job),

    /** Closes the rows of runs whose processes died. Another program's rows are left alone. */
    closeDead: records.closeDead,

    /** How the running runs, of every kind, mark their partial files. */
    liveOwners: () => liveOwners(db),

    /**
     * Asks a run to stop, in whatever process it is; it notices within a second or two. `by` says from where, such as
     * `web`. False if the run is over.
     */
    async cancel(id: string, by: string): Promise<boolean> {
      const running = await views.running();
      if (!running.some((run) => run.id === id)) return false;
      const { numUpdatedRows } = await db.query
        .updateTable('run_locks')
        .set({ cancelled_by: by })
        .where('run_id', '=', id)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    ...views,
    ...createRunMessages(db, views),
  };
}
