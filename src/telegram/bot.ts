import { autoRetry } from '@grammyjs/auto-retry';
import { Bot, type Context, GrammyError, InlineKeyboard } from 'grammy';
import { nameOf } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import { StorylineError, UsageError } from '../errors.ts';
import { createAccess } from './access.ts';
import { parseBackfillArguments, USAGE } from './backfill-arguments.ts';
import { CANCEL, createChatRuns, problemText } from './chat-runs.ts';
import { finishHanging } from './hanging.ts';
import { createPeople, REFUSED, type User } from './people.ts';
import { accountsText, statusText, runText } from './answers.ts';
import { bold, fitted, lines, say, type Text } from './text.ts';

/** The menu that Telegram shows; `/help` lists the same. */
const COMMANDS = [
  ['backfill', 'Backfill media from Instagram'],
  ['backfill_status', 'How the last backfill went'],
  ['accounts', "List the accounts, and switch this chat's"],
  ['status', 'Is all well?'],
  ['cancel', 'Stop the backfill of this chat'],
  ['help', 'What I can do'],
] as const;
const ADMIN_COMMANDS = [
  ['enable', 'Let the members of this chat command me'],
  ['disable', 'Not any more'],
] as const;

const USE_ACCOUNT = 'account:';
/** Updates that were seen lately: Telegram may deliver one again after a lost answer. */
const REMEMBERED = 500;
/** The longest that a flood limit is waited out, in seconds. */
const LONGEST_WAIT = 300;

export interface StorylineBot {
  /** Answers until the signal is aborted; then closes the runs under way. @throws {StorylineError} for a wrong token, or a second bot. */
  run(signal: AbortSignal): Promise<void>;
}

export function createBot(app: App, token: string, apiRoot: string): StorylineBot {
  const { db, outside, config } = app;
  const { now, log } = outside;
  const bot = new Bot(token, { client: { apiRoot } });
  bot.api.config.use(autoRetry({ maxDelaySeconds: LONGEST_WAIT, maxRetryAttempts: 5 }));
  const people = createPeople({ db, now });
  const access = createAccess({ db, adminChatId: config.adminChatId, now });
  const stop = new AbortController();
  const runs = createChatRuns({
    app,
    api: bot.api,
    signal: stop.signal,
    answered: (chatId, name, messageId) =>
      people.record({ type: 'bot_response', name, userId: undefined, chatId, messageId }),
  });

  const answer = async (context: Context, name: string, text: Text, buttons?: InlineKeyboard) => {
    const { text: shown, entities } = fitted(text);
    const sent = await context.reply(shown, { entities: [...entities], ...(buttons ? { reply_markup: buttons } : {}) });
    await people.record({
      type: 'bot_response',
      name,
      userId: undefined,
      chatId: sent.chat.id,
      messageId: sent.message_id,
    });
  };
  return undefined as never;
}
