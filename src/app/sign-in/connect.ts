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

/** A token that the person has, by consent or by pasting it, made to live as long as it can. */
export interface HeldToken extends NewToken {
  readonly flavour: Flavour;
  /** What the user should know of it, in sentences. */
  readonly remarks: readonly string[];
}

/** An account that was found, with the token that lives longest for it. */
export interface Found {
  readonly account: ReachableAccount;
  readonly token: NewToken;
  /** The person's token, where the account's is its Page's. */
  readonly source: NewToken | undefined;
}

/** An account that is stored, and what its feed begins with. */
export interface Connected extends Found {
  readonly stored: Account;
  readonly firstPage: FirstPage;
}

interface Given {
  value: string;
  /** What Meta said when it gave the token; absent for a pasted one. */
  granted?: GrantedToken | undefined;
  /** In how many days a pasted token ends, where nobody else says; 0: never. */
  expiresInDays: number;
}

const DAY = 24 * 60 * 60 * 1000;
/** Codes of Meta's for a token that is long-lived already, and so cannot be exchanged: not documented, reported by clients. */
const LONG_ALREADY = [452, 100];

/**
 * Finds out what a token is, and exchanges a short-lived one for a long-lived one where the app's secret is set.
 *
 * @throws {TokenExpiredError} {@link UsageError} for a token of another app. {@link InstagramApiError}
 */
export async function holdToken(app: App, given: Given, signal: AbortSignal): Promise<HeldToken> {
  return flavourOf(given.value) === 'instagram'
    ? holdInstagramToken(app, given, signal)
    : holdFacebookToken(app, given, signal);
}

async function holdInstagramToken(app: App, given: Given, signal: AbortSignal): Promise<HeldToken> {
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
      ? ['It is a short-lived token of one hour: set INSTAGRAM_APP_SECRET to have it exchanged for one of 60 days.']
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

async function holdFacebookToken(app: App, given: Given, signal: AbortSignal): Promise<HeldToken> {
  const { facebook } = app.config.signIn.apps;
  const login = loginOf(app);
  const inspected = await inspect(app, given.value, signal);
  if (inspected && !inspected.isValid) {
    throw new TokenExpiredError('Facebook says that this token is not valid any more', {
      hint: 'Make a new one, or sign in with: storyline-cli instagram-auth',
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
    // A Page's token that comes from a long-lived one has no end.
    if (end.getTime() - app.outside.metaClock.now().getTime() > 2 * DAY) return asGiven([]);
    return asGiven([
      `It ends on ${end.toISOString().slice(0, 16).replace('T', ' ')} UTC: set FACEBOOK_APP_ID and FACEBOOK_APP_SECRET to have it exchanged for one that lives longer.`,
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

/** Not every token may ask what it is: then nobody knows. A bad one is an error. */
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
    `The token was made for ${theirs === 'another app' ? theirs : `the app ${theirs}`}, and FACEBOOK_APP_ID is ${ours ?? 'not set'}`,
    {
      hint: 'Make it with your own app (in the Graph API Explorer: choose the app at the right), or set FACEBOOK_APP_ID to the other one.',
    },
  );

const givenSeconds = ({ expiresInDays }: Given): number | undefined =>
  expiresInDays === 0 ? undefined : (expiresInDays * DAY) / 1000;

/**
 * The accounts that a token reaches, each with the token that lives longest for it: a Page's own does not expire where it
 * comes from a long-lived token of the person.
 */
export async function findAccounts(app: App, held: HeldToken, signal: AbortSignal): Promise<Found[]> {
  const accounts = await reachableAccounts(held, callsOf(app), signal);
  const isPerson = held.flavour === 'facebook' && (held.kind === 'user' || held.kind === undefined);
  const isLong = held.expiresAt === undefined || held.expiresAt.getTime() - app.outside.metaClock.now().getTime() > DAY;
  return accounts.map((account): Found => {
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

/** Proves that a token serves, by reading the first page of the account's feed. @throws {InstagramApiError} */
export async function prove(app: App, { account, token }: Found, signal: AbortSignal): Promise<FirstPage> {
  const flavour = flavourOf(token.value);
  return readFirstPage({ flavour, value: token.value }, account.instagramId, callsOf(app), signal);
}

/** Stores an account with its token; one that is known keeps its name, unless it is given another. */
export async function storeAccount(
  app: App,
  { account, token, source }: Found,
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
