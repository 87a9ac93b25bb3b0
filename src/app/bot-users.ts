import { createPeople, type People } from '../accounts/people.ts';
import type { App } from './open.ts';

export { type Attempt, type People, REFUSED, type User } from '../accounts/people.ts';

/** The people who write to the bot, and the record of what they asked. */
export const openBotUsers = ({ db, outside }: Pick<App, 'db' | 'outside'>): People =>
  createPeople({ db, now: outside.now });
