import { type Context, GrammyError, type InlineKeyboard } from 'grammy/web';
import { nameOf } from '../accounts/accounts.ts';
import { type People, REFUSED, type User } from '../accounts/people.ts';
import type { App } from '../app/open.ts';
import type { Access } from './access.ts';
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
  ['status', 'Is all well?'],
  ['cancel', 'Stop the backfill of this chat'],
  ['help', 'What I can do'],
];
const ADMIN_COMMANDS: typeof COMMANDS = [
  ['enable', 'Let the members of this chat command me'],
  ['disable', 'Not any more'],
];

/** Attempts of those who may not, as `/status` shows them. */
const ATTEMPTS_SHOWN = 5;

/** Something that was asked by someone who may. */
export interface Asked {
  readonly context: Context;
  readonly user: User;
  readonly chatId: number;
  /** What stands behind the command, or behind a button's prefix. */
  readonly text: string;
}

/** What a button does: gives the words that are shown to who pressed it. */
type Press = (asked: Asked) => Promise<string>;

interface Parts {
  app: App;
  people: People;
  access: Access;
  runs: ChatRuns;
  answer: Answer;
  outbox: Outbox;
  /** Takes `/backfill` commands of a chat that wait for their turn out of it; gives how many. */
  withdraw: (chatId: number) => number;
}

type Answer = ReturnType<typeof createAnswer>;

/** Has a message answered, and tells `answered` when it was. Nobody waits for Telegram. */
export const createAnswer =
  (outbox: Outbox, answered: (chatId: number, name: string, messageId: number) => Promise<void>) =>
  async (
    { context, chatId }: Pick<Asked, 'context' | 'chatId'>,
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

/** What the bot knows to answer: each command, each button by the beginning of what it carries, and anything else. */
export function createConversation({ app, people, access, runs, answer, outbox, withdraw }: Parts) {
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
      const attempts = access.mayAdminister(asked.user, asked.chatId) ? await people.attempts(ATTEMPTS_SHOWN) : [];
      await answer(asked, 'status', await healthText(app, attempts));
    },
    async cancel(asked) {
      const accounts = runs.cancelIn(asked.chatId);
      const withdrawn = withdraw(asked.chatId);
      const text =
        accounts.length > 0
          ? say`Stopping the backfill of ${accounts.join(', ')} …`
          : withdrawn > 0
            ? say`The backfill that was asked for is not started.`
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

  const buttons: readonly (readonly [prefix: string, press: Press])[] = [
    [
      CANCEL,
      async (asked) => {
        const { context, text, user, chatId } = asked;
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
        if (!chosen) return 'That account is not there any more.';
        await app.accounts.setActive(chosen, chatId);
        const shown = accountsText(accounts, chosen.id);
        const keyboard = accountButtons(accounts, chosen.id);
        const more = { entities: [...shown.entities], ...(keyboard ? { reply_markup: keyboard } : {}) };
        outbox.post({
          chatId,
          personId: context.from?.id,
          send: () => context.editMessageText(shown.text, more).then(() => undefined, ignoreGone),
        });
        return `This chat means ${nameOf(chosen)} now.`;
      },
    ],
  ];

  return {
    commands,
    buttons,
    unknown: (asked: Asked) => answer(asked, 'help', lines('I know these:', help(asked))),
  };
}

const CANCEL_WORDS = {
  cancelled: 'Stopping …',
  over: 'It is over already.',
  elsewhere: 'That backfill belongs to another chat.',
} as const;

/** A list that was deleted, or is too old, cannot be edited; the account is switched all the same. */
function ignoreGone(error: unknown): void {
  const isGone =
    error instanceof GrammyError &&
    /message (to edit not found|can't be edited|is not modified)|MESSAGE_ID_INVALID/i.test(error.description);
  if (!isGone) throw error;
}
