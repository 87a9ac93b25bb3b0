import { randomUUID } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { oneLine } from '../lib/one-line.ts';
import { ADD_ACCOUNT_HINT } from './hints.ts';

/** An Instagram professional account that this library keeps. */
export interface Account {
  /** Our own id, a UUID. */
  readonly id: string;
  readonly displayName: string;
  /** Meta's id, `17841…`. */
  readonly instagramId: string;
  /** Without its `@`. */
  readonly username: string | undefined;
  readonly isActive: boolean;
}

/** How people call an account. */
export const nameOf = ({ username, displayName }: Pick<Account, 'username' | 'displayName'>): string =>
  oneLine(username ? `@${username}` : displayName);

interface AccountsOptions {
  db: Database;
  /** The chat whose active account is meant where none is named. */
  adminChatId: number | undefined;
  now: () => Date;
}

/** A Telegram chat, and the account that it means. */
export interface ChatChoice {
  readonly chatId: number;
  readonly name: string | undefined;
  readonly accountId: string;
}

/** Not a Telegram chat: earlier versions kept the default account in a row with this id. */
const LOCAL_CHAT = 0;

const LIST = 'See them with: storyline-cli list-instagram-accounts --all';

export type Accounts = ReturnType<typeof createAccounts>;

export function createAccounts({ db, adminChatId, now }: AccountsOptions) {
  const { query } = db;

  const list = async ({ all = false } = {}): Promise<Account[]> => {
    const rows = await query
      .selectFrom('instagram_accounts')
      .selectAll()
      .$if(!all, (accounts) => accounts.where('is_active', '=', true))
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      displayName: row.display_name,
      instagramId: row.instagram_account_id,
      username: row.instagram_username ?? undefined,
      isActive: row.is_active ?? false,
    }));
  };

  /** @throws {UsageError} where none fits, or more than one. */
  const find = async (reference: string): Promise<Account> => {
    const wanted = reference.trim().replace(/^@/, '').toLowerCase();
    const fits = ({ id, instagramId, username }: Account) =>
      [id, instagramId, username?.toLowerCase()].includes(wanted);
    const [found, another] = (await list({ all: true })).filter(fits);
    if (!found) throw new UsageError(`No account ${reference} is in the library`, { hint: LIST });
    if (another) throw new UsageError(`${reference} fits two accounts`, { hint: `Name its id. ${LIST}` });
    return found;
  };

  const chosenIn = async (chatId: number): Promise<string | undefined> => {
    const row = await query
      .selectFrom('chat_settings')
      .select('active_instagram_account_id')
      .where('telegram_chat_id', '=', chatId)
      .executeTakeFirst();
    return row?.active_instagram_account_id ?? undefined;
  };

  // A value of its own: how many chats there are must not decide what commands mean.
  const storedDefault = async (): Promise<string | undefined> => {
    const row = await query.selectFrom('default_account').select('account_id').executeTakeFirst();
    return row?.account_id;
  };

  /** In a database where no default was stored yet: the only account that chats have chosen. */
  const onlyChoice = async (): Promise<string | undefined> => {
    const rows = await query
      .selectFrom('chat_settings')
      .select('active_instagram_account_id as id')
      .where('active_instagram_account_id', 'is not', null)
      .distinct()
      .limit(2)
      .execute();
    return rows.length === 1 ? (rows[0]?.id ?? undefined) : undefined;
  };

  /** The active account of a chat, or without `chatId` the account that commands mean by default. */
  const activeId = async (chatId?: number): Promise<string | undefined> => {
    if (chatId !== undefined) return chosenIn(chatId);
    const ofAdmin = adminChatId === undefined ? undefined : await chosenIn(adminChatId);
    return ofAdmin ?? (await storedDefault()) ?? (await onlyChoice());
  };

  const storeDefault = async (accountId: string): Promise<void> => {
    const values = { account_id: accountId, chosen_at: now() };
    await query
      .insertInto('default_account')
      .values({ id: 1, ...values })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
      .execute();
  };

  const write = async (chatId: number, accountId: string): Promise<void> => {
    const moment = now();
    const active = { active_instagram_account_id: accountId, updated_at: moment };
    await query
      .insertInto('chat_settings')
      .values({
        id: randomUUID(),
        telegram_chat_id: chatId,
        ...active,
        created_at: moment,
      })
      .onConflict((conflict) => conflict.column('telegram_chat_id').doUpdateSet(active))
      .execute();
  };

  /** Stores what commands mean by default, so that it stays the same whatever chats come, choose or go. */
  const keepDefault = async (): Promise<void> => {
    if ((await storedDefault()) !== undefined) return;
    const meant = await activeId();
    if (meant !== undefined) await storeDefault(meant);
  };

  return {
    list,
    find,
    activeId,

    /**
     * The account that is meant: the one named, else the active one of the chat, else that of the admin chat, else the
     * only one there is.
     */
    async choose(reference: string | undefined, chatId?: number): Promise<Account> {
      const chosen = reference === undefined ? undefined : await find(reference);
      if (chosen && !chosen.isActive) {
        throw new UsageError(`The account ${nameOf(chosen)} is deactivated`, {
          hint: `Bring it back with: storyline-cli reactivate-instagram-account ${chosen.username ?? chosen.id}`,
        });
      }
      if (chosen) return chosen;
      const accounts = await list();
      const active = (await activeId(chatId)) ?? (await activeId());
      const [only, another] = accounts;
      const found = accounts.find(({ id }) => id === active) ?? (another ? undefined : only);
      if (found) return found;
      if (!only) throw new UsageError('No Instagram account is in the library', { hint: ADD_ACCOUNT_HINT });
      throw new UsageError('There are several accounts, and none is the active one', {
        hint: 'Name one with --account-id, or choose one with: storyline-cli set-active-account <username>',
      });
    },

    /** Adds an account, or renames the one that has this Instagram id; either way it is active afterwards. */
    async add(account: { displayName: string; instagramId: string; username: string }): Promise<Account> {
      const moment = now();
      const values = { display_name: account.displayName, instagram_username: account.username, is_active: true };
      await query
        .insertInto('instagram_accounts')
        .values({
          id: randomUUID(),
          instagram_account_id: account.instagramId,
          ...values,
          created_at: moment,
          updated_at: moment,
        })
        .onConflict((conflict) =>
          conflict.column('instagram_account_id').doUpdateSet({ ...values, updated_at: moment }),
        )
        .execute();
      return find(account.instagramId);
    },

    /**
     * Chooses the account of a chat; without a chat, the account that commands mean by default. The admin chat and the
     * default are one choice. No other chat's account changes.
     */
    async setActive(account: Account, chatId?: number): Promise<void> {
      await keepDefault();
      const chat = chatId ?? adminChatId;
      if (chat !== undefined) await write(chat, account.id);
      if (chatId === undefined || chatId === adminChatId) await storeDefault(account.id);
      // The first choice of all is the default too.
      else await keepDefault();
    },

    keepDefault,

    /** Which account each Telegram chat means, in the order in which the chats came. */
    async choices(): Promise<ChatChoice[]> {
      const rows = await query
        .selectFrom('chat_settings')
        .select(['telegram_chat_id', 'chat_name', 'active_instagram_account_id'])
        .where('telegram_chat_id', '!=', LOCAL_CHAT)
        .orderBy('created_at')
        .orderBy('telegram_chat_id')
        .execute();
      return rows.flatMap(({ telegram_chat_id, chat_name, active_instagram_account_id: accountId }) =>
        accountId ? [{ chatId: telegram_chat_id, name: chat_name ?? undefined, accountId }] : [],
      );
    },

    async setEnabled(account: Account, isActive: boolean): Promise<void> {
      await query
        .updateTable('instagram_accounts')
        .set({ is_active: isActive, updated_at: now() })
        .where('id', '=', account.id)
        .execute();
    },
  };
}
