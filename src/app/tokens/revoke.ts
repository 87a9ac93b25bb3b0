import type { Account } from '../../accounts/accounts.ts';
import type { TokenKind } from '../../accounts/tokens.ts';
import { InstagramApiError, TokenExpiredError } from '../../errors.ts';
import { flavourOf } from '../../instagram/graph/client.ts';
import type { App } from '../open.ts';
import { askWithToken } from './answers.ts';
import { learnTime, loginOf } from './current.ts';

/** Where an account's owner revokes an app's permissions. */
const OWNERS_PAGE = {
  instagram: 'instagram.com → Settings → Apps and websites (https://www.instagram.com/accounts/manage_access)',
  facebook: 'facebook.com → Settings → Business integrations',
  business: 'the settings of the business at business.facebook.com → Users → System users',
} as const;

/**
 * The result of revoking a token at Meta: done; the token was invalid already; or no program can, and the owner has to do
 * it at `page`.
 */
export type Revocation =
  | { readonly outcome: 'revoked' | 'dead' }
  | { readonly outcome: 'impossible'; readonly why: string; readonly page: string };

/**
 * Revokes an account's token at Meta. With Facebook Login this revokes everything that the user granted the app, and all
 * of the user's tokens. Deletes nothing here.
 *
 * @throws {LostKeyError} if the token cannot be decrypted. @throws {InstagramApiError} if Meta cannot be asked.
 */
export async function revokeAtMeta(app: App, account: Account, signal: AbortSignal): Promise<Revocation> {
  const { tokens } = app;
  const before = await tokens.info(account);
  const flavour = before?.kind === 'instagram' ? 'instagram' : 'facebook';
  await learnTime(app, flavour, [before, await tokens.info(account, 'source')], signal);
  const stored = await tokens.info(account);
  const person = await tokens.sourceFor(account);
  if (person) return revokePerson(app, person, stored?.kind, signal);
  if (stored?.isExpired) return { outcome: 'impossible', why: 'It has expired already', page: pageFor(stored.kind) };
  const token = await tokens.valueFor(account);
  if (flavourOf(token) === 'instagram') return impossible('instagram');
  return stored?.kind === 'page' || stored?.kind === 'system_user'
    ? impossible(stored.kind)
    : revokePerson(app, token, stored?.kind, signal);
}

async function revokePerson(
  app: App,
  token: string,
  kind: TokenKind | undefined,
  signal: AbortSignal,
): Promise<Revocation> {
  try {
    await loginOf(app).revoke(token, signal);
    return { outcome: 'revoked' };
  } catch (error) {
    if (error instanceof TokenExpiredError) return { outcome: 'dead' };
    // The kind is unknown: `me` of a Page token has no permissions.
    const isNoPerson = kind === undefined && error instanceof InstagramApiError && error.code === 100;
    if (isNoPerson) return impossible('page');
    throw error;
  }
}

const WHY: Readonly<Record<TokenKind, string>> = {
  instagram: 'A token of Instagram Login cannot be revoked by a program',
  user: 'It can no longer be revoked by a program',
  page: 'A Page token cannot be revoked without the user token behind it',
  system_user: 'The token of a system user cannot be revoked by a program',
};

const impossible = (kind: TokenKind): Revocation => ({ outcome: 'impossible', why: WHY[kind], page: pageFor(kind) });

/** Where the owner revokes a token of this kind; of any kind if it is unknown. */
export function pageFor(kind: TokenKind | undefined): string {
  if (kind === 'instagram') return OWNERS_PAGE.instagram;
  if (kind === 'system_user') return OWNERS_PAGE.business;
  if (kind) return OWNERS_PAGE.facebook;
  return `${OWNERS_PAGE.facebook}; for a token of Instagram Login at ${OWNERS_PAGE.instagram}`;
}

/** Those of the accounts whose Facebook Login token is rejected now; leaves out those that cannot be checked. */
export async function refusedNow(app: App, accounts: readonly Account[], signal: AbortSignal): Promise<Account[]> {
  const refused = await Promise.all(
    accounts.map(async (account) => {
      const stored = await app.tokens.info(account);
      if (!stored || stored.isExpired || stored.kind === 'instagram') return false;
      try {
        const token = await app.tokens.valueFor(account);
        if (flavourOf(token) === 'facebook') await askWithToken(app, { account, token }, signal);
        return false;
      } catch (error) {
        return error instanceof TokenExpiredError;
      }
    }),
  );
  signal.throwIfAborted();
  return accounts.filter((_, index) => refused[index]);
}
