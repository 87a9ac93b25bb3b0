import type { Session } from '../contract/session.ts';
import { type ApiError, get, post, problemOf, remove } from './api.ts';
import { createStore } from './store.ts';

export const session = createStore<{ value?: Session; problem?: ApiError }>({});

export async function askWhoWeAre(): Promise<void> {
  try {
    session.set({ value: await get<Session>('/session') });
  } catch (error) {
    session.set({ problem: problemOf(error) });
  }
}

/** @throws {ApiError} for a wrong password, and for too many attempts. */
export async function logIn(password: string): Promise<void> {
  await post('/session', { password });
  await askWhoWeAre();
}

export async function logOut(): Promise<void> {
  await remove('/session');
  await askWhoWeAre();
}
