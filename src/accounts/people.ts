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

/** Someone who wrote to the bot. */
export interface Acquaintance {
  readonly telegramId: number;
  /** Without its `@`. */
  readonly username: string | undefined;
  /** What they call themselves: anybody can take any name. */
  readonly displayName: string;
  /** `@username`, or the display name, which never looks like a username. */
  readonly name: string;
  readonly lastSeenAt: Date | undefined;
}

/** Someone whom the bot has let in. */
export interface User extends Acquaintance {
  /** Our own id, a UUID. */
  readonly id: string;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
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
  readonly telegramId: number | undefined;
  readonly chatId: number | undefined;
}

/** Whom a reference names: one person, or nobody, with those who may have been meant. */
export type PersonSearch =
  | { readonly person: User | Acquaintance }
  | { readonly person: undefined; readonly isAmbiguous: boolean; readonly candidates: readonly Acquaintance[] };

export type People = ReturnType<typeof createPeople>;

const NAME_LENGTH = 100;
const ASKED_LENGTH = 200;
/** Strangers that are remembered: so many at most, and for so many days. */
const STRANGERS_KEPT = 500;
const STRANGER_DAYS = 90;
/** Those who may have been meant, as they are listed. */
const CANDIDATES = 10;

/** Those who talk to the bot, and what was said: `users`, `user_interactions`, and `bot_strangers` for the refused. */
export function createPeople({ db, now }: { db: Database; now: () => Date }) {
  const { query } = db;

  const list = async (): Promise<User[]> => {
    const rows = await query.selectFrom('users').selectAll().orderBy('first_seen_at').orderBy('id').execute();
    return rows.map(toUser);
  };

  /** Those who were refused and are no users, latest first. */
  const strangers = async (): Promise<Acquaintance[]> => {
    const rows = await query
      .selectFrom('bot_strangers')
      .selectAll()
      .where('telegram_user_id', 'not in', query.selectFrom('users').select('telegram_user_id'))
      .orderBy('last_at', 'desc')
      .execute();
    return rows.map((row) => ({
      telegramId: row.telegram_user_id,
      ...namesOf({ id: row.telegram_user_id, username: row.username, first: row.first_name, last: row.last_name }),
      lastSeenAt: row.last_at,
    }));
  };

  // A username belongs to one person at a time: the last person seen with it has it, and nobody else.
  const takeUsername = async ({ id, username }: Person): Promise<void> => {
    const key = usernameKey(username);
    if (key === undefined) return;
    await query
      .updateTable('users')
      .set({ telegram_username: null, updated_at: now() })
      .where((where) => where.fn<string>('lower', ['telegram_username']), '=', key)
      .where('telegram_user_id', '!=', id)
      .execute();
    await query
      .updateTable('bot_strangers')
      .set({ username: null })
      .where((where) => where.fn<string>('lower', ['username']), '=', key)
      .where('telegram_user_id', '!=', id)
      .execute();
  };

  const namesNow = (person: Person, moment: Date) => ({
    telegram_username: person.username?.slice(0, NAME_LENGTH) ?? null,
    telegram_first_name: person.firstName ?? null,
    telegram_last_name: person.lastName ?? null,
    last_seen_at: moment,
    updated_at: moment,
  });

  const forgetOldStrangers = async (moment: Date): Promise<void> => {
    const oldest = new Date(moment.getTime() - STRANGER_DAYS * 24 * 60 * 60 * 1000);
    const last = await query
      .selectFrom('bot_strangers')
      .select('last_at')
      .orderBy('last_at', 'desc')
      .offset(STRANGERS_KEPT - 1)
      .limit(1)
      .executeTakeFirst();
    const keptFrom = last && last.last_at > oldest ? last.last_at : oldest;
    await query.deleteFrom('bot_strangers').where('last_at', '<', keptFrom).execute();
  };

  return {
    list,

    /** A user by their Telegram id; nobody is added. */
    async known(telegramId: number): Promise<User | undefined> {
      const row = await query
        .selectFrom('users')
        .selectAll()
        .where('telegram_user_id', '=', telegramId)
        .executeTakeFirst();
      return row && toUser(row);
    },

    /**
     * Whom a person at the terminal means: digits are a Telegram id, `@x` or a bare word a username in any case, a UUID
     * our own id. Display names are never compared: anybody can take any.
     */
    async find(reference: string): Promise<PersonSearch> {
      const wanted = reference.trim();
      const everybody: (User | Acquaintance)[] = [...(await list()), ...(await strangers())];
      const fits = fitting(wanted);
      const [found, another] = everybody.filter(fits).toSorted(byLastSeen);
      const isClear = found && (!another || byLastSeen(found, another) < 0);
      if (isClear) return { person: found };
      return {
        person: undefined,
        isAmbiguous: found !== undefined,
        candidates: found ? everybody.filter(fits) : likely(everybody, wanted),
      };
    },

    /** Records that someone who may command the bot was here; what they call themselves now is kept. */
    async meet(person: Person): Promise<User> {
      const moment = now();
      await takeUsername(person);
      const names = namesNow(person, moment);
      const row = await query
        .insertInto('users')
        .values({ id: randomUUID(), telegram_user_id: person.id, ...names, first_seen_at: moment, created_at: moment })
        .onConflict((conflict) => conflict.column('telegram_user_id').doUpdateSet(names))
        .returningAll()
        .executeTakeFirstOrThrow();
      return toUser(row);
    },

    /** Records that someone was refused: one row a person, and no more than so many people. */
    async refused(person: Person, { chatId, asked }: { chatId: number; asked: string }): Promise<void> {
      const moment = now();
      await takeUsername(person);
      // Who was a user once has the names of today there too.
      await query
        .updateTable('users')
        .set(namesNow(person, moment))
        .where('telegram_user_id', '=', person.id)
        .execute();
      const values = {
        username: person.username?.slice(0, NAME_LENGTH) ?? null,
        first_name: person.firstName ?? null,
        last_name: person.lastName ?? null,
        chat_id: chatId,
        asked: asked.slice(0, ASKED_LENGTH),
        last_at: moment,
      };
      await query
        .insertInto('bot_strangers')
        .values({ telegram_user_id: person.id, ...values, first_at: moment })
        .onConflict((conflict) => conflict.column('telegram_user_id').doUpdateSet(values))
        .execute();
      await forgetOldStrangers(moment);
    },

    /** Makes someone an admin, or a member again; a stranger becomes a user by it. */
    async setRole(person: Acquaintance, role: 'admin' | 'member'): Promise<void> {
      const moment = now();
      const change = { role, updated_at: moment };
      const stranger = await query
        .selectFrom('bot_strangers')
        .selectAll()
        .where('telegram_user_id', '=', person.telegramId)
        .executeTakeFirst();
      await query
        .insertInto('users')
        .values({
          id: randomUUID(),
          telegram_user_id: person.telegramId,
          telegram_username: stranger?.username ?? null,
          telegram_first_name: stranger?.first_name ?? null,
          telegram_last_name: stranger?.last_name ?? null,
          first_seen_at: stranger?.first_at ?? moment,
          last_seen_at: stranger?.last_at ?? moment,
          created_at: moment,
          ...change,
        })
        .onConflict((conflict) => conflict.column('telegram_user_id').doUpdateSet(change))
        .execute();
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

    /** Who was refused, latest first. */
    async attempts(limit: number): Promise<Attempt[]> {
      const rows = await query
        .selectFrom('bot_strangers')
        .selectAll()
        .orderBy('last_at', 'desc')
        .limit(limit)
        .execute();
      const recent = rows.map((row) => ({
        at: row.last_at,
        who: namesOf({ id: row.telegram_user_id, username: row.username, first: row.first_name, last: row.last_name })
          .name,
        telegramId: row.telegram_user_id,
        chatId: row.chat_id,
      }));
      return [...recent, ...(await earlierAttempts(limit))].toSorted((a, b) => +b.at - +a.at).slice(0, limit);
    },
  };

  /** Earlier versions wrote refusals among the interactions. */
  async function earlierAttempts(limit: number): Promise<Attempt[]> {
    const rows = await query
      .selectFrom('user_interactions')
      .leftJoin('users', 'users.id', 'user_interactions.user_id')
      .select(['user_interactions.created_at', 'telegram_chat_id', 'telegram_username'])
      .select(['telegram_first_name', 'telegram_last_name', 'telegram_user_id'])
      .where('interaction_type', '=', 'bot_response')
      .where('interaction_name', '=', EARLIER_REFUSAL)
      .where('user_id', 'is not', null)
      .orderBy('user_interactions.created_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      at: row.created_at ?? new Date(0),
      who: namesOf({
        id: row.telegram_user_id ?? 0,
        username: row.telegram_username,
        first: row.telegram_first_name,
        last: row.telegram_last_name,
      }).name,
      telegramId: row.telegram_user_id ?? undefined,
      chatId: row.telegram_chat_id ?? undefined,
    }));
  }
}

const EARLIER_REFUSAL = 'refused';

/** Telegram's usernames are letters of ASCII, digits and underscores; their case does not matter. */
function usernameKey(text: string | null | undefined): string | undefined {
  return text && /^\w{1,100}$/.test(text) ? text.toLowerCase() : undefined;
}

function fitting(wanted: string): (person: User | Acquaintance) => boolean {
  if (/^\d+$/.test(wanted)) return ({ telegramId }) => String(telegramId) === wanted;
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(wanted)) {
    return (person) => 'id' in person && person.id === wanted.toLowerCase();
  }
  const key = usernameKey(wanted.replace(/^@/, ''));
  return ({ username }) => key !== undefined && usernameKey(username) === key;
}

/** Newest first. */
const byLastSeen = (a: Acquaintance, b: Acquaintance): number => +(b.lastSeenAt ?? 0) - +(a.lastSeenAt ?? 0);

/** Those whose names contain what was typed, else those who were seen last. */
function likely(everybody: readonly Acquaintance[], wanted: string): Acquaintance[] {
  const bare = plainName(wanted).toLowerCase();
  const similar = everybody.filter(
    ({ username, displayName }) =>
      bare !== '' && [username ?? '', displayName].some((name) => name.toLowerCase().includes(bare)),
  );
  return (similar.length > 0 ? similar : [...everybody]).toSorted(byLastSeen).slice(0, CANDIDATES);
}

type UserRow = Selectable<Schema['users']>;

const toUser = (row: UserRow): User => ({
  id: row.id,
  telegramId: row.telegram_user_id,
  ...namesOf({
    id: row.telegram_user_id,
    username: row.telegram_username,
    first: row.telegram_first_name,
    last: row.telegram_last_name,
  }),
  isAdmin: row.role === 'admin',
  isActive: row.is_active ?? true,
  lastSeenAt: row.last_seen_at ?? undefined,
});

interface Names {
  id: number;
  username: string | null;
  first: string | null;
  last: string | null;
}

function namesOf({ id, username, first, last }: Names): Pick<Acquaintance, 'username' | 'displayName' | 'name'> {
  const displayName = plainName([first, last].filter(Boolean).join(' '));
  return {
    username: username ?? undefined,
    displayName,
    name: username ? `@${username}` : displayName || String(id),
  };
}

/** A display name without what is not seen, and without what makes it look like a username. */
const plainName = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}]+/gu, '')
    .replace(/^[\s@\ufe6b\uff20]+/u, '')
    .trim();

/** The answer to someone who may not do this here. */
export const REFUSED = 'refused';
