import type { Running } from '../contract/events.ts';
import type { Run } from '../contract/runs.ts';
import type { Session } from '../contract/session.ts';
import { apiPath, get, refused } from './api.ts';
import { createStore } from './store.ts';

/** The runs that are under way, whoever started them, as the server tells of them. */
export const running = createStore<readonly Run[]>([]);

/** Counts up when what could not be shown may be there now: the server is back, or other files are missing on disk. */
export const lookAgain = createStore(0);

/** Listens for good; the browser itself connects again, unless the server answers with an error. */
export function listen(): () => void {
  let source: EventSource | undefined;
  // What is on the page may be older than the first word.
  let files = '';
  let isAway = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const connect = () => {
    source = new EventSource(apiPath('/events'));
    source.addEventListener('open', () => {
      if (isAway) lookAgain.set(lookAgain.get() + 1);
      isAway = false;
    });
    source.addEventListener('error', () => {
      isAway = true;
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(connect, RETRY);
      void askWhetherRefused();
    });
    source.addEventListener('running', (event) => {
      const told = JSON.parse(event.data) as Running;
      const isOther = (told.files ?? '') !== files;
      files = told.files ?? '';
      running.set(told.running);
      if (isOther) lookAgain.set(lookAgain.get() + 1);
    });
  };
  connect();
  return () => {
    clearTimeout(retry);
    source?.close();
  };
}

/** A stream is refused where the session has ended, and where a proxy finds no server. */
async function askWhetherRefused(): Promise<void> {
  const session = await get<Session>('/session').catch(() => undefined);
  if (session?.access === 'needed') refused.set(refused.get() + 1);
}

/** Milliseconds: a proxy answers with an error while the server is away. */
const RETRY = 5000;
