import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { hashPassword, isPassword } from './passwords.ts';

/** Who may see the library: everybody on this machine, or those who logged in with the password. */
export interface WebAccess {
  hasPassword(): Promise<boolean>;
  /** Sets the only password; everybody has to log in again. */
  setPassword(password: string): Promise<void>;
  /** Returns false if none was set. */
  removePassword(): Promise<boolean>;
  /** Returns a new session's token; undefined for a wrong password. */
  logIn(password: string): Promise<string | undefined>;
  /** `renewed`: granted, and the browser should keep its cookie for longer. */
  check(token: string | undefined): Promise<'open' | 'needed' | 'granted' | 'renewed'>;
  /** Like `check`, but does not extend the session. */
  recheck(token: string | undefined): Promise<'open' | 'needed' | 'granted'>;
  logOut(token: string): Promise<void>;
  /** Calls back when this process ends a session; returns a function that unsubscribes. Other processes end sessions too. */
  onEnd(listener: () => void): () => void;
  /** Finds a known browser: one in which somebody logged in since the password was set. */
  findBrowser(token: string | undefined): Promise<string | undefined>;
  /** Remembers the browser of a session as a known one; undefined if the session has ended. */
  rememberBrowser(session: string, known: string | undefined): Promise<string | undefined>;
}

const DAY = 24 * 60 * 60_000;
/** Milliseconds after which an unused session ends. */
export const SESSION_LIFE = 30 * DAY;
/** Milliseconds that a browser stays known: the longest that browsers keep a cookie. */
export const BROWSER_LIFE = 400 * DAY;
/** Milliseconds between updates of a session's last use. */
const NOTED = 60 * 60_000;
const MOST_BROWSERS = 200;

export function createWebAccess({ db, now }: { db: Database; now: () => Date }): WebAccess {
  const { query } = db;
  const listeners = new Set<() => void>();
  const stored = () => query.selectFrom('web_access').select(['password_hash', 'version']).executeTakeFirst();
  const sweep = () => query.deleteFrom('web_sessions').where('expires_at', '<=', now()).execute();
  const endOf = (time: Date) => new Date(time.getTime() + SESSION_LIFE);
  const ended = () => {
    for (const listener of [...listeners]) listener();
  };

  const find = async (token: string | undefined) => {
    const access = await stored();
    if (!access) return 'open';
    if (token === undefined || !TOKEN.test(token)) return 'needed';
    const session = await query
      .selectFrom('web_sessions')
      .select('last_seen_at')
      .where('token_hash', '=', hashOf(token))
      .where('expires_at', '>', now())
      .where('version', '=', access.version)
      .executeTakeFirst();
    return session ?? 'needed';
  };
  const findBrowser = async (token: string | undefined) => {
    const access = await stored();
    if (!access || token === undefined || !TOKEN.test(token)) return undefined;
    const browser = await query
      .selectFrom('web_browsers')
      .select('token_hash')
      .where('token_hash', '=', hashOf(token))
      .where('version', '=', access.version)
      .where('last_seen_at', '>', new Date(now().getTime() - BROWSER_LIFE))
      .executeTakeFirst();
    return browser?.token_hash;
  };

  return {
    hasPassword: async () => (await stored()) !== undefined,
    async setPassword(password) {
      // Sessions and browsers belong to a version of the password, so no clock is needed to end them.
      const version = randomBytes(16).toString('base64url');
      const row = { password_hash: await hashPassword(password), changed_at: now(), version };
      await query.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('web_access')
          .values({ id: 1, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
        await transaction.deleteFrom('web_sessions').execute();
        await transaction.deleteFrom('web_browsers').execute();
      });
      ended();
    },
    async removePassword() {
      const wasSet = await query.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('web_sessions').execute();
        await transaction.deleteFrom('web_browsers').execute();
        const { numDeletedRows } = await transaction.deleteFrom('web_access').executeTakeFirst();
        return numDeletedRows > 0n;
      });
      ended();
      return wasSet;
    },
    async logIn(password) {
      // If the password changes meanwhile, its new version ends this session.
      const access = await stored();
      const isRight = await isPassword(password, access?.password_hash);
      if (!isRight || !access) return undefined;
      await sweep();
      const token = newToken();
      const { version } = access;
      const time = now();
      const times = { created_at: time, last_seen_at: time, expires_at: endOf(time) };
      await query
        .insertInto('web_sessions')
        .values({ token_hash: hashOf(token), version, ...times })
        .execute();
      return token;
    },
    async check(token) {
      const found = await find(token);
      if (typeof found === 'string' || token === undefined) return found === 'open' ? 'open' : 'needed';
      const time = now();
      // The clock may have been set back.
      if (Math.abs(time.getTime() - found.last_seen_at.getTime()) < NOTED) return 'granted';
      await query
        .updateTable('web_sessions')
        .set({ last_seen_at: time, expires_at: endOf(time) })
        .where('token_hash', '=', hashOf(token))
        .execute();
      await sweep();
      return 'renewed';
    },
    async recheck(token) {
      const found = await find(token);
      return typeof found === 'string' ? found : 'granted';
    },
    async logOut(token) {
      await query.deleteFrom('web_sessions').where('token_hash', '=', hashOf(token)).execute();
      ended();
    },
    onEnd(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    findBrowser,
    async rememberBrowser(session, known) {
      const opened = await query
        .selectFrom('web_sessions')
        .select('version')
        .where('token_hash', '=', hashOf(session))
        .executeTakeFirst();
      if (!opened) return undefined;
      const time = now();
      const token = known !== undefined && (await findBrowser(known)) !== undefined ? known : newToken();
      const row = { version: opened.version, last_seen_at: time };
      await query
        .insertInto('web_browsers')
        .values({ token_hash: hashOf(token), created_at: time, ...row })
        .onConflict((conflict) => conflict.column('token_hash').doUpdateSet(row))
        .execute();
      const rest = query.selectFrom('web_browsers').select('token_hash').orderBy('last_seen_at', 'desc');
      await query.deleteFrom('web_browsers').where('token_hash', 'not in', rest.limit(MOST_BROWSERS)).execute();
      return token;
    },
  };
}

/** 256 random bits. */
const TOKEN = /^[\w-]{43}$/;
const newToken = () => randomBytes(32).toString('base64url');

/** The stored hash cannot be used as a token. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
