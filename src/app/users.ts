import { type Acquaintance, type Attempt, createPeople, type PersonSearch, type User } from '../accounts/people.ts';
import type { App } from './open.ts';

export type { Acquaintance } from '../accounts/people.ts';

/** Refused requests that are listed. */
const ATTEMPTS_LISTED = 20;

/** The users of the bot, and the latest requests that it refused. */
export async function listUsers({ db, outside }: App): Promise<{ users: User[]; attempts: Attempt[] }> {
  const people = createPeople({ db, now: outside.now });
  const [users, attempts] = await Promise.all([people.list(), people.attempts(ATTEMPTS_LISTED)]);
  return { users, attempts };
}

/** The people that a reference may have meant. */
export type NotFound = Extract<PersonSearch, { person: undefined }>;

/** Makes somebody who wrote to the bot its admin or its member. @returns who that is, or who may have been meant. */
export async function setUserRole(
  { db, outside }: App,
  reference: string,
  role: 'admin' | 'member',
): Promise<{ person: Acquaintance } | NotFound> {
  const people = createPeople({ db, now: outside.now });
  const found = await people.find(reference);
  if (found.person) await people.setRole(found.person, role);
  return found;
}
