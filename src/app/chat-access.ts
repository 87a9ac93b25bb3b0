import type { User } from '../accounts/people.ts';
import type { App } from './open.ts';

/** The sender of a message; people whom the bot does not know are active and not admins. */
type Sender = Pick<User, 'telegramId' | 'isAdmin' | 'isActive'>;

export type ChatAccess = ReturnType<typeof createChatAccess>;

/**
 * Decides who may command the bot: admins anywhere, anyone in the admin chat, and active users in chats that an admin has
 * enabled.
 */
export function createChatAccess({ db, config, outside }: Pick<App, 'db' | 'config' | 'outside'>) {
  const { adminChatId } = config;
  const { query } = db;

  const isEnabled = async (chatId: number): Promise<boolean> => {
    const row = await query
      .selectFrom('chat_settings')
      .select('enable_instagram_api')
      .where('telegram_chat_id', '=', chatId)
      .executeTakeFirst();
    return row?.enable_instagram_api ?? false;
  };

  // A private chat has the id of its user: if it is the admin chat, that user is an admin everywhere.
  const isAdmin = ({ telegramId, isAdmin: isPromoted }: Sender, chatId: number): boolean =>
    isPromoted || chatId === adminChatId || telegramId === adminChatId;

  return {
    async may(sender: Sender, chatId: number): Promise<boolean> {
      return sender.isActive && (isAdmin(sender, chatId) || (await isEnabled(chatId)));
    },

    mayAdminister: (sender: Sender, chatId: number): boolean => sender.isActive && isAdmin(sender, chatId),

    /** Allows the members of a chat to command the bot, or no longer allows it. */
    async enable(chat: { id: number; name: string | undefined }, isOn: boolean): Promise<void> {
      const moment = outside.now();
      const values = { enable_instagram_api: isOn, updated_at: moment };
      await query
        .insertInto('chat_settings')
        .values({ telegram_chat_id: chat.id, chat_name: chat.name ?? null, ...values, created_at: moment })
        .onConflict((conflict) => conflict.column('telegram_chat_id').doUpdateSet(values))
        .execute();
    },
  };
}
