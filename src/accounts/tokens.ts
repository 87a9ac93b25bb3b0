import { randomUUID } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { TokenExpiredError, UsageError } from '../errors.ts';
import type { Account } from './accounts.ts';
import type { Keyring } from './keys.ts';

const SERVICE = 'instagram';
const TYPE = 'access_token';

/** What is known of a token without decrypting it. */
export interface TokenInfo {
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

  const rowOf = (account: Account) =>
    query
      .selectFrom('api_tokens')
      .selectAll()
      .where('service_name', '=', SERVICE)
      .where('token_type', '=', TYPE)
      .where('instagram_account_id', '=', account.id)
      .executeTakeFirst();

  const info = async (account: Account): Promise<TokenInfo | undefined> => {
    const row = await rowOf(account);
    return (
      row && {
        issuedAt: row.issued_at,
        expiresAt: row.expires_at ?? undefined,
        lastRefreshedAt: row.last_refreshed_at ?? undefined,
        isExpired: row.expires_at !== null && row.expires_at <= now(),
      }
    );
  };

  return {
    info,

    /**
     * The account's token, decrypted.
     *
     * @throws {UsageError} where there is none, or no key decrypts it.
     * @throws {TokenExpiredError} where its time is over.
     */
    async valueFor(account: Account): Promise<string> {
      const name = account.username ? `@${account.username}` : account.displayName;
      const add = `storyline-cli add-instagram-account --account-id ${account.instagramId} --username ${account.username ?? '<username>'} --display-name '${account.displayName}'`;
      const row = await rowOf(account);
      if (!row) throw new UsageError(`No token is stored for ${name}`, { hint: `Store one with: ${add}` });
      if (row.expires_at && row.expires_at <= now()) {
        const day = row.expires_at.toISOString().slice(0, 10);
        throw new TokenExpiredError(`The token for ${name} expired on ${day}`, {
          hint: `Store a new one with: ${add}`,
        });
      }
      return keyring.decrypt(row.token_value);
    },

    /** Stores a token in place of the account's old one. */
    async store(account: Account, token: string, expiresAt: Date | undefined, refreshed = false): Promise<void> {
      const moment = now();
      const values = {
        token_value: await keyring.encrypt(token),
        expires_at: expiresAt ?? null,
        last_refreshed_at: refreshed ? moment : null,
        updated_at: moment,
      };
      await query
        .insertInto('api_tokens')
        .values({
          id: randomUUID(),
          service_name: SERVICE,
          token_type: TYPE,
          instagram_account_id: account.id,
          issued_at: moment,
          created_at: moment,
          ...values,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['service_name', 'token_type', 'instagram_account_id'])
            .doUpdateSet(refreshed ? values : { ...values, issued_at: moment }),
        )
        .execute();
    },

    /**
     * Encrypts every stored token with the newest key, all or none; says how many.
     *
     * @throws {UsageError} where a token fits none of the keys.
     */
    async reencrypt(): Promise<number> {
      return query.transaction().execute(async (transaction) => {
        const rows = await transaction.selectFrom('api_tokens').select(['id', 'token_value']).execute();
        for (const { id, token_value } of rows) {
          await transaction
            .updateTable('api_tokens')
            .set({ token_value: await keyring.encrypt(await keyring.decrypt(token_value)) })
            .where('id', '=', id)
            .execute();
        }
        return rows.length;
      });
    },
  };
}
