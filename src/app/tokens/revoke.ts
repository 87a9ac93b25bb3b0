import type { Account } from '../../accounts/accounts.ts';
import type { TokenKind } from '../../accounts/tokens.ts';
import { InstagramApiError, TokenExpiredError } from '../../errors.ts';
import { flavourOf } from '../../instagram/graph/client.ts';
import type { App } from '../open.ts';
import { askWithToken } from './answers.ts';
import { learnTime, loginOf } from './current.ts';

/** Where an owner takes an app's permissions back. */
const OWNERS_PAGE = {
  instagram: 'instagram.com → Settings → Apps and websites (https://www.instagram.com/accounts/manage_access)',
  facebook: 'facebook.com → Settings → Business integrations',
  business: 'the settings of the business at business.facebook.com → Users → System users',
} as const;

/**
 * What came of asking Meta to take a token back: it did; the token was dead already; or no program can, and the owner
 * does it at `page`.
 */
export type Revocation =
  | { readonly outcome: 'revoked' | 'dead' }
  | { readonly outcome: 'impossible'; readonly why: string; readonly page: string };

/**
 * Has Meta take back an account's token. With Facebook Login all that the person granted the app goes, and every token of
 * theirs with it. Nothing is forgotten here.
 *
 * @throws {LostKeyError} where the token cannot be read. @throws {InstagramApiError} where Meta cannot be asked.
 */
export async function revokeAtMeta(app: App, account: Account, signal: AbortSignal): Promise<Revocation> {
  const { tokens } = app;
  const told = await tokens.info(account);
  const flavour = told?.kind === 'instagram' ? 'instagram' : 'facebook';
  await learnTime(app, flavour, [told, await tokens.info(account, 'source')], signal);
  const stored = await tokens.info(account);
  const person = await tokens.sourceFor(account);
  if (person) return revokePerson(app, person, stored?.kind, signal);
  if (stored?.isExpired) return { outcome: 'impossible', why: 'It is over already', page: pageFor(stored.kind) };
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
    // Nobody noted whose token it is: `me` of a Page's has no permissions.
    const isNoPerson = kind === undefined && error instanceof InstagramApiError && error.code === 100;
    if (isNoPerson) return impossible('page');
    throw error;
  }
}

const WHY: Readonly<Record<TokenKind, string>> = {
  instagram: 'Instagram lets no program take back a token of Instagram Login',
  user: 'Facebook lets no program take it back any more',
  page: "Facebook lets no program take back a Page's token without the person's behind it",
  system_user: "Facebook lets no program take back a system user's token",
};

const impossible = (kind: TokenKind): Revocation => ({ outcome: 'impossible', why: WHY[kind], page: pageFor(kind) });

/** Where the owner takes back a token of this kind; of any kind where nobody noted it. */
export function pageFor(kind: TokenKind | undefined): string {
  if (kind === 'instagram') return OWNERS_PAGE.instagram;
  if (kind === 'system_user') return OWNERS_PAGE.business;
  if (kind) return OWNERS_PAGE.facebook;
  return `${OWNERS_PAGE.facebook}; for a token of Instagram Login at ${OWNERS_PAGE.instagram}`;
}

/** Of these accounts those whose token of Facebook Login is refused now; who cannot be asked is left out. */
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
