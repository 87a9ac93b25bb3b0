import type { Database } from '../db/open.ts';
import { REFUSALS, type Refusal } from './telegram-errors.ts';

/** Notes why the bot gets no messages, or that it does, for the commands of other processes (`health/bot.ts`). */
export async function noteTrouble(
  { query }: Database,
  refusal: Refusal | undefined,
  { since, now }: { since: Date; now: Date },
): Promise<void> {
  if (!refusal) {
    await query.deleteFrom('bot_trouble').execute();
    return;
  }
  const values = { ...REFUSALS[refusal], since, noted_at: now };
  await query
    .insertInto('bot_trouble')
    .values({ id: 1, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}
