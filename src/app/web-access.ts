import { createLoginTries } from '../accounts/login-tries.ts';
import { createWebAccess } from '../accounts/web-access.ts';
import type { App } from './open.ts';

export { FORGOTTEN, type LoginTries } from '../accounts/login-tries.ts';
export { BROWSER_LIFE, SESSION_LIFE, type WebAccess } from '../accounts/web-access.ts';

/** The gallery's password and sessions, and the memory of wrong passwords. */
export const openWebAccess = ({ db, outside: { now } }: Pick<App, 'db' | 'outside'>) => ({
  access: createWebAccess({ db, now }),
  tries: createLoginTries(db),
});
