import { formatMoment } from '../../media/moment.ts';
import type { App } from '../open.ts';
import { type Check, warning } from './check.ts';

/** What was noted longer ago, in milliseconds, is of a process that has ended: the bot notes it every minute. */
const VALID = 10 * 60_000;

/** What the process that runs the bot has noted: why it gets no messages. */
export async function botTroubleChecks({ db, outside }: Pick<App, 'db' | 'outside'>): Promise<Check[]> {
  const row = await db.query.selectFrom('bot_trouble').selectAll().executeTakeFirst();
  if (!row || outside.now().getTime() - row.noted_at.getTime() > VALID) return [];
  return [warning('Bot messages', `${row.problem}, since ${formatMoment(row.since)}`, row.remedy)];
}
