import { formatMoment } from '../../media/moment.ts';
import type { App } from '../open.ts';
import { type Check, warning } from './check.ts';

/** Milliseconds. An older note is from a process that has ended: the bot renews it every minute. */
const VALID = 10 * 60_000;

/** Why the bot receives no messages, as noted by the process that runs it. */
export async function botTroubleChecks({ db, outside }: Pick<App, 'db' | 'outside'>): Promise<Check[]> {
  const row = await db.query.selectFrom('bot_trouble').selectAll().executeTakeFirst();
  if (!row || outside.now().getTime() - row.noted_at.getTime() > VALID) return [];
  return [warning('Bot messages', `${row.problem}, since ${formatMoment(row.since)}`, row.remedy)];
}
