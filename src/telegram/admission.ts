import type { Context } from 'grammy/web';
import type { People } from '../app/bot-users.ts';
import type { ChatAccess } from '../app/chat-access.ts';
import type { Log } from '../lib/log.ts';
import type { ChatRequest } from './conversation.ts';
import type { createStrangers } from './strangers.ts';
import { inWords } from './telegram-errors.ts';

const NO = 'Sorry, I only answer people approved by the owner of this library.';
/** Characters of a request that are recorded. */
const RECORDED = 200;

interface Question {
  readonly type: 'command' | 'callback';
  readonly name: string;
  readonly text: string;
}

interface Parts {
  people: People;
  access: ChatAccess;
  strangers: ReturnType<typeof createStrangers>;
  log: Log;
}

/**
 * Records requests, and admits those of people who may command the bot. Others get an answer and a record once in a while,
 * and never hold up the bot.
 */
export function createAdmission({ people, access, strangers, log }: Parts) {
  const refuse = async (context: Context, { type, name, text }: Question): Promise<void> => {
    const { from, chat } = context;
    if (!from || !strangers.mayBeAnswered({ personId: from.id, chatId: chat?.id })) return;
    if (chat) {
      const asked = (type === 'command' ? `/${name} ${text}` : `[${name}] ${text}`).trim();
      await people.refused(personOf(from), { chatId: chat.id, asked });
      log.info(`refused: user ${from.id} in the chat ${chat.id}`);
    }
    const answer = type === 'callback' ? context.answerCallbackQuery({ text: NO }) : context.reply(NO);
    answer.catch((error: unknown) => log.debug(`the answer to a stranger was not sent: ${inWords(error)}`));
  };

  return async (context: Context, question: Question): Promise<ChatRequest | undefined> => {
    const { from, chat } = context;
    if (!from || from.is_bot || !isTheirOwn(context)) return undefined;
    const known = await people.known(from.id);
    const sender = known ?? { telegramId: from.id, isAdmin: false, isActive: true };
    if (!chat || !(await access.may(sender, chat.id))) {
      await refuse(context, question);
      return undefined;
    }
    const user = await people.meet(personOf(from));
    const { type, name, text } = question;
    await people.record({
      type,
      name,
      userId: user.id,
      chatId: chat.id,
      messageId: context.msg?.message_id,
      context: { text: text.slice(0, RECORDED) },
    });
    return { context, user, chatId: chat.id, text };
  };
}

const personOf = (from: NonNullable<Context['from']>) => ({
  id: from.id,
  username: from.username,
  firstName: from.first_name,
  lastName: from.last_name,
});

/**
 * Whether a person wrote this themselves. A message that is forwarded, sent through a bot, or written on behalf of a chat
 * (by a channel or an anonymous admin) is not a command.
 */
function isTheirOwn({ update: { message } }: Context): boolean {
  if (!message) return true;
  const { forward_origin, via_bot, sender_chat, is_automatic_forward } = message;
  return !(forward_origin || via_bot || sender_chat || is_automatic_forward || 'forward_date' in message);
}
