import type { App } from '../../app/open.ts';
import type { Running } from '../../contract/events.ts';
import { StorylineError } from '../../errors.ts';
import { PACES, type Paces } from '../paces.ts';
import { describeRuns } from './describe-run.ts';

/** Watches the runs in progress, of this process and of others, while anybody listens. */
export interface RunWatch {
  /**
   * Calls the listener with the runs in progress, as JSON of {@link Running}: soon, and then after every change.
   *
   * @returns a function that stops it.
   */
  join(listener: (running: string) => void): () => void;
  /** Looks now instead of at the next tick, because something changed in this process. */
  look(): void;
}

/** Changes when other files become known as missing, so that pages reload them. */
async function filesOf({ query }: App['db']): Promise<Pick<Running, 'files'>> {
  const { files, noted } = await query
    .selectFrom('media_file_states')
    .select((row) => [row.fn.countAll<number>().as('files'), row.fn.max('noted_at').as('noted')])
    .executeTakeFirstOrThrow();
  return noted === null ? {} : { files: `${files} ${noted.toISOString()}` };
}

/** One query per tick serves all listeners; without listeners there are no queries. */
export function createRunWatch(
  app: Pick<App, 'runs' | 'accounts' | 'db' | 'outside'>,
  { runs: pace }: Pick<Paces, 'runs'> = PACES,
): RunWatch {
  const { log } = app.outside;
  const listeners = new Set<(running: string) => void>();
  let last: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;
  let isDue = false;
  let hasFailed = false;

  const lookOnce = async () => {
    try {
      const running: Running = {
        running: await describeRuns(app, await app.runs.running()),
        ...(await filesOf(app.db)),
      };
      const text = JSON.stringify(running);
      hasFailed = false;
      if (text === last || listeners.size === 0) return;
      last = text;
      for (const listener of listeners) listener(text);
    } catch (error) {
      // The database may be away for a while: warn once, and try again at the next tick.
      const what = error instanceof StorylineError ? error.message : error instanceof Error ? error.stack : error;
      if (!hasFailed) log.warn(`cannot read the runs in progress: ${what}`);
      hasFailed = true;
    }
  };
  const look = async () => {
    clearTimeout(timer);
    isDue = true;
    if (isLooking) return;
    isLooking = true;
    while (isDue && listeners.size > 0) {
      isDue = false;
      await lookOnce();
    }
    isLooking = false;
    if (listeners.size > 0) timer = setTimeout(look, pace);
  };

  return {
    join(listener) {
      listeners.add(listener);
      if (last === undefined) void look();
      else listener(last);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        last = undefined;
      };
    },
    look: () => void look(),
  };
}
