import type { Database } from '../db/open.ts';
import type { User } from './people.ts';

export type Access = ReturnType<typeof createAccess>;

/**
 * Who may command the bot: anyone in the admin chat, admins anywhere, and active users in chats that an admin enabled.
 */
export function createAccess({ db, adminChatId, now }: { db: Database; adminChatId: number | undefined; now: () => Date }) {
  const { query } = db;

  const isEnabled = async (chatId: number): Promise<boolean> => {
    const row = await query
      .selectFrom('chat_settings')
      .select('enable_instagram_api')
      .where('telegram_chat_id', '=', chatId)
      .executeTakeFirst();
    return row?.enable_instagram_api ?? false;
  };

  return {
    isEnabled,
    isAdminChat: (chatId: number) => chatId === adminChatId,

    async may(user: User, chatId: number): Promise<boolean> {
      if (!user.isActive) return false;
      return user.isAdmin || chatId === adminChatId || (await isEnabled(chatId));
    },

    /** Admins, and whoever is in the admin chat. */
    mayAdminister: (user: User, chatId: number): boolean => user.isActive && (user.isAdmin || chatId === adminChatId),

    /** Lets the members of a chat command the bot, or not any more. */
    async enable(chat: { id: number; name: string | undefined }, isOn: boolean): Promise<void> {
      const moment = now();
      const values = { enable_instagram_api: isOn, updated_at: moment };
      await query
        .insertInto('chat_settings')
        .values({ telegram_chat_id: chat.id, chat_name: chat.name ?? null, ...values, created_at: moment })
        .onConflict((conflict) => conflict.column('telegram_chat_id').doUpdateSet(values))
        .execute();
    },
  };
}
