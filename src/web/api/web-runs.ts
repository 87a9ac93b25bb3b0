import type { StartRequest } from '../../app/backfill/request.ts';
import { type BackfillRun, startBackfill } from '../../app/backfill/start.ts';
import type { App } from '../../app/open.ts';
import { InterruptedError } from '../../errors.ts';
import type { RunWatch } from './run-watch.ts';

/** The runs that the page started. They continue in the background. */
export interface WebRuns {
  /**
   * Starts a run and returns its id.
   *
   * @throws the errors of {@link startBackfill}; {@link InterruptedError} if the server is stopping.
   */
  start(request: Omit<StartRequest, 'triggeredBy'>): Promise<string>;
  /** Cancels a run, also one of another process; false if it has already ended. */
  cancel(id: string): Promise<boolean>;
  /** Waits until all runs that were started here have closed their records. */
  settled(): Promise<void>;
}

/** @param signal aborted when the server stops; the runs then end as interrupted. */
export function createWebRuns(app: App, watch: Pick<RunWatch, 'look'>, signal: AbortSignal): WebRuns {
  const { log } = app.outside;
  const active = new Set<Promise<void>>();

  const follow = async ({ id, events, dispose }: BackfillRun) => {
    try {
      watch.look();
      for await (const event of events) {
        if (event.type === 'ended' && event.stoppedBy) log.info(`run ${id} was stopped: ${event.stoppedBy.message}`);
      }
    } finally {
      await dispose();
    }
  };

  return {
    async start(request) {
      // `settled` may already have returned.
      if (signal.aborted)
        throw new InterruptedError('The server is stopping', { hint: 'Restart it, then start the run.' });
      const starting = startBackfill(app, { ...request, triggeredBy: 'web' }, signal);
      // The caller handles errors that prevent the start.
      const done: Promise<void> = starting
        .then(
          (run) =>
            follow(run).catch((bug: unknown) =>
              log.error(`run ${run.id} failed: ${bug instanceof Error ? bug.stack : bug}`),
            ),
          () => undefined,
        )
        .finally(() => {
          active.delete(done);
          watch.look();
        });
      active.add(done);
      return (await starting).id;
    },

    async cancel(id) {
      const isCancelled = await app.runs.cancel(id, 'web');
      watch.look();
      return isCancelled;
    },

    async settled() {
      await Promise.all(active);
    },
  };
}
