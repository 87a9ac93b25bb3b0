import type { Account } from '../../accounts/accounts.ts';
import type { NewToken } from '../../accounts/tokens.ts';
import { InstagramApiError, TokenExpiredError, UsageError } from '../../errors.ts';
import type { GrantedToken, InspectedToken } from '../../instagram/auth/login.ts';
import {
  type FirstPage,
  type ReachableAccount,
  reachableAccounts,
  readFirstPage,
} from '../../instagram/auth/reachable-accounts.ts';
import { type Flavour, flavourOf } from '../../instagram/graph/client.ts';
import type { App } from '../open.ts';
import { callsOf, endOf, loginOf } from '../tokens/current.ts';

export { type Flavour, flavourOf } from '../../instagram/graph/client.ts';

/** A token from a consent or pasted by the user, exchanged for the one that lives longest. */
export interface HeldToken extends NewToken {
  readonly flavour: Flavour;
  /** What the user should know about it, in sentences. */
  readonly remarks: readonly string[];
}

/** An account that a token reaches, with the token that lives longest for it. */
export interface AccountWithToken {
  readonly account: ReachableAccount;
  readonly token: NewToken;
  /** The user token, if the account has a Page token. */
  readonly source: NewToken | undefined;
}

/** An account that was stored, and the first page of its feed. */
export interface Connected extends AccountWithToken {
  readonly stored: Account;
  readonly firstPage: FirstPage;
}

interface TokenInput {
  value: string;
  /** Meta's answer when it issued the token; undefined for a pasted one. */
  granted?: GrantedToken | undefined;
  /** Days until a pasted token expires, if Meta does not say; 0: never. */
  expiresInDays: number;
}

const DAY = 24 * 60 * 60 * 1000;
/** Meta's codes for a token that is already long-lived and cannot be exchanged: undocumented, reported by clients. */
const LONG_ALREADY = [452, 100];

/**
 * Finds out what a token is, and exchanges a short-lived one for a long-lived one if the app's secret is set.
 *
 * @throws {TokenExpiredError} {@link UsageError} for a token of another app. {@link InstagramApiError}
 */
export async function holdToken(app: App, given: TokenInput, signal: AbortSignal): Promise<HeldToken> {
  return flavourOf(given.value) === 'instagram'
    ? holdInstagramToken(app, given, signal)
    : holdFacebookToken(app, given, signal);
}

async function holdInstagramToken(app: App, given: TokenInput, signal: AbortSignal): Promise<HeldToken> {
  const { instagram } = app.config.signIn.apps;
  const known = {
    flavour: 'instagram',
    kind: 'instagram',
    scopes: given.granted?.scopes,
    appId: instagram?.id,
  } as const;
  const asGiven = (remarks: readonly string[]): HeldToken => ({
    ...known,
    value: given.value,
    expiresAt: endOf(app, given.granted ? (given.granted.seconds ?? HOUR) : givenSeconds(given)),
    remarks,
  });
  if (!instagram?.secret) {
    const until = given.granted
      ? ['This token expires in one hour. Set INSTAGRAM_APP_SECRET and sign in again to get one for 60 days.']
      : [];
    return asGiven(until);
  }
  try {
    const long = await loginOf(app).lengthen(
      'instagram',
      given.value,
      { ...instagram, secret: instagram.secret },
      signal,
    );
    return { ...known, value: long.value, expiresAt: endOf(app, long.seconds), remarks: [] };
  } catch (error) {
    const isLong = error instanceof InstagramApiError && LONG_ALREADY.includes(error.code ?? 0) && !given.granted;
    if (!isLong) throw error;
    return asGiven([]);
  }
}

const HOUR = 3600;

async function holdFacebookToken(app: App, given: TokenInput, signal: AbortSignal): Promise<HeldToken> {
  const { facebook } = app.config.signIn.apps;
  const login = loginOf(app);
  const inspected = await inspect(app, given.value, signal);
  if (inspected && !inspected.isValid) {
    throw new TokenExpiredError('Facebook says that this token is no longer valid', {
      hint: 'Create a new one, or sign in: storyline-cli instagram-auth',
    });
  }
  if (inspected?.appId && facebook && inspected.appId !== facebook.id) throw otherApp(inspected.appId, facebook.id);
  const kind = inspected?.kind;
  const facts = {
    flavour: 'facebook',
    kind,
    appId: inspected?.appId,
    pageId: inspected?.pageId,
    scopes: inspected?.scopes,
    dataAccessExpiresAt: inspected?.dataAccessExpiresAt,
  } as const;
  const end = inspected ? inspected.expiresAt : endOf(app, given.granted?.seconds ?? givenSeconds(given));
  const asGiven = (remarks: readonly string[]): HeldToken => ({
    ...facts,
    value: given.value,
    expiresAt: end,
    remarks,
  });
  if (kind === 'page' || kind === 'system_user' || end === undefined) return asGiven([]);
  if (!facebook?.secret) {
    // A Page token from a long-lived user token does not expire.
    if (end.getTime() - app.outside.metaClock.now().getTime() > 2 * DAY) return asGiven([]);
    return asGiven([
      `This token expires on ${end.toISOString().slice(0, 16).replace('T', ' ')} UTC. Set FACEBOOK_APP_ID and FACEBOOK_APP_SECRET and sign in again to get one that is valid longer.`,
    ]);
  }
  const long = await login.lengthen('facebook', given.value, { ...facebook, secret: facebook.secret }, signal);
  const again = await inspect(app, long.value, signal);
  return {
    ...facts,
    kind: kind ?? 'user',
    dataAccessExpiresAt: again?.dataAccessExpiresAt ?? facts.dataAccessExpiresAt,
    value: long.value,
    expiresAt: endOf(app, long.seconds),
    remarks: [],
  };
}

/** Undefined for a token that may not ask about itself. @throws {InstagramApiError} for a token that does not work. */
async function inspect(app: App, token: string, signal: AbortSignal): Promise<InspectedToken | undefined> {
  try {
    return await loginOf(app).inspect(token, app.config.signIn.apps.facebook, signal);
  } catch (error) {
    if (error instanceof TokenExpiredError || !(error instanceof InstagramApiError)) throw error;
    if (/did not match the viewing app/i.test(error.message))
      throw otherApp('another app', app.config.signIn.apps.facebook?.id);
    if (error.isTransient || /client secret|access token signature|validating application/i.test(error.message))
      throw error;
    return undefined;
  }
}

const otherApp = (theirs: string, ours: string | undefined) =>
  new UsageError(
    `The token was created for ${theirs === 'another app' ? theirs : `the app ${theirs}`}, but FACEBOOK_APP_ID is ${ours ?? 'not set'}`,
    {
      hint: 'Create it with your own app (in the Graph API Explorer, choose the app on the right), or set FACEBOOK_APP_ID to the other app.',
    },
  );

const givenSeconds = ({ expiresInDays }: TokenInput): number | undefined =>
  expiresInDays === 0 ? undefined : (expiresInDays * DAY) / 1000;

/**
 * The accounts that a token reaches, each with the token that lives longest for it: a Page token does not expire if it
 * comes from a long-lived user token.
 */
export async function findAccounts(app: App, held: HeldToken, signal: AbortSignal): Promise<AccountWithToken[]> {
  const accounts = await reachableAccounts(held, callsOf(app), signal);
  const isPerson = held.flavour === 'facebook' && (held.kind === 'user' || held.kind === undefined);
  const isLong = held.expiresAt === undefined || held.expiresAt.getTime() - app.outside.metaClock.now().getTime() > DAY;
  return accounts.map((account): AccountWithToken => {
    if (!isPerson || !account.page?.token) return { account, token: held, source: undefined };
    const token: NewToken = {
      ...held,
      kind: 'page',
      pageId: account.page.id,
      value: account.page.token,
      expiresAt: isLong ? undefined : held.expiresAt,
    };
    return { account, token, source: held };
  });
}

/**
 * Stores accounts with their tokens, after every token has read the first page of its account's feed: all are stored, or
 * none.
 *
 * @throws {InstagramApiError} if a token does not work.
 */
export async function storeAccounts(
  app: App,
  found: readonly AccountWithToken[],
  displayName: string | undefined,
  signal: AbortSignal,
): Promise<Connected[]> {
  const tested = await Promise.all(found.map(async (one) => ({ ...one, firstPage: await test(app, one, signal) })));
  const connected: Connected[] = [];
  for (const one of tested) connected.push({ ...one, stored: await storeAccount(app, one, displayName) });
  return connected;
}

async function test(app: App, { account, token }: AccountWithToken, signal: AbortSignal): Promise<FirstPage> {
  const flavour = flavourOf(token.value);
  return readFirstPage({ flavour, value: token.value }, account.instagramId, callsOf(app), signal);
}

/** An account that is already in the library keeps its display name, unless another is given. */
async function storeAccount(
  app: App,
  { account, token, source }: AccountWithToken,
  displayName: string | undefined,
): Promise<Account> {
  const known = (await app.accounts.list({ all: true })).find(({ instagramId }) => instagramId === account.instagramId);
  const stored = await app.accounts.add({
    displayName: displayName ?? known?.displayName ?? account.username,
    instagramId: account.instagramId,
    username: account.username,
  });
  await app.tokens.store(stored, token, source);
  return stored;
}
