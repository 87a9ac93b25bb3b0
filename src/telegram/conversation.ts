import { type Context, GrammyError, type InlineKeyboard } from 'grammy/web';
import { nameOf } from '../accounts/accounts.ts';
import { type People, REFUSED, type User } from '../app/bot-users.ts';
import type { ChatAccess } from '../app/chat-access.ts';
import type { App } from '../app/open.ts';
import { accountButtons, accountsText, healthText, runText, USE_ACCOUNT } from './answers.ts';
import { parseBackfillArguments, USAGE } from './backfill-arguments.ts';
import { CANCEL, type ChatRuns } from './chat-runs.ts';
import type { Outbox } from './outbox.ts';
import { bold, fitted, lines, say, type Text } from './text.ts';

/** The menu that Telegram shows; `/help` lists the same. */
export const COMMANDS: readonly (readonly [command: string, description: string])[] = [
  ['backfill', 'Backfill media from Instagram'],
  ['backfill_status', 'How the last backfill went'],
  ['accounts', "List the accounts, and switch this chat's"],
  ['status', 'Health check'],
  ['cancel', 'Stop the backfill of this chat'],
  ['help', 'What I can do'],
];
const ADMIN_COMMANDS: typeof COMMANDS = [
  ['enable', 'Let the members of this chat command me'],
  ['disable', "Stop letting this chat's members command me"],
];

/** Refused requests that `/status` lists. */
const ATTEMPTS_SHOWN = 5;

/** A request from someone who may command the bot. */
export interface ChatRequest {
  readonly context: Context;
  readonly user: User;
  readonly chatId: number;
  /** The text after the command, or after a button's prefix. */
  readonly text: string;
}

/** What a button does; returns the text shown to the person who pressed it. */
type Press = (request: ChatRequest) => Promise<string>;

interface Parts {
  app: App;
  people: People;
  access: ChatAccess;
  runs: ChatRuns;
  answer: Answer;
  outbox: Outbox;
  /** Removes the queued `/backfill` commands of a chat; returns how many there were. */
  withdraw: (chatId: number) => number;
}

type Answer = ReturnType<typeof createAnswer>;

/** Queues an answer to a message, and calls `answered` once it is sent. Does not wait for Telegram. */
export const createAnswer =
  (outbox: Outbox, answered: (chatId: number, name: string, messageId: number) => Promise<void>) =>
  async (
    { context, chatId }: Pick<ChatRequest, 'context' | 'chatId'>,
    name: string,
    text: Text,
    buttons?: InlineKeyboard,
  ): Promise<void> => {
    const { text: shown, entities } = fitted(text);
    const more = { entities: [...entities], ...(buttons ? { reply_markup: buttons } : {}) };
    outbox.post({
      chatId,
      personId: context.from?.id,
      send: async () => {
        const sent = await context.reply(shown, more);
        await answered(sent.chat.id, name, sent.message_id);
      },
    });
  };

/** The bot's answers: to each command, to each button by the prefix of its data, and to anything else. */
export function createConversation({ app, people, access, runs, answer, outbox, withdraw }: Parts) {
  const help = (request: ChatRequest) => {
    const isAdmin = access.mayAdminister(request.user, request.chatId);
    const listed = [...COMMANDS, ...(isAdmin ? ADMIN_COMMANDS : [])].map(([name, text]) => `/${name} - ${text}`);
    return lines(...listed, '', bold('/backfill'), USAGE);
  };

  const commands: Readonly<Record<string, (request: ChatRequest) => Promise<void>>> = {
    start: (request) =>
      answer(request, 'start', lines('Hello. I download your Instagram posts into your library.', '', help(request))),
    help: (request) => answer(request, 'help', help(request)),

    async backfill(request) {
      const options = parseBackfillArguments(request.text);
      if (!options) return answer(request, 'usage', lines('I did not understand that. You can write:', USAGE));
      const refusal = await runs.begin({ chatId: request.chatId, by: request.user.name, options });
      if (refusal) await answer(request, 'backfill_refused', refusal);
    },
    backfill_status: async (request) => answer(request, 'backfill_status', await runText(app)),
    async accounts(request) {
      const accounts = await app.accounts.list();
      const [only, another] = accounts;
      const chosen = (await app.accounts.activeId(request.chatId)) ?? (await app.accounts.activeId());
      const active = chosen ?? (another ? undefined : only?.id);
      await answer(request, 'accounts', accountsText(accounts, active), accountButtons(accounts, active));
    },
    async status(request) {
      const attempts = access.mayAdminister(request.user, request.chatId) ? await people.attempts(ATTEMPTS_SHOWN) : [];
      await answer(request, 'status', await healthText(app, attempts));
    },
    async cancel(request) {
      const accounts = runs.cancelIn(request.chatId);
      const withdrawn = withdraw(request.chatId);
      const text =
        accounts.length > 0
          ? say`Stopping the backfill of ${accounts.join(', ')}…`
          : withdrawn > 0
            ? say`The queued backfill will not start.`
            : say`This chat has no running backfill.`;
      await answer(request, 'cancel', text);
    },
    enable: (request) => enable(request, true),
    disable: (request) => enable(request, false),
  };

  async function enable(request: ChatRequest, isOn: boolean): Promise<void> {
    if (!access.mayAdminister(request.user, request.chatId))
      return answer(request, REFUSED, say`Only an admin can do that.`);
    const { chat } = request.context;
    await access.enable({ id: request.chatId, name: chat && 'title' in chat ? chat.title : undefined }, isOn);
    await answer(
      request,
      isOn ? 'enable' : 'disable',
      isOn ? say`The members of this chat can now command me.` : say`Only admins can command me here.`,
    );
  }

  const buttons: readonly (readonly [prefix: string, press: Press])[] = [
    [
      CANCEL,
      async (request) => {
        const { context, text, user, chatId } = request;
        const isAdmin = access.mayAdminister(user, chatId);
        const outcome = runs.cancel(text, { chatId, messageId: context.msg?.message_id, isAdmin });
        return CANCEL_WORDS[outcome];
      },
    ],
    [
      USE_ACCOUNT,
      async ({ context, text, chatId }) => {
        const accounts = await app.accounts.list();
        const chosen = accounts.find(({ id }) => id === text);
        if (!chosen) return 'That account no longer exists.';
        await app.accounts.setActive(chosen, chatId);
        const shown = accountsText(accounts, chosen.id);
        const keyboard = accountButtons(accounts, chosen.id);
        const more = { entities: [...shown.entities], ...(keyboard ? { reply_markup: keyboard } : {}) };
        outbox.post({
          chatId,
          personId: context.from?.id,
          send: () => context.editMessageText(shown.text, more).then(() => undefined, ignoreGone),
        });
        return `This chat now uses ${nameOf(chosen)}.`;
      },
    ],
  ];

  return {
    commands,
    buttons,
    unknown: (request: ChatRequest) => answer(request, 'help', lines('I know these commands:', help(request))),
  };
}

const CANCEL_WORDS = {
  cancelled: 'Stopping…',
  over: 'It has already ended.',
  elsewhere: 'That backfill belongs to another chat.',
} as const;

/** A list that was deleted or is too old cannot be edited; the account is switched anyway. */
function ignoreGone(error: unknown): void {
  const isGone =
    error instanceof GrammyError &&
    /message (to edit not found|can't be edited|is not modified)|MESSAGE_ID_INVALID/i.test(error.description);
  if (!isGone) throw error;
}
