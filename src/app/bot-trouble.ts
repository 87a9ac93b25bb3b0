import type { App } from './open.ts';

/** Why Telegram gives the bot no messages, and what to do about it. */
export interface BotTrouble {
  readonly problem: string;
  readonly remedy: string;
  readonly since: Date;
}

/** Notes for the health check of other processes (health/bot.ts) why the bot gets no messages; undefined if it gets them. */
export async function noteBotTrouble({ db, outside }: Pick<App, 'db' | 'outside'>, trouble: BotTrouble | undefined) {
  const { query } = db;
  if (!trouble) {
    await query.deleteFrom('bot_trouble').execute();
    return;
  }
  const values = { ...trouble, noted_at: outside.now() };
  await query
    .insertInto('bot_trouble')
    .values({ id: 1, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}
