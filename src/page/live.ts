import type { Running } from '../contract/events.ts';
import type { Run } from '../contract/runs.ts';
import type { Session } from '../contract/session.ts';
import { apiPath, get, unauthorized } from './api.ts';
import { createStore } from './store.ts';

/** The running backfills, wherever they were started. */
export const running = createStore<readonly Run[]>([]);

/** Counts up when failed content is worth retrying: the server is back, or other files are missing on disk. */
export const refreshSignal = createStore(0);

/** Follows the server's events until the returned function is called. The browser reconnects by itself, except after an error response. */
export function listen(): () => void {
  let source: EventSource | undefined;
  let files = '';
  let isOffline = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const connect = () => {
    source = new EventSource(apiPath('/events'));
    source.addEventListener('open', () => {
      if (isOffline) refreshSignal.set(refreshSignal.get() + 1);
      isOffline = false;
    });
    source.addEventListener('error', () => {
      isOffline = true;
      if (source?.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(connect, RETRY);
      void checkSession();
    });
    source.addEventListener('running', (event) => {
      const message = JSON.parse(event.data) as Running;
      const haveFilesChanged = (message.files ?? '') !== files;
      files = message.files ?? '';
      running.set(message.running);
      if (haveFilesChanged) refreshSignal.set(refreshSignal.get() + 1);
    });
  };
  connect();
  return () => {
    clearTimeout(retry);
    source?.close();
  };
}

/** The stream is unauthorized if the session has ended, or if a proxy cannot reach the server. */
async function checkSession(): Promise<void> {
  const session = await get<Session>('/session').catch(() => undefined);
  if (session?.access === 'needed') unauthorized.set(unauthorized.get() + 1);
}

/** Milliseconds. A proxy responds with an error while the server is down. */
const RETRY = 5000;
