import { type Account, nameOf } from '../../accounts/accounts.ts';
import { ADD_ACCOUNT_HINT, SIGN_IN, SIGN_IN_HINT } from '../../accounts/hints.ts';
import { describeRefusal, explainRefusal } from '../../accounts/refusals.ts';
import { InstagramApiError, RateLimitError, StorylineError } from '../../errors.ts';
import { type Flavour, flavourOf } from '../../instagram/graph/client.ts';
import { linkSignals } from '../../lib/link-signals.ts';
import { createSlots } from '../../lib/slots.ts';
import type { App } from '../open.ts';
import { askWithToken } from '../tokens/answers.ts';
import { REFRESH_WITHIN } from '../tokens/current.ts';
import { broken, type Check, failed, ok, warning } from './check.ts';

/** The result for the accounts, and which hosts their tokens are used with. */
export interface AccountsFound {
  readonly checks: readonly Check[];
  readonly flavours: ReadonlySet<Flavour>;
}

interface AskOptions {
  /** Instagram is asked with each token of these kinds; undefined: not asked at all. */
  readonly ask?: { readonly flavours: ReadonlySet<Flavour>; readonly signal: AbortSignal } | undefined;
}

/** Accounts that are asked about in parallel, and milliseconds for one and for all of them. */
const PARALLEL = 8;
const TIME_FOR_ONE = 8_000;
const TIME_FOR_ALL = 20_000;

/**
 * Checks that every active account has a token that can be decrypted, has not expired, and was not rejected by Instagram:
 * at its last use, or with `ask` now.
 */
export async function accountChecks(app: App, { ask }: AskOptions = {}): Promise<AccountsFound> {
  const accounts = await app.accounts.list();
  if (accounts.length === 0) {
    return { checks: [warning('Accounts', 'none', ADD_ACCOUNT_HINT)], flavours: new Set() };
  }
  const found = await Promise.all(accounts.map((account) => accountCheck(app, account)));
  const flavours = new Set(found.flatMap(({ flavour }) => flavour ?? []));
  if (!ask) return { checks: found.map(({ check }) => check), flavours };

  const slots = createSlots(() => PARALLEL);
  const all = linkSignals([ask.signal], { timeLimit: TIME_FOR_ALL });
  const asked = async (account: Account, { check, flavour }: AccountFound): Promise<Check> => {
    if (!flavour) return check;
    if (!ask.flavours.has(flavour)) return unasked(check);
    await slots.enter();
    const one = linkSignals([all.signal], { timeLimit: TIME_FOR_ONE });
    try {
      return await askedCheck(app, account, one.signal);
    } catch (error) {
      ask.signal.throwIfAborted();
      if (!one.signal.aborted) throw error;
      return unasked(check);
    } finally {
      one.dispose();
      slots.leave();
    }
  };
  try {
    const checks = await Promise.all(accounts.map((account, index) => asked(account, found[index] as AccountFound)));
    return { checks, flavours };
  } finally {
    all.dispose();
  }
}

/** The check of an account that Instagram could not be asked about. */
const unasked = (check: Check): Check =>
  check.state === 'ok' ? warning(check.name, `${check.finding}; Instagram could not be asked`, AGAIN) : check;

/** The accounts with problems, without asking Instagram. */
export async function accountProblems(app: App): Promise<Check[]> {
  const { checks } = await accountChecks(app);
  return checks.filter(({ state }) => state !== 'ok');
}

interface AccountFound {
  readonly check: Check;
  readonly flavour: Flavour | undefined;
}

/** Whether an account's token can be decrypted, has not expired, and was accepted at its last use. */
export async function accountCheck(app: App, account: Account): Promise<AccountFound> {
  const name = `Account ${nameOf(account)}`;
  try {
    const flavour = flavourOf(await app.tokens.valueFor(account));
    const refusal = await app.refusals.of(account);
    const check = refusal
      ? broken(name, describeRefusal(refusal), explainRefusal(refusal))
      : await expiryCheck(app, account, name);
    return { check, flavour };
  } catch (error) {
    return { check: failed(name, error), flavour: undefined };
  }
}

/** The same, after asking Instagram. */
async function askedCheck(app: App, account: Account, signal: AbortSignal): Promise<Check> {
  const name = `Account ${nameOf(account)}`;
  let problem: StorylineError | undefined;
  try {
    const token = await app.tokens.valueFor(account);
    const { instagramId } = await askWithToken(app, { account, token }, signal);
    if (instagramId !== account.instagramId) {
      return broken(name, `its token belongs to the account ${instagramId}`, SIGN_IN_HINT);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof StorylineError)) throw error;
    problem = error;
  }
  const { check } = await accountCheck(app, account);
  if (!problem || check.state === 'broken') return check;
  // A rate limit or an outage says nothing about the token.
  const passes = problem instanceof RateLimitError || (problem instanceof InstagramApiError && problem.isTransient);
  return (passes ? warning : broken)(name, `could not be checked: ${problem.message}`, problem.hint ?? AGAIN);
}

const AGAIN = 'Try again in a few minutes.';
const RENEW = `Sign in again before that day: ${SIGN_IN}`;

async function expiryCheck({ tokens, outside }: App, account: Account, name: string): Promise<Check> {
  const [token, source] = await Promise.all([tokens.info(account), tokens.info(account, 'source')]);
  const now = outside.metaClock.now();
  const isNear = (end: Date | undefined) => end !== undefined && end.getTime() - now.getTime() < REFRESH_WITHIN;
  const readable = token?.dataAccessExpiresAt ?? source?.dataAccessExpiresAt;
  if (readable && readable <= now) {
    return broken(name, `data access expired on ${day(readable)}`, SIGN_IN_HINT);
  }
  if (token?.expiresAt && token.expiresAt <= now) {
    const finding = `its token expired on ${day(token.expiresAt)}`;
    // If the kind of token is not known, its expiry is a guess by the person who pasted it.
    return token.kind
      ? broken(name, finding, SIGN_IN_HINT)
      : warning(name, `${finding}, according to what was entered`, `Runs still try it. To sign in again: ${SIGN_IN}`);
  }
  if (isNear(readable)) return warning(name, `data access expires on ${day(readable)}`, RENEW);
  if (isNear(token?.expiresAt)) return warning(name, `its token expires on ${day(token?.expiresAt)}`, RENEW);
  if (isNear(source?.expiresAt)) {
    return warning(name, `the user token behind its Page token expires on ${day(source?.expiresAt)}`, RENEW);
  }
  return ok(name, token?.expiresAt ? `its token expires on ${day(token.expiresAt)}` : 'its token does not expire');
}

const day = (moment: Date | undefined): string => moment?.toISOString().slice(0, 10) ?? 'an unknown day';
