import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Database } from '../db/open.ts';
import type { JsonObject, Schema } from '../db/schema.ts';

/** Who writes, as Telegram says. */
export interface Person {
  readonly id: number;
  readonly username: string | undefined;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
}

/** Someone that the bot has met. */
export interface User {
  /** Our own id, a UUID. */
  readonly id: string;
  readonly telegramId: number;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
  readonly lastSeenAt: Date | undefined;
}

export interface Interaction {
  readonly type: 'command' | 'callback' | 'bot_response';
  /** The command without its slash, what was pressed, what was answered. */
  readonly name: string;
  readonly userId: string | undefined;
  readonly chatId: number;
  readonly messageId?: number | undefined;
  readonly context?: JsonObject | undefined;
}

/** Something that was asked by someone who may not. */
export interface Attempt {
  readonly at: Date;
  readonly who: string;
  readonly chatId: number | undefined;
  readonly name: string;
}

export type People = ReturnType<typeof createPeople>;

const NAME_LENGTH = 100;

/** Those who talk to the bot, and what was said: `users` and `user_interactions`. */
export function createPeople({ db, now }: { db: Database; now: () => Date }) {
  const { query } = db;

  const list = async (): Promise<User[]> => {
    const rows = await query.selectFrom('users').selectAll().orderBy('first_seen_at').orderBy('id').execute();
    return rows.map(toUser);
  };

  return {
    list,

    /** By Telegram id, `@username`, or our own id. */
    async find(reference: string): Promise<User | undefined> {
      const wanted = reference.trim().replace(/^@/, '').toLowerCase();
      return (await list()).find(({ id, telegramId, name }) =>
        [id, String(telegramId), name.replace(/^@/, '').toLowerCase()].includes(wanted),
      );
    },

    /** Records that someone was here; what they call themselves now is kept. */
    async meet(person: Person): Promise<User> {
      const moment = now();
      const names = {
        telegram_username: person.username?.slice(0, NAME_LENGTH) ?? null,
        telegram_first_name: person.firstName ?? null,
        telegram_last_name: person.lastName ?? null,
        last_seen_at: moment,
        updated_at: moment,
      };
      const row = await query
        .insertInto('users')
        .values({ id: randomUUID(), telegram_user_id: person.id, ...names, first_seen_at: moment, created_at: moment })
        .onConflict((conflict) => conflict.column('telegram_user_id').doUpdateSet(names))
        .returningAll()
        .executeTakeFirstOrThrow();
      return toUser(row);
    },

    async setRole(user: User, role: 'admin' | 'member'): Promise<void> {
      await query.updateTable('users').set({ role, updated_at: now() }).where('id', '=', user.id).execute();
    },

    async record({ type, name, userId, chatId, messageId, context }: Interaction): Promise<void> {
      await query
        .insertInto('user_interactions')
        .values({
          id: randomUUID(),
          user_id: userId ?? null,
          interaction_type: type,
          interaction_name: name.slice(0, NAME_LENGTH),
          context: context ?? null,
          telegram_chat_id: chatId,
          telegram_message_id: messageId ?? null,
          created_at: now(),
        })
        .execute();
    },

    /** Latest first. */
    async attempts(limit: number): Promise<Attempt[]> {
      const rows = await query
        .selectFrom('user_interactions')
        .leftJoin('users', 'users.id', 'user_interactions.user_id')
        .select(['user_interactions.created_at', 'interaction_name', 'telegram_chat_id', 'telegram_username'])
        .select(['telegram_first_name', 'telegram_user_id'])
        .where('interaction_type', '=', 'bot_response')
        .where('interaction_name', '=', REFUSED)
        .orderBy('user_interactions.created_at', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        at: row.created_at ?? new Date(0),
        who: row.telegram_username
          ? `@${row.telegram_username}`
          : (row.telegram_first_name ?? String(row.telegram_user_id)),
        chatId: row.telegram_chat_id ?? undefined,
        name: row.interaction_name,
      }));
    },
  };
}

type UserRow = Selectable<Schema['users']>;

const toUser = (row: UserRow): User => ({
  id: row.id,
  telegramId: row.telegram_user_id,
  name: row.telegram_username
    ? `@${row.telegram_username}`
    : [row.telegram_first_name, row.telegram_last_name].filter(Boolean).join(' ') || String(row.telegram_user_id),
  isAdmin: row.role === 'admin',
  isActive: row.is_active ?? true,
  lastSeenAt: row.last_seen_at ?? undefined,
});

/** The answer to those who may not. */
export const REFUSED = 'refused';
