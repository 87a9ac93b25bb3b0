import type { Context } from 'grammy';
import type { Log } from '../lib/log.ts';
import type { Access } from './access.ts';
import type { Asked } from './conversation.ts';
import { type People, REFUSED } from './people.ts';

const NO = 'Sorry, I answer only to those whom the owner of this library has let in.';
/** Characters of what was asked that are recorded. */
const RECORDED = 200;

interface Question {
  readonly type: 'command' | 'callback';
  readonly name: string;
  readonly text: string;
}

/** Records who asks what; lets through those who may, and answers the others in a line. */
export function createAdmission({ people, access, log }: { people: People; access: Access; log: Log }) {
  return async (context: Context, { type, name, text }: Question): Promise<Asked | undefined> => {
    const { from, chat } = context;
    if (!from || from.is_bot || !chat) return undefined;
    const user = await people.meet({
      id: from.id,
      username: from.username,
      firstName: from.first_name,
      lastName: from.last_name,
    });
    const here = { userId: user.id, chatId: chat.id, messageId: context.msg?.message_id };
    const may = await access.may(user, chat.id);
    const recorded = { text: text.slice(0, RECORDED), ...(may ? {} : { refused: true }) };
    await people.record({ ...here, type, name, context: recorded });
    if (may) return { context, user, chatId: chat.id, text };

    await people.record({ ...here, type: 'bot_response', name: REFUSED });
    log.info(`turned away: ${user.name} in the chat ${chat.id}`);
    if (type === 'callback') await context.answerCallbackQuery({ text: NO });
    else await context.reply(NO);
    return undefined;
  };
}
