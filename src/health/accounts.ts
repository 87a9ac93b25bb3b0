import { type Account, nameOf } from '../accounts/accounts.ts';
import { ADD_ACCOUNT_HINT, SIGN_IN } from '../accounts/hints.ts';
import type { App } from '../app.ts';
import { learnTime, REFRESH_WITHIN } from '../current-token.ts';
import { type Flavour, flavourOf } from '../instagram/graph.ts';
import { broken, type Check, failed, ok, warning } from './check.ts';

/** What was found of the accounts, and which hosts their tokens are used at. */
export interface AccountsFound {
  readonly checks: readonly Check[];
  readonly flavours: ReadonlySet<Flavour>;
}

/**
 * Every active account has a token that can be read and lives on. Nothing is asked of Instagram but the time, and that
 * only with a `signal` and where an end hangs on it.
 */
export async function accountChecks(app: App, signal?: AbortSignal): Promise<AccountsFound> {
  const accounts = await app.accounts.list();
  if (accounts.length === 0) {
    return { checks: [warning('Accounts', 'none', ADD_ACCOUNT_HINT)], flavours: new Set() };
  }
  const found = await Promise.all(accounts.map((account) => accountCheck(app, account, signal)));
  return {
    checks: found.map(({ check }) => check),
    flavours: new Set(found.flatMap(({ flavour }) => flavour ?? [])),
  };
}

/** Whether an account's token can be read and lives on, and whose it is; as {@link accountChecks}. */
export async function accountCheck(
  app: App,
  account: Account,
  signal?: AbortSignal,
): Promise<{ check: Check; flavour: Flavour | undefined }> {
  const name = `Account ${nameOf(account)}`;
  try {
    const flavour = flavourOf(await app.tokens.valueFor(account));
    const ends = [await app.tokens.info(account), await app.tokens.info(account, 'source')];
    if (signal) await learnTime(app, flavour, ends, signal);
    return { check: await endCheck(app, account, name), flavour };
  } catch (error) {
    return { check: failed(name, error), flavour: undefined };
  }
}

const RENEW = `Sign in before that day with: ${SIGN_IN}`;

async function endCheck({ tokens, outside }: App, account: Account, name: string): Promise<Check> {
  const [token, source] = await Promise.all([tokens.info(account), tokens.info(account, 'source')]);
  const now = outside.metaClock.now();
  const isNear = (end: Date | undefined) => end !== undefined && end.getTime() - now.getTime() < REFRESH_WITHIN;
  const readable = token?.dataAccessExpiresAt ?? source?.dataAccessExpiresAt;
  if (readable && readable <= now) {
    return broken(name, `Facebook lets its data be read no more since ${day(readable)}`, `Sign in with: ${SIGN_IN}`);
  }
  if (token?.expiresAt && token.expiresAt <= now) {
    const finding = `its token expired on ${day(token.expiresAt)}`;
    // Where nobody knows what kind of token it is, its end is a guess: that of whoever pasted it.
    return token.kind
      ? broken(name, finding, `Sign in with: ${SIGN_IN}`)
      : warning(name, `${finding}, by what is stored`, `Runs try it all the same. To sign in: ${SIGN_IN}`);
  }
  if (isNear(readable)) return warning(name, `Facebook lets its data be read until ${day(readable)}`, RENEW);
  if (isNear(token?.expiresAt)) return warning(name, `its token ends on ${day(token?.expiresAt)}`, RENEW);
  if (isNear(source?.expiresAt)) {
    return warning(name, `the person's token behind its Page's ends on ${day(source?.expiresAt)}`, RENEW);
  }
  return ok(name, token?.expiresAt ? `its token ends on ${day(token.expiresAt)}` : 'its token does not expire');
}

const day = (moment: Date | undefined): string => moment?.toISOString().slice(0, 10) ?? 'an unknown day';
