import type { StartRequest } from '../../app/backfill/request.ts';
import { type BackfillRun, startBackfill } from '../../app/backfill/start.ts';
import type { App } from '../../app/open.ts';
import { InterruptedError } from '../../errors.ts';
import type { RunWatch } from './run-watch.ts';

/** The runs that the page has asked for: each goes on by itself. */
export interface WebRuns {
  /**
   * Starts a run; gives its id.
   *
   * @throws what {@link startBackfill} throws; {@link InterruptedError} where the server stops.
   */
  start(request: Omit<StartRequest, 'triggeredBy'>): Promise<string>;
  /** Asks a run to end, whoever started it; false where it is over. */
  cancel(id: string): Promise<boolean>;
  /** Waits until every run that was started here has closed its record. */
  settled(): Promise<void>;
}

/** @param signal aborted when the server stops: then the runs end as interrupted. */
export function createWebRuns(app: App, watch: Pick<RunWatch, 'look'>, signal: AbortSignal): WebRuns {
  const { log } = app.outside;
  const underWay = new Set<Promise<void>>();

  const goOn = async ({ id, events, dispose }: BackfillRun) => {
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
      // Nobody would wait for its end any more.
      if (signal.aborted)
        throw new InterruptedError('The server is stopping', { hint: 'Start it again, then the run.' });
      const starting = startBackfill(app, { ...request, triggeredBy: 'web' }, signal);
      // Whoever asked hears of what keeps it from starting.
      const done: Promise<void> = starting
        .then(
          (run) =>
            goOn(run).catch((bug: unknown) =>
              log.error(`run ${run.id} broke: ${bug instanceof Error ? bug.stack : bug}`),
            ),
          () => undefined,
        )
        .finally(() => {
          underWay.delete(done);
          watch.look();
        });
      underWay.add(done);
      return (await starting).id;
    },

    async cancel(id) {
      const isAsked = await app.runs.cancel(id, 'web');
      watch.look();
      return isAsked;
    },

    async settled() {
      await Promise.all(underWay);
    },
  };
}
