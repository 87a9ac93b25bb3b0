import type { User } from '../accounts/people.ts';
import type { Database } from '../db/open.ts';

/** What is known of the sender; those whom the bot does not know are active and no admins. */
type Asking = Pick<User, 'telegramId' | 'isAdmin' | 'isActive'>;

export type Access = ReturnType<typeof createAccess>;

/**
 * Who may command the bot: admins anywhere, anyone in the admin chat, and active users in chats that an admin enabled.
 */
export function createAccess({
  db,
  adminChatId,
  now,
}: {
  db: Database;
  adminChatId: number | undefined;
  now: () => Date;
}) {
  const { query } = db;

  const isEnabled = async (chatId: number): Promise<boolean> => {
    const row = await query
      .selectFrom('chat_settings')
      .select('enable_instagram_api')
      .where('telegram_chat_id', '=', chatId)
      .executeTakeFirst();
    return row?.enable_instagram_api ?? false;
  };

  // A private chat has the id of its person: where it is the admin chat, they are the admin everywhere.
  const isAdmin = ({ telegramId, isAdmin: isPromoted }: Asking, chatId: number): boolean =>
    isPromoted || chatId === adminChatId || telegramId === adminChatId;

  return {
    async may(asking: Asking, chatId: number): Promise<boolean> {
      return asking.isActive && (isAdmin(asking, chatId) || (await isEnabled(chatId)));
    },

    mayAdminister: (asking: Asking, chatId: number): boolean => asking.isActive && isAdmin(asking, chatId),

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
