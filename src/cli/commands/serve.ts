import { UsageError } from '../../errors.ts';
import { runBot } from '../../telegram/bot.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

/** Answers on Telegram until it is stopped; that is how it ends, and no error. */
export async function serve(context: Context): Promise<ExitCode> {
  const { config, signal, log } = context;
  const { botToken, apiRoot } = config.telegram;
  if (botToken === undefined) {
    throw new UsageError('TELEGRAM_BOT_TOKEN is not set: there is no bot to run', {
      hint: 'How to make one, in a minute: docs/telegram.md',
    });
  }
  if (config.adminChatId === undefined) {
    log.warn('ADMIN_TELEGRAM_CHAT_ID is not set: only users that are promoted with promote-user may command the bot');
  }
  await withApp(context, (app) => runBot(app, { token: botToken, apiRoot }, signal));
  return EXIT.done;
}
