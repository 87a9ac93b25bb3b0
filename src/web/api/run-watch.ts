import type { App } from '../../app/open.ts';
import type { Running } from '../../contract/events.ts';
import { StorylineError } from '../../errors.ts';
import { describeRuns } from './describe-run.ts';

/** How often it is looked what runs, in milliseconds. */
const PACE = 1000;

/** Looks after the runs that are under way, whoever started them and wherever, for as long as somebody wants to know. */
export interface RunWatch {
  /**
   * Tells of the runs under way, as JSON of {@link Running}: soon, and then whenever something changed. The function
   * that is given back ends that.
   */
  join(hear: (running: string) => void): () => void;
  /** Looks now, rather than when it is time: something changed in this process. */
  look(): void;
}

/** The page looks again when other files are missing. */
async function filesOf({ query }: App['db']): Promise<Pick<Running, 'files'>> {
  const { files, noted } = await query
    .selectFrom('media_file_states')
    .select((row) => [row.fn.countAll<number>().as('files'), row.fn.max('noted_at').as('noted')])
    .executeTakeFirstOrThrow();
  return noted === null ? {} : { files: `${files} ${noted.toISOString()}` };
}

/** One look a second serves all who listen; while nobody does, nothing is asked. */
export function createRunWatch(app: Pick<App, 'runs' | 'accounts' | 'db' | 'outside'>): RunWatch {
  const { log } = app.outside;
  const listeners = new Set<(running: string) => void>();
  let last: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;
  let isDue = false;
  let isBlind = false;

  const lookOnce = async () => {
    try {
      const running: Running = {
        running: await describeRuns(app, await app.runs.running()),
        ...(await filesOf(app.db)),
      };
      const text = JSON.stringify(running);
      isBlind = false;
      if (text === last || listeners.size === 0) return;
      last = text;
      for (const hear of listeners) hear(text);
    } catch (error) {
      // A database that is away for a while is said once, and asked again; those who listen know what they knew.
      const what = error instanceof StorylineError ? error.message : error instanceof Error ? error.stack : error;
      if (!isBlind) log.warn(`the runs under way cannot be seen: ${what}`);
      isBlind = true;
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
    if (listeners.size > 0) timer = setTimeout(look, PACE);
  };

  return {
    join(hear) {
      listeners.add(hear);
      if (last === undefined) void look();
      else hear(last);
      return () => {
        listeners.delete(hear);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        last = undefined;
      };
    },
    look: () => void look(),
  };
}
