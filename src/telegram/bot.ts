import { autoRetry } from '@grammyjs/auto-retry';
import { Api, Bot, type Context, GrammyError, HttpError, type InlineKeyboard } from 'grammy';
import { nameOf } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import { StorylineError, UsageError } from '../errors.ts';
import { createAccess } from './access.ts';
import { accountButtons, accountsText, healthText, runText, USE_ACCOUNT } from './answers.ts';
import { parseBackfillArguments, USAGE } from './backfill-arguments.ts';
import { CANCEL, createChatRuns, problemText } from './chat-runs.ts';
import { finishHanging } from './hanging.ts';
import { createPeople, REFUSED, type User } from './people.ts';
import { bold, fitted, lines, say, type Text } from './text.ts';

/** The menu that Telegram shows; `/help` lists the same. */
const COMMANDS: readonly (readonly [command: string, description: string])[] = [
  ['backfill', 'Backfill media from Instagram'],
  ['backfill_status', 'How the last backfill went'],
  ['accounts', "List the accounts, and switch this chat's"],
  ['status', 'Is all well?'],
  ['cancel', 'Stop the backfill of this chat'],
  ['help', 'What I can do'],
];
const ADMIN_COMMANDS: typeof COMMANDS = [
  ['enable', 'Let the members of this chat command me'],
  ['disable', 'Not any more'],
];

/** Updates that were seen lately: Telegram delivers one again where our answer was lost. */
const REMEMBERED = 1000;
/** The longest that a flood limit is waited out, in seconds. */
const LONGEST_WAIT = 300;
/** How long to wait before Telegram is tried again, in milliseconds. */
const RECONNECT = 5000;
/** How long the messages of interrupted runs may take, in milliseconds. */
const FAREWELL = 10_000;

/** A person and a chat that may command the bot. */
interface Asked {
  readonly context: Context;
  readonly user: User;
  readonly chatId: number;
  /** What stands behind the command. */
  readonly text: string;
}

/**
 * Answers on Telegram until the signal is aborted; then the runs under way are closed as interrupted, and say so.
 *
 * @throws {UsageError} for a token that Telegram does not take, or a second bot with the same one.
 */
export async function runBot(app: App, { token, apiRoot }: { token: string; apiRoot: string }, signal: AbortSignal) {
  const { db, outside, config } = app;
  const { now, log } = outside;
  const bot = new Bot(token, { client: { apiRoot } });
  bot.api.config.use(autoRetry({ maxDelaySeconds: LONGEST_WAIT, maxRetryAttempts: 5 }));
  const people = createPeople({ db, now });
  const access = createAccess({ db, adminChatId: config.adminChatId, now });
  const stop = new AbortController();
  const answered = (chatId: number, name: string, messageId: number) =>
    people.record({ type: 'bot_response', name, userId: undefined, chatId, messageId });
  const runs = createChatRuns({ app, api: bot.api, signal: stop.signal, answered });

  const answer = async ({ context }: Pick<Asked, 'context'>, name: string, text: Text, buttons?: InlineKeyboard) => {
    const { text: shown, entities } = fitted(text);
    const sent = await context.reply(shown, { entities: [...entities], ...(buttons ? { reply_markup: buttons } : {}) });
    await answered(sent.chat.id, name, sent.message_id);
  };

  const help = (asked: Asked) => {
    const isAdmin = access.mayAdminister(asked.user, asked.chatId);
    const listed = [...COMMANDS, ...(isAdmin ? ADMIN_COMMANDS : [])].map(([name, text]) => `/${name} - ${text}`);
    return lines(...listed, '', bold('/backfill'), USAGE);
  };

  const commands: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
    start: (asked) =>
      answer(asked, 'start', lines('Hello. I bring your Instagram posts back into your library.', '', help(asked))),
    help: (asked) => answer(asked, 'help', help(asked)),

    async backfill(asked) {
      const wanted = parseBackfillArguments(asked.text);
      if (!wanted) return answer(asked, 'usage', lines('I did not understand that. You can say:', USAGE));
      const refusal = await runs.begin({ chatId: asked.chatId, by: asked.user.name, asked: wanted });
      if (refusal) await answer(asked, 'backfill_refused', refusal);
    },
    backfill_status: async (asked) => answer(asked, 'backfill_status', await runText(app)),
    async accounts(asked) {
      const accounts = await app.accounts.list();
      const [only, another] = accounts;
      const chosen = (await app.accounts.activeId(asked.chatId)) ?? (await app.accounts.activeId());
      const active = chosen ?? (another ? undefined : only?.id);
      await answer(asked, 'accounts', accountsText(accounts, active), accountButtons(accounts, active));
    },
    async status(asked) {
      const attempts = access.mayAdminister(asked.user, asked.chatId) ? await people.attempts(5) : [];
      await answer(asked, 'status', await healthText(app, runs.underWay(), attempts));
    },
    async cancel(asked) {
      const cancelled = runs.underWay(asked.chatId).filter(({ id }) => runs.cancel(id));
      const text =
        cancelled.length > 0
          ? say`Stopping the backfill of ${cancelled.map(({ account }) => account).join(', ')} …`
          : say`No backfill of this chat is under way.`;
      await answer(asked, 'cancel', text);
    },
    enable: (asked) => enable(asked, true),
    disable: (asked) => enable(asked, false),
  };

  async function enable(asked: Asked, isOn: boolean): Promise<void> {
    if (!access.mayAdminister(asked.user, asked.chatId)) return answer(asked, REFUSED, say`Only an admin can do that.`);
    const { chat } = asked.context;
    await access.enable({ id: asked.chatId, name: chat && 'title' in chat ? chat.title : undefined }, isOn);
    await answer(
      asked,
      isOn ? 'enable' : 'disable',
      isOn ? say`The members of this chat can command me now.` : say`Only admins can command me here now.`,
    );
  }

  const buttons: readonly (readonly [prefix: string, (asked: Asked) => Promise<string>])[] = [
    [CANCEL, async ({ text }) => (runs.cancel(text) ? 'Stopping …' : 'It is over already.')],
    [
      USE_ACCOUNT,
      async ({ context, text, chatId }) => {
        const accounts = await app.accounts.list();
        const chosen = accounts.find(({ id }) => id === text);
        if (!chosen) return 'That account is not there any more.';
        await app.accounts.setActive(chosen, chatId);
        const shown = accountsText(accounts, chosen.id);
        const keyboard = accountButtons(accounts, chosen.id);
        await context.editMessageText(shown.text, {
          entities: [...shown.entities],
          ...(keyboard ? { reply_markup: keyboard } : {}),
        });
        return `This chat means ${nameOf(chosen)} now.`;
      },
    ],
  ];

  const seen = new Set<number>();
  bot.use(async (context, next) => {
    const { update_id } = context.update;
    if (seen.has(update_id)) return;
    seen.add(update_id);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value ?? 0);
    await next();
  });

  /** Records who asks what, and lets through those who may. */
  const admitted = async (context: Context, type: 'command' | 'callback', name: string, text: string) => {
    const { from, chat } = context;
    if (!from || from.is_bot || !chat) return undefined;
    const user = await people.meet({
      id: from.id,
      username: from.username,
      firstName: from.first_name,
      lastName: from.last_name,
    });
    const messageId = context.msg?.message_id;
    const may = await access.may(user, chat.id);
    await people.record({
      type,
      name,
      userId: user.id,
      chatId: chat.id,
      messageId,
      context: { text: text.slice(0, 200), ...(may ? {} : { refused: true }) },
    });
    if (may) return { context, user, chatId: chat.id, text };
    await people.record({ type: 'bot_response', name: REFUSED, userId: user.id, chatId: chat.id, messageId });
    log.info(`turned away: ${user.name} in the chat ${chat.id}`);
    const sentence = 'Sorry, I answer only to those whom the owner of this library has let in.';
    if (type === 'callback') await context.answerCallbackQuery({ text: sentence });
    else await context.reply(sentence);
    return undefined;
  };

  const guarded = async (asked: Asked, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StorylineError)) throw error;
      await answer(asked, 'error', problemText(error));
    }
  };

  for (const [name, work] of Object.entries(commands)) {
    bot.command(name, async (context) => {
      const asked = await admitted(context, 'command', name, context.match);
      if (asked) await guarded(asked, () => work(asked));
    });
  }
  bot.on('callback_query:data', async (context) => {
    const { data } = context.callbackQuery;
    const found = buttons.find(([prefix]) => data.startsWith(prefix));
    const [prefix, work] = found ?? ['', async () => 'That button is of no use any more.'];
    const asked = await admitted(context, 'callback', prefix.replace(/:$/, '') || 'unknown', data.slice(prefix.length));
    if (!asked) return;
    await guarded(asked, async () => {
      const text = await work(asked);
      // A query that is too old to be answered was pressed all the same.
      await context.answerCallbackQuery({ text }).catch(ignoreTooOld);
    });
  });
  bot.on('message:text').filter(
    (context) => context.chat.type === 'private' || context.msg.text.startsWith('/'),
    async (context) => {
      const addressed = /^\/\w+@(\w+)/.exec(context.msg.text)?.[1];
      if (addressed && addressed.toLowerCase() !== context.me.username.toLowerCase()) return;
      const asked = await admitted(context, 'command', 'unknown', context.msg.text);
      if (asked) await answer(asked, 'help', lines('I know these:', help(asked)));
    },
  );
  bot.catch(({ error, ctx }) => {
    log.error(
      `the update ${ctx.update.update_id} could not be answered: ${error instanceof Error ? error.stack : error}`,
    );
  });

  const leave = async () => {
    stop.abort(signal.reason);
    const patience = new AbortController();
    await Promise.race([runs.settled(), outside.sleep(FAREWELL, patience.signal).catch(() => undefined)]);
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
    await leaving;
  }
}

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
