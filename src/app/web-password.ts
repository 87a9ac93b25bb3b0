import { createWebAccess } from '../accounts/web-access.ts';
import { UsageError } from '../errors.ts';
import type { App } from './open.ts';

/** Characters. */
export const PASSWORD_LENGTH = { least: 8, most: 1000 };

/** @throws {UsageError} if the password is too short or too long. */
export function checkPassword(password: string, hint: string): void {
  const { length } = [...password];
  const { least, most } = PASSWORD_LENGTH;
  if (length < least || length > most) {
    throw new UsageError(`The password must have at least ${least} characters, and at most ${most}`, { hint });
  }
}

/** Sets the gallery's password, and ends all sessions. */
export const setWebPassword = ({ db, outside }: App, password: string): Promise<void> =>
  createWebAccess({ db, now: outside.now }).setPassword(password);

/** Removes the gallery's password, and ends all sessions. @returns false if none was set. */
export const removeWebPassword = ({ db, outside }: App): Promise<boolean> =>
  createWebAccess({ db, now: outside.now }).removePassword();
