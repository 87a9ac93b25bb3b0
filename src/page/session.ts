import type { Session } from '../contract/session.ts';
import { type ApiError, get, post, problemOf, remove } from './api.ts';
import { createStore } from './store.ts';

export const session = createStore<{ value?: Session; problem?: ApiError }>({});

export async function loadSession(): Promise<void> {
  try {
    session.set({ value: await get<Session>('/session') });
  } catch (error) {
    session.set({ problem: problemOf(error) });
  }
}

/** @throws {ApiError} if the password is wrong, or after too many attempts. */
export async function logIn(password: string): Promise<void> {
  await post('/session', { password });
  await loadSession();
}

export async function logOut(): Promise<void> {
  await remove('/session');
  await loadSession();
}
