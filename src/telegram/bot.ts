import { setMaxListeners } from 'node:events';
import type { Update, UserFromGetMe } from 'grammy/types';
import { type Api, Bot, GrammyError } from 'grammy/web';
import { noteBotTrouble } from '../app/bot-trouble.ts';
import { openBotUsers } from '../app/bot-users.ts';
import { createChatAccess } from '../app/chat-access.ts';
import type { App } from '../app/open.ts';
import { StorylineError } from '../errors.ts';
import { linkSignals } from '../lib/link-signals.ts';
import { createAdmission } from './admission.ts';
import { createChatQueues } from './chat-queues.ts';
import { CANCEL, createChatRuns, problemText } from './chat-runs.ts';
import { type ChatRequest, COMMANDS, createAnswer, createConversation } from './conversation.ts';
import { createOutbox } from './outbox.ts';
import { asGrammy, PACES, type Paces, poll } from './polling.ts';
import { createStrangers } from './strangers.ts';
import {
  BRIEFLY,
  insist,
  inWords,
  isFromTelegram,
  REFUSALS,
  type Refusal,
  refusalError,
  refusalOf,
} from './telegram-errors.ts';
import { createTelegramFetch } from './telegram-fetch.ts';
import { finishMessages } from './unfinished-messages.ts';

/** Recent updates that are remembered: Telegram repeats one if our confirmation was lost. */
const REMEMBERED = 1000;
/** How long the messages of interrupted runs may take, in milliseconds. */
const FAREWELL = 10_000;
/** How long the next poll waits for queued chats, in milliseconds. */
const BACK_PRESSURE = 1000;

interface Options {
  token: string;
  apiRoot: string;
  /** Nothing else is served: a lasting refusal ends the bot once no backfill is running. Otherwise the bot retries forever. */
  isAlone?: boolean;
  paces?: Partial<Paces>;
}

/**
 * Answers on Telegram until the signal is aborted; then running backfills are closed as interrupted, and their messages say
 * so. Outages of Telegram are waited out, at the start too.
 *
 * @throws {UsageError} if Telegram rejects the token at the start; with `isAlone`, also for a refusal that lasts.
 */
export async function runBot(app: App, options: Options, signal: AbortSignal): Promise<void> {
  const { token, apiRoot, isAlone = true } = options;
  const { log, sleep, now } = app.outside;
  const paces = { ...PACES, ...options.paces };
  const closed = new AbortController();
  const http = createTelegramFetch({ poll: paces.pollSeconds * 1000, silence: app.config.networkTimeout });
  const bot = new Bot(token, { client: { apiRoot, fetch: http.fetch } });
  endWith(bot.api, closed.signal);
  const left = new AbortController();
  // Every call in progress listens to them.
  setMaxListeners(0, closed.signal, left.signal);
  const { runs, outbox, queues } = listen(bot, app, { stop: left.signal, closed: closed.signal });
  const background: Promise<void>[] = [];
  let polling: Promise<void> | undefined;
  const troubled = (refusal: Refusal | undefined, since: Date) =>
    noteBotTrouble(app, refusal && { ...REFUSALS[refusal], since }).catch((error: unknown) =>
      log.debug(`the state of the bot could not be noted: ${error}`),
    );

  const leave = async () => {
    left.abort();
    const patience = new AbortController();
    const all = Promise.allSettled([polling, runs.settled(), outbox.settled(), queues.settled()]);
    await Promise.race([all, sleep(FAREWELL, patience.signal).catch(() => undefined)]);
    patience.abort();
    closed.abort();
    await Promise.allSettled([all, ...background]);
    await http.close();
  };
  let leaving: Promise<void> | undefined;
  const onAbort = () => {
    leaving ??= leave();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await quietly(log, 'the default account was not stored', app.accounts.keepDefault);
    await troubled(undefined, now());
    bot.botInfo = await connect(bot.api, app, { signal, paces, isAlone });
    log.info(`the bot @${bot.botInfo.username} answers on Telegram`);
    background.push(
      quietly(log, 'the menu of the bot was not set', async () => {
        const commands = COMMANDS.map(([command, description]) => ({ command, description }));
        await insist(() => bot.api.setMyCommands(commands), BRIEFLY, { sleep, signal: left.signal });
      }),
      quietly(log, 'messages of earlier runs were not finished', () => finishMessages(app, bot.api, left.signal)),
    );
    polling = poll({
      api: bot.api,
      paces,
      now,
      sleep,
      log,
      signal,
      take: async (updates) => {
        for (const update of updates) queues.accept(update);
        const patience = new AbortController();
        await Promise.race([queues.room(), sleep(BACK_PRESSURE, patience.signal).catch(() => undefined)]);
        patience.abort();
      },
      troubled,
      mayEnd: () => isAlone && !runs.isBusy(),
    });
    await polling;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await (leaving ?? leave());
  }
}

/** Ends every call of the bot with the signal. */
function endWith(api: Api, closed: AbortSignal): void {
  api.config.use(async (call, method, payload, signal) => {
    const link = linkSignals([closed, ...(signal ? [signal as unknown as AbortSignal] : [])]);
    try {
      return await call(method, payload, asGrammy(link.signal));
    } finally {
      link.dispose();
    }
  });
}

/** Does optional work: an error is only logged. */
async function quietly(log: App['outside']['log'], what: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => log.warn(`${what}: ${inWords(error)}`));
}

interface Signals {
  /** The bot is stopping: no more waiting. */
  stop: AbortSignal;
  /** The bot is closed: no more calls. */
  closed: AbortSignal;
}

/** Composes the bot's parts, and registers the handlers of updates. */
function listen(bot: Bot, app: App, { stop, closed }: Signals) {
  const { now, log, sleep } = app.outside;
  const people = openBotUsers(app);
  const access = createChatAccess(app);
  const answered = (chatId: number, name: string, messageId: number) =>
    people.record({ type: 'bot_response', name, userId: undefined, chatId, messageId });
  const outbox = createOutbox({ log, sleep, signal: stop });
  const answer = createAnswer(outbox, answered);
  const runs = createChatRuns({ app, api: bot.api, signal: stop, closed, answered });
  const queues = createChatQueues({ handle, isUrgent, log });
  const withdraw = (chatId: number) => queues.withdraw(chatId, isBackfill);
  const { commands, buttons, unknown } = createConversation({ app, people, access, runs, answer, outbox, withdraw });
  const admit = createAdmission({ people, access, strangers: createStrangers({ now }), log });

  /** Answers with the message of an expected error. */
  const guarded = async (request: ChatRequest | undefined, work: (request: ChatRequest) => Promise<void>) => {
    try {
      if (request) await work(request);
    } catch (error) {
      if (!request || !(error instanceof StorylineError)) throw error;
      await answer(request, 'error', problemText(error));
    }
  };

  for (const [name, work] of Object.entries(commands)) {
    bot.command(name, async (context) =>
      guarded(await admit(context, { type: 'command', name, text: context.match }), work),
    );
  }
  bot.on('callback_query:data', async (context) => {
    const { data } = context.callbackQuery;
    const [prefix, press] = buttons.find(([beginning]) => data.startsWith(beginning)) ?? ['', expired];
    const name = prefix.replace(/:$/, '') || 'unknown';
    const request = await admit(context, { type: 'callback', name, text: data.slice(prefix.length) });
    await guarded(request, async (admitted) => {
      let text = 'That failed.';
      try {
        text = await press(admitted);
      } finally {
        // A query that is too old to answer was still acted on; the answer is not waited for.
        context.answerCallbackQuery({ text }).catch((error: unknown) => {
          if (!isTooOld(error)) log.debug(`a button was not answered: ${inWords(error)}`);
        });
      }
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

  const seen = new Set<number>();
  async function handle(update: Update): Promise<void> {
    if (stop.aborted || seen.has(update.update_id)) return;
    seen.add(update.update_id);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value ?? 0);
    try {
      await bot.handleUpdate(update);
    } catch (thrown) {
      if (stop.aborted) return;
      const error = thrown instanceof Error && 'error' in thrown ? thrown.error : thrown;
      log.error(`the update ${update.update_id} could not be answered: ${whatHappened(error)}`);
    }
  }
  return { runs, outbox, queues };
}

/** An expected error in one line; a bug with its stack. */
function whatHappened(error: unknown): string {
  if (isFromTelegram(error)) return inWords(error);
  if (error instanceof StorylineError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Stopping has priority. */
const isUrgent = ({ message, callback_query: query }: Update): boolean =>
  query?.data?.startsWith(CANCEL) ?? /^\/cancel(@\w+)?(\s|$)/i.test(message?.text ?? '');

const isBackfill = ({ message }: Update): boolean => /^\/backfill(@\w+)?(\s|$)/i.test(message?.text ?? '');

const expired = async () => 'That button has expired.';

interface ConnectOptions {
  signal: AbortSignal;
  paces: Paces;
  isAlone: boolean;
}

/**
 * Asks Telegram who the bot is, until it answers: a machine that is starting may have no network yet.
 *
 * @throws {UsageError} if Telegram rejects the token on the first try, or on any try with `isAlone`.
 */
async function connect(api: Api, { outside }: App, { signal, paces, isAlone }: ConnectOptions): Promise<UserFromGetMe> {
  const { log, sleep } = outside;
  for (let tries = 1; ; tries += 1) {
    try {
      return await api.getMe(asGrammy(signal));
    } catch (error) {
      if (signal.aborted || !isFromTelegram(error)) throw error;
      const refusal = refusalOf(error);
      if (refusal && (isAlone || tries === 1)) throw refusalError(refusal, error);
      if (tries === 1) log.warn(`Telegram cannot be reached yet: ${inWords(error)}; the bot keeps trying`);
      else if (refusal) log.error(`${refusalError(refusal).message} (${inWords(error)}); the bot keeps trying`);
      await sleep(refusal ? paces.later : paces.retry, signal);
    }
  }
}

const isTooOld = (error: unknown): boolean =>
  error instanceof GrammyError && /query is too old|QUERY_ID_INVALID/i.test(error.description);
