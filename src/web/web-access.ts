import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { hashPassword, isPassword } from './passwords.ts';

/** Who may look at the library: everybody at this machine, or those who gave the password. */
export interface WebAccess {
  hasPassword(): Promise<boolean>;
  /** Sets the only password; everybody has to give it anew. */
  setPassword(password: string): Promise<void>;
  /** False where none was set. */
  removePassword(): Promise<boolean>;
  /** A new session's token, or nothing for a wrong password. */
  logIn(password: string): Promise<string | undefined>;
  /** `renewed`: granted, and the browser should be told that it may keep its token for longer. */
  check(token: string | undefined): Promise<'open' | 'needed' | 'granted' | 'renewed'>;
  logOut(token: string): Promise<void>;
}

const DAY = 24 * 60 * 60_000;
/** Milliseconds after which a session that nobody uses ends. */
export const SESSION_LIFE = 30 * DAY;
/** Milliseconds between notes that a session is in use. */
const NOTED = 60 * 60_000;

export function createWebAccess({ db, now }: { db: Database; now: () => Date }): WebAccess {
  const { query } = db;
  const stored = () => query.selectFrom('web_access').select(['password_hash', 'changed_at']).executeTakeFirst();
  const sweep = () => query.deleteFrom('web_sessions').where('expires_at', '<=', now()).execute();
  const endOf = (time: Date) => new Date(time.getTime() + SESSION_LIFE);

  return {
    hasPassword: async () => (await stored()) !== undefined,
    async setPassword(password) {
      const row = { password_hash: await hashPassword(password), changed_at: now() };
      await query.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('web_access')
          .values({ id: 1, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
        await transaction.deleteFrom('web_sessions').execute();
      });
    },
    removePassword: () =>
      query.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('web_sessions').execute();
        const { numDeletedRows } = await transaction.deleteFrom('web_access').executeTakeFirst();
        return numDeletedRows > 0n;
      }),
    async logIn(password) {
      // A password that is changed meanwhile is younger than this session, and ends it.
      const began = now();
      const isRight = await isPassword(password, (await stored())?.password_hash);
      if (!isRight) return undefined;
      await sweep();
      const token = randomBytes(32).toString('base64url');
      await query
        .insertInto('web_sessions')
        .values({ token_hash: hashOf(token), created_at: began, last_seen_at: began, expires_at: endOf(began) })
        .execute();
      return token;
    },
    async check(token) {
      const access = await stored();
      if (!access) return 'open';
      if (token === undefined || !TOKEN.test(token)) return 'needed';
      const time = now();
      const session = await query
        .selectFrom('web_sessions')
        .select('last_seen_at')
        .where('token_hash', '=', hashOf(token))
        .where('expires_at', '>', time)
        .where('created_at', '>=', access.changed_at)
        .executeTakeFirst();
      if (!session) return 'needed';
      if (time.getTime() - session.last_seen_at.getTime() < NOTED) return 'granted';
      await query
        .updateTable('web_sessions')
        .set({ last_seen_at: time, expires_at: endOf(time) })
        .where('token_hash', '=', hashOf(token))
        .execute();
      await sweep();
      return 'renewed';
    },
    async logOut(token) {
      await query.deleteFrom('web_sessions').where('token_hash', '=', hashOf(token)).execute();
    },
  };
}

/** 256 random bits. */
const TOKEN = /^[\w-]{43}$/;

/** What is stored of a token opens nothing. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
