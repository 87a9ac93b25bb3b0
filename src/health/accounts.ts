import { type Account, nameOf } from '../accounts/accounts.ts';
import { ADD_ACCOUNT_HINT, SIGN_IN } from '../accounts/hints.ts';
import type { App } from '../app.ts';
import { REFRESH_WITHIN } from '../current-token.ts';
import { type Flavour, flavourOf } from '../instagram/graph.ts';
import { broken, type Check, failed, ok, warning } from './check.ts';

/** What was found of the accounts, and which hosts their tokens are used at. */
export interface AccountsFound {
  readonly checks: readonly Check[];
  readonly flavours: ReadonlySet<Flavour>;
}

/** Every active account has a token that can be read and lives on. Nothing is asked of Instagram. */
export async function accountChecks(app: App): Promise<AccountsFound> {
  const accounts = await app.accounts.list();
  if (accounts.length === 0) {
    return { checks: [warning('Accounts', 'none', ADD_ACCOUNT_HINT)], flavours: new Set() };
  }
  const found = await Promise.all(accounts.map((account) => accountCheck(app, account)));
  return {
    checks: found.map(({ check }) => check),
    flavours: new Set(found.flatMap(({ flavour }) => flavour ?? [])),
  };
}

/** Whether an account's token can be read and lives on, and whose it is. Nothing is asked of Instagram. */
export async function accountCheck(
  app: App,
  account: Account,
): Promise<{ check: Check; flavour: Flavour | undefined }> {
  const name = `Account ${nameOf(account)}`;
  try {
    const flavour = flavourOf(await app.tokens.valueFor(account));
    return { check: await endCheck(app, account, name), flavour };
  } catch (error) {
    return { check: failed(name, error), flavour: undefined };
  }
}

const RENEW = `Sign in before that day with: ${SIGN_IN}`;

async function endCheck({ tokens, outside }: App, account: Account, name: string): Promise<Check> {
  const [token, source] = await Promise.all([tokens.info(account), tokens.info(account, 'source')]);
  const now = outside.now();
  const isNear = (end: Date | undefined) => end !== undefined && end.getTime() - now.getTime() < REFRESH_WITHIN;
  const readable = token?.dataAccessExpiresAt ?? source?.dataAccessExpiresAt;
  if (readable && readable <= now) {
    return broken(name, `Facebook lets its data be read no more since ${day(readable)}`, `Sign in with: ${SIGN_IN}`);
  }
  if (isNear(readable)) return warning(name, `Facebook lets its data be read until ${day(readable)}`, RENEW);
  if (isNear(token?.expiresAt)) return warning(name, `its token ends on ${day(token?.expiresAt)}`, RENEW);
  if (isNear(source?.expiresAt)) {
    return warning(name, `the person's token behind its Page's ends on ${day(source?.expiresAt)}`, RENEW);
  }
  return ok(name, token?.expiresAt ? `its token ends on ${day(token.expiresAt)}` : 'its token does not expire');
}

const day = (moment: Date | undefined): string => moment?.toISOString().slice(0, 10) ?? 'an unknown day';
