import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '../db/open.ts';
import { LostKeyError, UsageError } from '../errors.ts';
import { parseMoment } from '../media/moment.ts';
import { type Account, nameOf } from './accounts.ts';
import { SIGN_IN_HINT } from './hints.ts';
import { copyKey, type Keyring, type MadeWith, otherHost } from './keys.ts';
import { clearRefusal } from './refusals.ts';

const SERVICE = 'instagram';

/**
 * `access`: what calls are made with. `source`: the person's own token of Facebook Login, from which the Page's token
 * in use came; kept so that it can be had anew.
 */
type Role = 'access' | 'source';
const TYPES: Readonly<Record<Role, string>> = { access: 'access_token', source: 'refresh_token' };

/** Whose token it is: Instagram Login's, or Facebook Login's of a person, a Page, or a system user. */
export type TokenKind = 'instagram' | 'user' | 'page' | 'system_user';

/** What is known of a token beside its text. */
export interface TokenFacts {
  /** Absent where nobody said. */
  readonly kind?: TokenKind | undefined;
  readonly appId?: string | undefined;
  readonly pageId?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** When Instagram's data can be read with it no more, whatever its own end. */
  readonly dataAccessExpiresAt?: Date | undefined;
}

/** A token as it is stored. */
export interface NewToken extends TokenFacts {
  readonly value: string;
  /** Absent: it does not expire. */
  readonly expiresAt: Date | undefined;
  /** Absent: now. */
  readonly issuedAt?: Date | undefined;
}

/** What is known of a stored token without decrypting it. */
export interface TokenInfo extends TokenFacts {
  readonly issuedAt: Date;
  /** Absent: it does not expire. */
  readonly expiresAt: Date | undefined;
  readonly lastRefreshedAt: Date | undefined;
  readonly isExpired: boolean;
}

export type Tokens = ReturnType<typeof createTokens>;

/** Access tokens, at rest as Fernet ciphertext. */
export function createTokens({ db, keyring, now }: { db: Database; keyring: Keyring; now: () => Date }) {
  const { query } = db;

  const rowOf = (account: Account, role: Role) =>
    query
      .selectFrom('api_tokens')
      .selectAll()
      .where('service_name', '=', SERVICE)
      .where('token_type', '=', TYPES[role])
      .where('instagram_account_id', '=', account.id)
      .executeTakeFirst();

  const info = async (account: Account, role: Role = 'access'): Promise<TokenInfo | undefined> => {
    const row = await rowOf(account, role);
    return (
      row && {
        ...factsOf(row),
        issuedAt: row.issued_at,
        expiresAt: row.expires_at ?? undefined,
        lastRefreshedAt: row.last_refreshed_at ?? undefined,
        isExpired: row.expires_at !== null && row.expires_at <= now(),
      }
    );
  };

  /** With which key a stored token was encrypted, as far as that was noted of just this one. */
  const madeWith = async ({ id, token_value }: StoredToken): Promise<MadeWith | undefined> => {
    const noted = await query.selectFrom('token_keys').selectAll().where('api_token_id', '=', id).executeTakeFirst();
    // The Python program may have put another token there since.
    if (noted?.token_hash !== hashOf(token_value)) return undefined;
    return { fingerprint: noted.fingerprint, host: noted.host ?? undefined };
  };

  const noteKey = async ({ id, token_value }: StoredToken, host: string | null, on = query): Promise<void> => {
    const fingerprint = await keyring.keyOf(token_value);
    if (fingerprint === undefined) return;
    const noted = { token_hash: hashOf(token_value), fingerprint, host };
    await on
      .insertInto('token_keys')
      .values({ api_token_id: id, ...noted })
      .onConflict((conflict) => conflict.column('api_token_id').doUpdateSet(noted))
      .execute();
  };

  const open = async (row: StoredToken, whose: string): Promise<string> => {
    const made = await madeWith(row);
    const text = await keyring.decrypt(row.token_value, whose, made);
    // One of an older version, or of the Python program. A database that can only be read does without.
    if (!made) await noteKey(row, null).catch(() => undefined);
    return text;
  };

  /** Stored tokens that no key here opens; all but those of the given account. */
  const closedTokens = async (except?: Account) => {
    const rows = await query.selectFrom('api_tokens').select(['id', 'token_value', 'instagram_account_id']).execute();
    const closed: { own: boolean; made: MadeWith | undefined }[] = [];
    for (const row of rows) {
      if ((await keyring.keyOf(row.token_value)) !== undefined) continue;
      closed.push({ own: except !== undefined && row.instagram_account_id === except.id, made: await madeWith(row) });
    }
    return closed;
  };

  /**
   * Storing a token under a key of this machine's own would lock another machine out that shares the database.
   *
   * @throws {LostKeyError} where stored tokens were made with another machine's key, which is not here.
   */
  const confirmKey = async (account?: Account): Promise<void> => {
    const closed = await closedTokens(account);
    const away = closed.find(({ made }) => otherHost(made) !== undefined);
    const host = otherHost(away?.made);
    const own = await keyring.fingerprint();
    if (away?.made && host) {
      const here = own ? `the key in ${keyring.place} is ${own}` : `there is no key in ${keyring.place}`;
      throw new LostKeyError(
        `The tokens in this database were made with the key ${away.made.fingerprint} on ${host}, and here ${here}: nothing was stored`,
        { hint: copyKey(host, keyring.place) },
      );
    }
    if (own === undefined && closed.some((token) => !token.own && !token.made)) {
      throw new LostKeyError(`There is no key in ${keyring.place}, but the database has tokens: nothing was stored`, {
        hint: `Put the key back that they were made with. If it is gone for good: storyline-cli revoke-tokens <username> --local-only, for each account; then sign in again with: storyline-cli instagram-auth. Nothing else is lost.`,
      });
    }
  };

  const write = async (account: Account, role: Role, token: NewToken, isRefresh: boolean): Promise<void> => {
    const moment = now();
    await confirmKey(account);
    const values = {
      token_value: await keyring.encrypt(token.value),
      expires_at: token.expiresAt ?? null,
      last_refreshed_at: isRefresh ? moment : null,
      scopes: token.scopes ? [...token.scopes] : null,
      token_metadata: metadataOf(token),
      updated_at: moment,
    };
    const issuedAt = token.issuedAt ?? moment;
    await query
      .insertInto('api_tokens')
      .values({
        id: randomUUID(),
        service_name: SERVICE,
        token_type: TYPES[role],
        instagram_account_id: account.id,
        issued_at: issuedAt,
        created_at: moment,
        ...values,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['service_name', 'token_type', 'instagram_account_id'])
          .doUpdateSet(isRefresh ? values : { ...values, issued_at: issuedAt }),
      )
      .execute();
    const row = await rowOf(account, role);
    if (row) await noteKey(row, hostname());
    // What was refused was the token before. The person's token behind it is not what calls are made with.
    if (role === 'access') await clearRefusal(db, account);
  };

  const remove = (account: Account, roles: readonly Role[]) =>
    query
      .deleteFrom('api_tokens')
      .where('service_name', '=', SERVICE)
      .where(
        'token_type',
        'in',
        roles.map((role) => TYPES[role]),
      )
      .where('instagram_account_id', '=', account.id)
      .execute();

  return {
    info,
    confirmKey,

    /**
     * The account's token, decrypted. Its stored end stops nobody: it may be a guess, and Meta decides.
     *
     * @throws {UsageError} where there is none; {@link LostKeyError} where no key decrypts it.
     */
    async valueFor(account: Account): Promise<string> {
      const name = nameOf(account);
      const hint = SIGN_IN_HINT;
      const row = await rowOf(account, 'access');
      if (!row) throw new UsageError(`No token is stored for ${name}`, { hint });
      return open(row, `the token of ${name}`);
    },

    /** The person's token behind the Page's, decrypted; undefined if there is none, or its time is over. */
    async sourceFor(account: Account): Promise<string | undefined> {
      const row = await rowOf(account, 'source');
      if (!row || (row.expires_at && row.expires_at <= now())) return undefined;
      return open(row, `the person's token behind ${nameOf(account)}`);
    },

    /** Stores what a sign-in gave, in place of all that the account had. */
    async store(account: Account, token: NewToken, source?: NewToken): Promise<void> {
      await write(account, 'access', token, false);
      if (source) await write(account, 'source', source, false);
      else await remove(account, ['source']);
    },

    /** Stores a token that was had anew; when it was first issued stays known. */
    refreshed: (account: Account, token: NewToken, role: Role = 'access') => write(account, role, token, true),

    /** Forgets the account's tokens; says whether there were any. */
    async forget(account: Account): Promise<boolean> {
      const had = (await rowOf(account, 'access')) !== undefined;
      await remove(account, ['access', 'source']);
      await clearRefusal(db, account);
      return had;
    },

    /**
     * Whose stored tokens no key opens, in words: `the token of @studio (made with the key ab12… on desk)`. The Python
     * program's of other services too.
     *
     * @throws {UsageError} where the keys cannot be used at all.
     */
    async unreadable(): Promise<string[]> {
      const rows = await query
        .selectFrom('api_tokens')
        .leftJoin('instagram_accounts', 'instagram_accounts.id', 'api_tokens.instagram_account_id')
        .select(['api_tokens.id', 'api_tokens.service_name', 'api_tokens.token_type', 'api_tokens.token_value'])
        .select(['instagram_accounts.instagram_username', 'instagram_accounts.display_name'])
        .orderBy('api_tokens.created_at')
        .orderBy('api_tokens.id')
        .execute();
      const found: string[] = [];
      for (const row of rows) {
        if ((await keyring.keyOf(row.token_value)) !== undefined) continue;
        const name = row.instagram_username ? `@${row.instagram_username}` : (row.display_name ?? row.service_name);
        const made = await madeWith(row);
        const host = otherHost(made);
        const key = made && host ? ` (made with the key ${made.fingerprint} on ${host})` : '';
        found.push(
          `${row.token_type === TYPES.source ? `the person's token behind ${name}` : `the token of ${name}`}${key}`,
        );
      }
      return found;
    },

    /**
     * Encrypts every stored token with the newest key, all or none; says how many.
     *
     * @throws {LostKeyError} where a token fits none of the keys.
     */
    async reencrypt(): Promise<number> {
      return query.transaction().execute(async (transaction) => {
        const rows = await transaction.selectFrom('api_tokens').select(['id', 'token_value']).execute();
        for (const { id, token_value } of rows) {
          const renewed = await keyring.encrypt(await keyring.decrypt(token_value, 'a token'));
          await transaction.updateTable('api_tokens').set({ token_value: renewed }).where('id', '=', id).execute();
          await noteKey({ id, token_value: renewed }, hostname(), transaction);
        }
        return rows.length;
      });
    },
  };
}

interface StoredToken {
  readonly id: string;
  readonly token_value: string;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const KINDS: readonly TokenKind[] = ['instagram', 'user', 'page', 'system_user'];

const metadataOf = ({ kind, appId, pageId, dataAccessExpiresAt }: TokenFacts) => ({
  ...(kind ? { kind } : {}),
  ...(appId ? { app_id: appId } : {}),
  ...(pageId ? { page_id: pageId } : {}),
  ...(dataAccessExpiresAt ? { data_access_expires_at: dataAccessExpiresAt.toISOString() } : {}),
});

/** Rows of the Python program may hold anything here. */
function factsOf({ token_metadata, scopes }: { token_metadata: unknown; scopes: string[] | null }): TokenFacts {
  const stored: Readonly<Record<string, unknown>> =
    typeof token_metadata === 'object' && token_metadata !== null ? { ...token_metadata } : {};
  const text = (name: string) => (typeof stored[name] === 'string' ? stored[name] : undefined);
  const dataAccess = text('data_access_expires_at');
  return {
    kind: KINDS.find((kind) => kind === stored.kind),
    appId: text('app_id'),
    pageId: text('page_id'),
    scopes: scopes ?? undefined,
    dataAccessExpiresAt: dataAccess === undefined ? undefined : parseMoment(dataAccess),
  };
}
