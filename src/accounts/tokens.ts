import { randomUUID } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { parseMoment } from '../media/moment.ts';
import { type Account, nameOf } from './accounts.ts';
import { SIGN_IN_HINT } from './hints.ts';
import type { Keyring } from './keys.ts';
import { clearRefusal } from './refusals.ts';
import { createTokenKeys, SOURCE_TYPE } from './token-keys.ts';

const SERVICE = 'instagram';

/**
 * `access`: the token that calls use. `source`: the user's own Facebook Login token from which the Page token in use
 * came; stored so that the Page token can be renewed.
 */
type Role = 'access' | 'source';
const TYPES: Readonly<Record<Role, string>> = { access: 'access_token', source: SOURCE_TYPE };

/** Instagram Login's token, or one of Facebook Login: of a user, a Page, or a system user. */
export type TokenKind = 'instagram' | 'user' | 'page' | 'system_user';

/** What is known about a token besides its value. */
export interface TokenFacts {
  /** Undefined if unknown. */
  readonly kind?: TokenKind | undefined;
  readonly appId?: string | undefined;
  readonly pageId?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** After this it can no longer read Instagram's data, whatever its own expiry. */
  readonly dataAccessExpiresAt?: Date | undefined;
}

/** A token to store. */
export interface NewToken extends TokenFacts {
  readonly value: string;
  /** Undefined: it does not expire. */
  readonly expiresAt: Date | undefined;
  /** Undefined: now. */
  readonly issuedAt?: Date | undefined;
}

/** What is known about a stored token without decrypting it. */
export interface TokenInfo extends TokenFacts {
  readonly issuedAt: Date;
  /** Undefined: it does not expire. */
  readonly expiresAt: Date | undefined;
  readonly lastRefreshedAt: Date | undefined;
  readonly isExpired: boolean;
}

export type Tokens = ReturnType<typeof createTokens>;

/** Access tokens, stored as Fernet ciphertext. */
export function createTokens({ db, keyring, now }: { db: Database; keyring: Keyring; now: () => Date }) {
  const { query } = db;
  const keys = createTokenKeys({ query, keyring });

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

  const write = async (account: Account, role: Role, token: NewToken, isRefresh: boolean): Promise<void> => {
    const moment = now();
    await keys.confirm(account);
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
    if (row) await keys.note(row);
    // A refusal was about the previous token. Calls do not use the source token.
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
    confirmKey: keys.confirm,
    unreadable: keys.unreadable,

    /**
     * The account's token, decrypted, even if it seems expired: the stored expiry may be a guess, and Meta decides.
     *
     * @throws {UsageError} if there is none; {@link LostKeyError} if no key decrypts it.
     */
    async valueFor(account: Account): Promise<string> {
      const name = nameOf(account);
      const hint = SIGN_IN_HINT;
      const row = await rowOf(account, 'access');
      if (!row) throw new UsageError(`No token is stored for ${name}`, { hint });
      return keys.open(row, `the token of ${name}`);
    },

    /** The user token that the Page token came from, decrypted; undefined if there is none, or it has expired. */
    async sourceFor(account: Account): Promise<string | undefined> {
      const row = await rowOf(account, 'source');
      if (!row || (row.expires_at && row.expires_at <= now())) return undefined;
      return keys.open(row, `the user token behind ${nameOf(account)}`);
    },

    /** Stores the tokens of a sign-in, and replaces all that the account had. */
    async store(account: Account, token: NewToken, source?: NewToken): Promise<void> {
      await write(account, 'access', token, false);
      if (source) await write(account, 'source', source, false);
      else await remove(account, ['source']);
    },

    /** Stores a renewed token; keeps the time at which it was first issued. */
    refreshed: (account: Account, token: NewToken, role: Role = 'access') => write(account, role, token, true),

    /** Deletes the account's tokens; returns whether there were any. */
    async forget(account: Account): Promise<boolean> {
      const had = (await rowOf(account, 'access')) !== undefined;
      await remove(account, ['access', 'source']);
      await clearRefusal(db, account);
      return had;
    },

    /**
     * Encrypts every stored token with the newest key, all or none; returns how many.
     *
     * @throws {LostKeyError} if no key decrypts a token.
     */
    async reencrypt(): Promise<number> {
      return query.transaction().execute(async (transaction) => {
        const rows = await transaction.selectFrom('api_tokens').select(['id', 'token_value']).execute();
        for (const { id, token_value } of rows) {
          const renewed = await keyring.encrypt(await keyring.decrypt(token_value, 'a token'));
          await transaction.updateTable('api_tokens').set({ token_value: renewed }).where('id', '=', id).execute();
          await keys.note({ id, token_value: renewed }, transaction);
        }
        return rows.length;
      });
    },
  };
}

const KINDS: readonly TokenKind[] = ['instagram', 'user', 'page', 'system_user'];

const metadataOf = ({ kind, appId, pageId, dataAccessExpiresAt }: TokenFacts) => ({
  ...(kind ? { kind } : {}),
  ...(appId ? { app_id: appId } : {}),
  ...(pageId ? { page_id: pageId } : {}),
  ...(dataAccessExpiresAt ? { data_access_expires_at: dataAccessExpiresAt.toISOString() } : {}),
});

/** The Python program may have stored anything here. */
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
