import type { Context } from 'grammy/web';
import type { People } from '../accounts/people.ts';
import type { Log } from '../lib/log.ts';
import type { Access } from './access.ts';
import type { Asked } from './conversation.ts';
import type { createStrangers } from './strangers.ts';
import { inWords } from './telegram-errors.ts';

const NO = 'Sorry, I answer only to those whom the owner of this library has let in.';
/** Characters of what was asked that are recorded. */
const RECORDED = 200;

interface Question {
  readonly type: 'command' | 'callback';
  readonly name: string;
  readonly text: string;
}

interface Parts {
  people: People;
  access: Access;
  strangers: ReturnType<typeof createStrangers>;
  log: Log;
}

/**
 * Records who asks what, and lets through those who may. Others are answered and recorded once in a while, and never
 * waited for.
 */
export function createAdmission({ people, access, strangers, log }: Parts) {
  const turnAway = async (context: Context, { type, name, text }: Question): Promise<void> => {
    const { from, chat } = context;
    if (!from || !strangers.mayBeAnswered({ personId: from.id, chatId: chat?.id })) return;
    if (chat) {
      const asked = (type === 'command' ? `/${name} ${text}` : `[${name}] ${text}`).trim();
      await people.refused(personOf(from), { chatId: chat.id, asked });
      log.info(`refused: user ${from.id} in the chat ${chat.id}`);
    }
    const answer = type === 'callback' ? context.answerCallbackQuery({ text: NO }) : context.reply(NO);
    answer.catch((error: unknown) => log.debug(`a stranger was not answered: ${inWords(error)}`));
  };

  return async (context: Context, question: Question): Promise<Asked | undefined> => {
    const { from, chat } = context;
    if (!from || from.is_bot || !isTheirOwn(context)) return undefined;
    const known = await people.known(from.id);
    const asking = known ?? { telegramId: from.id, isAdmin: false, isActive: true };
    if (!chat || !(await access.may(asking, chat.id))) {
      await turnAway(context, question);
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
 * Whether a person wrote this here and now. What they forward, send through a bot, or write in the name of a chat (as a
 * channel or an anonymous admin) is no command of theirs.
 */
function isTheirOwn({ update: { message } }: Context): boolean {
  if (!message) return true;
  const { forward_origin, via_bot, sender_chat, is_automatic_forward } = message;
  return !(forward_origin || via_bot || sender_chat || is_automatic_forward || 'forward_date' in message);
}
