import type { Run, Running } from '../web/contract.ts';
import { apiPath } from './api.ts';
import { createStore } from './store.ts';

/** The runs that are under way, whoever started them, as the server tells of them. */
export const running = createStore<readonly Run[]>([]);

/** Listens for good; the browser itself connects again. */
export function listen(): () => void {
  const source = new EventSource(apiPath('/events'));
  source.addEventListener('running', (event) => running.set((JSON.parse(event.data) as Running).running));
  return () => source.close();
}
