import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Kysely } from 'kysely';
import type { Schema } from '../db/schema.ts';
import { LostKeyError } from '../errors.ts';
import type { Account } from './accounts.ts';
import { copyKey, type Keyring, type MadeWith, otherHost } from './keys.ts';

interface StoredToken {
  readonly id: string;
  readonly token_value: string;
}

/** The `token_type` of a user token from which a Page token came. */
export const SOURCE_TYPE = 'refresh_token';

/** Which key encrypted which stored token, and which tokens cannot be decrypted here. */
export function createTokenKeys({ query, keyring }: { query: Kysely<Schema>; keyring: Keyring }) {
  /** The key that encrypted this very token, if it was noted. */
  const madeWith = async ({ id, token_value }: StoredToken): Promise<MadeWith | undefined> => {
    const noted = await query.selectFrom('token_keys').selectAll().where('api_token_id', '=', id).executeTakeFirst();
    // The Python program may have replaced the token since.
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
    // From an older version or the Python program. A read-only database does without the note.
    if (!made) await noteKey(row, null).catch(() => undefined);
    return text;
  };

  /** Stored tokens that no key of this machine decrypts; `own` are those of the given account. */
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
   * Checks that a token may be stored: a key of this machine's own would lock out another machine that shares the database.
   *
   * @throws {LostKeyError} if stored tokens were encrypted with a key that this machine lacks.
   */
  const confirmKey = async (account?: Account): Promise<void> => {
    const closed = await closedTokens(account);
    const away = closed.find(({ made }) => otherHost(made) !== undefined);
    const host = otherHost(away?.made);
    const own = await keyring.fingerprint();
    if (away?.made && host) {
      const here = own ? `the key in ${keyring.place} is ${own}` : `there is no key in ${keyring.place}`;
      throw new LostKeyError(
        `The tokens in this database were encrypted with the key ${away.made.fingerprint} on ${host}, and here ${here}: nothing was stored`,
        { hint: copyKey(host, keyring.place) },
      );
    }
    if (own === undefined && closed.some((token) => !token.own && !token.made)) {
      throw new LostKeyError(`There is no key in ${keyring.place}, but the database has tokens: nothing was stored`, {
        hint: `Restore the key that encrypted them. If it is lost: storyline-cli revoke-tokens <username> --local-only, for each account; then sign in again with: storyline-cli instagram-auth. Nothing else is lost.`,
      });
    }
  };

  return {
    open,
    confirm: confirmKey,
    /** Notes the key that encrypted a token on this machine. */
    note: (token: StoredToken, on = query): Promise<void> => noteKey(token, hostname(), on),

    /**
     * Describes the stored tokens that no key decrypts: `the token of @studio (made with the key ab12… on desk)`. Includes
     * those of the Python program for other services.
     *
     * @throws {UsageError} if the keys cannot be used at all.
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
          `${row.token_type === SOURCE_TYPE ? `the user token behind ${name}` : `the token of ${name}`}${key}`,
        );
      }
      return found;
    },
  };
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
