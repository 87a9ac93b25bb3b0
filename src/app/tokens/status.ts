import { type Account, nameOf } from '../../accounts/accounts.ts';
import { SIGN_IN } from '../../accounts/hints.ts';
import type { TokenInfo, TokenKind } from '../../accounts/tokens.ts';
import { StorylineError } from '../../errors.ts';
import type { Identity } from '../../instagram/auth/identify.ts';
import { SCOPES } from '../../instagram/auth/login.ts';
import { type Flavour, flavourOf } from '../../instagram/graph/client.ts';
import type { App } from '../open.ts';
import { askWithToken } from './answers.ts';
import { loginOf, REFRESH_WITHIN } from './current.ts';

/** All that can be said of an account's connection to Instagram. */
export interface TokenStatus {
  readonly account: Account;
  /** Absent where the token cannot be read and nobody noted it. */
  readonly flavour: Flavour | undefined;
  readonly kind: TokenKind | undefined;
  /** Absent where no token is stored. */
  readonly stored: TokenInfo | undefined;
  /** The person's token behind a Page's. */
  readonly source: TokenInfo | undefined;
  readonly issuedAt: Date | undefined;
  /** The earlier of what is stored and what Facebook says; absent where the token does not expire. */
  readonly expiresAt: Date | undefined;
  readonly dataAccessExpiresAt: Date | undefined;
  /** What was granted, and who said so; absent where nobody did. */
  readonly permissions: { readonly names: readonly string[]; readonly from: 'Facebook' | 'sign-in' } | undefined;
  /** Permissions that this program asks for and that were not granted. */
  readonly missing: readonly string[];
  /** How long such a token lives and what keeps it alive, in words. */
  readonly rule: string | undefined;
  /** What Instagram says of the account; absent where it refused. */
  readonly identity: Identity | undefined;
  /** Why the token does not serve; absent where it does. */
  readonly problem: { readonly message: string; readonly hint: string | undefined } | undefined;
}

/**
 * Asks the library, Facebook and Instagram about an account's token. Only whether Instagram accepted it is remembered.
 */
export async function tokenStatus(app: App, account: Account, signal: AbortSignal): Promise<TokenStatus> {
  const [stored, source] = await Promise.all([app.tokens.info(account), app.tokens.info(account, 'source')]);
  const read = await attempt(() => app.tokens.valueFor(account));
  const token = read.value;
  const flavour = token ? flavourOf(token) : flavourOfKind(stored?.kind);
  const [facebook, asked] = token
    ? await Promise.all([
        flavour === 'facebook' ? askFacebook(app, { account, token, stored }, signal) : undefined,
        attempt(() => askWithToken(app, { account, token }, signal)),
      ])
    : [undefined, read];
  signal.throwIfAborted();

  const inspected = facebook?.inspected;
  const kind = flavour === 'instagram' ? 'instagram' : (inspected?.kind ?? stored?.kind);
  const permissions = facebook?.permissions
    ? ({ names: facebook.permissions, from: 'Facebook' } as const)
    : stored?.scopes && ({ names: stored.scopes, from: 'sign-in' } as const);
  const expiresAt = earlier(stored?.expiresAt, inspected?.expiresAt);
  const identity = token ? (asked.value as Identity | undefined) : undefined;
  return {
    account,
    flavour,
    kind,
    stored,
    source,
    issuedAt: inspected?.issuedAt ?? stored?.issuedAt,
    expiresAt,
    dataAccessExpiresAt: inspected?.dataAccessExpiresAt ?? stored?.dataAccessExpiresAt ?? source?.dataAccessExpiresAt,
    permissions,
    missing: permissions && flavour ? SCOPES[flavour].filter((scope) => !permissions.names.includes(scope)) : [],
    rule: stored && flavour && ruleOf(app, { flavour, kind, source, expiresAt }),
    identity,
    problem: problemOf(account, identity, asked.error),
  };
}

function problemOf(account: Account, identity: Identity | undefined, error: StorylineError | undefined) {
  if (error) return { message: error.message, hint: error.hint };
  if (!identity || identity.instagramId === account.instagramId) return undefined;
  return {
    message: `the token belongs to the account ${identity.instagramId}`,
    hint: `Sign in for ${nameOf(account)} with: ${SIGN_IN}`,
  };
}

interface Attempt<T> {
  readonly value?: T;
  readonly error: StorylineError | undefined;
}

async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work(), error: undefined };
  } catch (error) {
    if (!(error instanceof StorylineError)) throw error;
    return { error };
  }
}

interface Held {
  account: Account;
  token: string;
  stored: TokenInfo | undefined;
}

/** What a token is, as far as Facebook tells: a Page's token may not ask about itself, and needs the app's secret. */
async function askFacebook(app: App, { account, token, stored }: Held, signal: AbortSignal) {
  const login = loginOf(app);
  const inspect = (viewer: typeof app.config.signIn.apps.facebook) => login.inspect(token, viewer, signal);
  const { facebook } = app.config.signIn.apps;
  // A token of another app than the one that is set answers to its own name alone.
  let inspected = (await attempt(() => inspect(facebook))).value;
  if (!inspected && facebook?.secret) inspected = (await attempt(() => inspect(undefined))).value;
  if (inspected?.isValid) return { inspected, permissions: inspected.scopes };
  const person = stored?.kind === 'page' ? (await attempt(() => app.tokens.sourceFor(account))).value : token;
  const granted = person ? await attempt(() => login.permissions(person, signal)) : undefined;
  return { inspected: undefined, permissions: granted?.value };
}

const flavourOfKind = (kind: TokenKind | undefined): Flavour | undefined =>
  kind && (kind === 'instagram' ? 'instagram' : 'facebook');

const earlier = (one: Date | undefined, other: Date | undefined): Date | undefined =>
  one && other ? (one < other ? one : other) : (one ?? other);

const LAST_DAYS = REFRESH_WITHIN / (24 * 60 * 60 * 1000);

function ruleOf(
  { config }: App,
  {
    flavour,
    kind = 'user',
    source,
    expiresAt,
  }: Pick<TokenStatus, 'kind' | 'source' | 'expiresAt'> & { flavour: Flavour },
): string {
  if (flavour === 'instagram') return `refreshed by itself in its last ${LAST_DAYS} days, when a command uses it then`;
  if (kind === 'system_user') return 'lives until it is taken back in the settings of the business';
  const isSetUp = config.signIn.apps.facebook?.secret !== undefined;
  if (kind === 'page' || !expiresAt) {
    const anew = source && isSetUp ? "; had anew with the person's token behind it" : '';
    return `lives until the password changes, the role on the Page is lost or the app is removed${anew}`;
  }
  return isSetUp
    ? `exchanged for a new one by itself in its last ${LAST_DAYS} days, where Facebook gives that a longer life`
    : 'ends for good: a new one by itself takes FACEBOOK_APP_ID and FACEBOOK_APP_SECRET';
}
