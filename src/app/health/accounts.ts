import { type Account, nameOf } from '../../accounts/accounts.ts';
import { ADD_ACCOUNT_HINT, SIGN_IN } from '../../accounts/hints.ts';
import { describeRefusal, explainRefusal } from '../../accounts/refusals.ts';
import { InstagramApiError, RateLimitError, StorylineError } from '../../errors.ts';
import { type Flavour, flavourOf } from '../../instagram/graph/client.ts';
import { linkSignals } from '../../lib/link-signals.ts';
import { createSlots } from '../../lib/slots.ts';
import type { App } from '../open.ts';
import { askWithToken } from '../tokens/answers.ts';
import { REFRESH_WITHIN } from '../tokens/current.ts';
import { broken, type Check, failed, ok, warning } from './check.ts';

/** What was found of the accounts, and which hosts their tokens are used at. */
export interface AccountsFound {
  readonly checks: readonly Check[];
  readonly flavours: ReadonlySet<Flavour>;
}

interface AskOptions {
  /** Instagram is asked with each token of these kinds; absent: nothing is asked. */
  readonly ask?: { readonly flavours: ReadonlySet<Flavour>; readonly signal: AbortSignal } | undefined;
}

/** Accounts asked about at once, and the time for one and for all of them together, in milliseconds. */
const ASKED_AT_ONCE = 8;
const TIME_FOR_ONE = 8_000;
const TIME_FOR_ALL = 20_000;

/**
 * Every active account has a token that can be read, lives on, and was not refused by Instagram, as far as is known or,
 * where it is asked, now.
 */
export async function accountChecks(app: App, { ask }: AskOptions = {}): Promise<AccountsFound> {
  const accounts = await app.accounts.list();
  if (accounts.length === 0) {
    return { checks: [warning('Accounts', 'none', ADD_ACCOUNT_HINT)], flavours: new Set() };
  }
  const found = await Promise.all(accounts.map((account) => accountCheck(app, account)));
  const flavours = new Set(found.flatMap(({ flavour }) => flavour ?? []));
  if (!ask) return { checks: found.map(({ check }) => check), flavours };

  const slots = createSlots(() => ASKED_AT_ONCE);
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

/** What is known of an account that Instagram could not be asked about. */
const unasked = (check: Check): Check =>
  check.state === 'ok' ? warning(check.name, `${check.finding}; Instagram could not be asked about it`, AGAIN) : check;

/** The accounts that are not well, by what is known of them. */
export async function accountProblems(app: App): Promise<Check[]> {
  const { checks } = await accountChecks(app);
  return checks.filter(({ state }) => state !== 'ok');
}

interface AccountFound {
  readonly check: Check;
  readonly flavour: Flavour | undefined;
}

/**
 * Whether an account's token can be read, lives on, and was not refused when it was last used; and whose it is. Nothing
 * is asked of Instagram.
 */
export async function accountCheck(app: App, account: Account): Promise<AccountFound> {
  const name = `Account ${nameOf(account)}`;
  try {
    const flavour = flavourOf(await app.tokens.valueFor(account));
    const refusal = await app.refusals.of(account);
    const check = refusal
      ? broken(name, describeRefusal(refusal), explainRefusal(refusal))
      : await endCheck(app, account, name);
    return { check, flavour };
  } catch (error) {
    return { check: failed(name, error), flavour: undefined };
  }
}

/** The same, after Instagram was asked. */
async function askedCheck(app: App, account: Account, signal: AbortSignal): Promise<Check> {
  const name = `Account ${nameOf(account)}`;
  let problem: StorylineError | undefined;
  try {
    const token = await app.tokens.valueFor(account);
    const { instagramId } = await askWithToken(app, { account, token }, signal);
    if (instagramId !== account.instagramId) {
      return broken(name, `its token belongs to the account ${instagramId}`, `Sign in with: ${SIGN_IN}`);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof StorylineError)) throw error;
    problem = error;
  }
  const { check } = await accountCheck(app, account);
  if (!problem || check.state === 'broken') return check;
  // A rate limit or an outage says nothing of the token.
  const passes = problem instanceof RateLimitError || (problem instanceof InstagramApiError && problem.isTransient);
  return (passes ? warning : broken)(name, `could not be asked: ${problem.message}`, problem.hint ?? AGAIN);
}

const AGAIN = 'Try again in a few minutes.';
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
    // If the kind of token is not known, its end is a guess by the person who pasted it.
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
