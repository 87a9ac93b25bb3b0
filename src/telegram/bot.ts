import { autoRetry } from '@grammyjs/auto-retry';
import { Api, Bot, GrammyError, HttpError } from 'grammy';
import type { App } from '../app.ts';
import { StorylineError, UsageError } from '../errors.ts';
import { createAccess } from './access.ts';
import { createAdmission } from './admission.ts';
import { createChatRuns, problemText } from './chat-runs.ts';
import { type Asked, COMMANDS, createAnswer, createConversation } from './conversation.ts';
import { finishHanging } from './hanging.ts';
import { createPeople } from './people.ts';

/** Updates that were seen lately: Telegram delivers one again where our answer was lost. */
const REMEMBERED = 1000;
/** The longest that a flood limit is waited out, in seconds. */
const LONGEST_WAIT = 300;
/** How long to wait before Telegram is tried again, in milliseconds. */
const RECONNECT = 5000;
/** How long the messages of interrupted runs may take, in milliseconds. */
const FAREWELL = 10_000;

/**
 * Answers on Telegram until the signal is aborted; then the runs under way are closed as interrupted, and say so.
 *
 * @throws {UsageError} for a token that Telegram does not take, or a second bot with the same one.
 */
export async function runBot(app: App, { token, apiRoot }: { token: string; apiRoot: string }, signal: AbortSignal) {
  const { log, sleep } = app.outside;
  const bot = new Bot(token, { client: { apiRoot } });
  bot.api.config.use(autoRetry({ maxDelaySeconds: LONGEST_WAIT, maxRetryAttempts: 5 }));
  const stop = new AbortController();
  const runs = listen(bot, app, stop.signal);

  const leave = async () => {
    stop.abort();
    const patience = new AbortController();
    await Promise.race([runs.settled(), sleep(FAREWELL, patience.signal).catch(() => undefined)]);
    patience.abort();
    await bot.stop().catch((error: unknown) => log.debug(`Telegram was not told goodbye: ${reasonOf(error)}`));
  };
  let leaving: Promise<void> | undefined;
  const onAbort = () => {
    leaving = leave();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    bot.botInfo = await reach(new Api(token, { apiRoot }), app, signal);
    log.info(`the bot @${bot.botInfo.username} answers on Telegram`);
    await bot.api.setMyCommands(COMMANDS.map(([command, description]) => ({ command, description })));
    await finishHanging(app, bot.api);
    if (!signal.aborted) await bot.start({ allowed_updates: ['message', 'callback_query'] });
  } catch (error) {
    if (!signal.aborted) throw botError(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await (leaving ?? leave());
  }
}

/** Has the bot answer; gives the runs that chats ask for. */
function listen(bot: Bot, app: App, signal: AbortSignal) {
  const { db, outside, config } = app;
  const { now, log } = outside;
  const people = createPeople({ db, now });
  const access = createAccess({ db, adminChatId: config.adminChatId, now });
  const answered = (chatId: number, name: string, messageId: number) =>
    people.record({ type: 'bot_response', name, userId: undefined, chatId, messageId });
  const answer = createAnswer(answered);
  const runs = createChatRuns({ app, api: bot.api, signal, answered });
  const { commands, buttons, unknown } = createConversation({ app, people, access, runs, answer });
  const admit = createAdmission({ people, access, log });

  /** What can be expected to go wrong is an answer. */
  const guarded = async (asked: Asked | undefined, work: (asked: Asked) => Promise<void>) => {
    try {
      if (asked) await work(asked);
    } catch (error) {
      if (!asked || !(error instanceof StorylineError)) throw error;
      await answer(asked, 'error', problemText(error));
    }
  };

  const seen = new Set<number>();
  bot.use(async ({ update: { update_id } }, next) => {
    if (seen.has(update_id)) return;
    seen.add(update_id);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value ?? 0);
    await next();
  });
  for (const [name, work] of Object.entries(commands)) {
    bot.command(name, async (context) =>
      guarded(await admit(context, { type: 'command', name, text: context.match }), work),
    );
  }
  bot.on('callback_query:data', async (context) => {
    const { data } = context.callbackQuery;
    const [prefix, press] = buttons.find(([beginning]) => data.startsWith(beginning)) ?? ['', noUse];
    const name = prefix.replace(/:$/, '') || 'unknown';
    const asked = await admit(context, { type: 'callback', name, text: data.slice(prefix.length) });
    await guarded(asked, async (admitted) => {
      const text = await press(admitted);
      // A query that is too old to be answered was pressed all the same.
      await context.answerCallbackQuery({ text }).catch(ignoreTooOld);
    });
  });
  bot.on('message:text').filter(
    ({ chat, msg }) => chat.type === 'private' || msg.text.startsWith('/'),
    async (context) => {
      const addressed = /^\/\w+@(\w+)/.exec(context.msg.text)?.[1];
      if (addressed && addressed.toLowerCase() !== context.me.username.toLowerCase()) return;
      await guarded(await admit(context, { type: 'command', name: 'unknown', text: context.msg.text }), unknown);
    },
  );
  bot.catch(({ error, ctx }) => {
    const what = error instanceof Error ? error.stack : String(error);
    log.error(`the update ${ctx.update.update_id} could not be answered: ${what}`);
  });
  return runs;
}

const noUse = async () => 'That button is of no use any more.';

/** Asks Telegram who the bot is, until it answers: a machine that starts may have no network yet. */
async function reach(api: Api, { outside }: App, signal: AbortSignal) {
  for (let isTold = false; ; isTold = true) {
    try {
      return await api.getMe();
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (!isTold) outside.log.warn('Telegram cannot be reached yet; the bot goes on trying');
      await outside.sleep(RECONNECT, signal);
    }
  }
}

const ignoreTooOld = (error: unknown): void => {
  if (!(error instanceof GrammyError) || !/query is too old|QUERY_ID_INVALID/i.test(error.description)) throw error;
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What cannot be mended by trying again, in our words. */
function botError(error: unknown): unknown {
  if (error instanceof GrammyError && error.error_code === 401) {
    return new UsageError('Telegram does not accept the token of the bot', {
      hint: 'Copy it anew from @BotFather to TELEGRAM_BOT_TOKEN.',
    });
  }
  if (error instanceof GrammyError && error.error_code === 404) {
    return new UsageError('Telegram does not know the token of the bot', {
      hint: 'Copy it anew from @BotFather to TELEGRAM_BOT_TOKEN.',
    });
  }
  if (error instanceof GrammyError && error.error_code === 409) {
    return new UsageError('Another program reads the messages of this bot', {
      hint: 'Stop it first: one bot can be run once. The Python Storyline with the same token counts too.',
    });
  }
  return error;
}
