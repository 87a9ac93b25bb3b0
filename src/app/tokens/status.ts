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

/** The state of an account's connection to Instagram. */
export interface TokenStatus {
  readonly account: Account;
  /** Undefined if the token cannot be decrypted and its kind was not stored. */
  readonly flavour: Flavour | undefined;
  readonly kind: TokenKind | undefined;
  /** Undefined if no token is stored. */
  readonly stored: TokenInfo | undefined;
  /** The user token that a Page token came from. */
  readonly source: TokenInfo | undefined;
  readonly issuedAt: Date | undefined;
  /** The earlier of what is stored and what Facebook says; undefined if the token does not expire. */
  readonly expiresAt: Date | undefined;
  readonly dataAccessExpiresAt: Date | undefined;
  /** The granted permissions, and who reported them; undefined if unknown. */
  readonly permissions: { readonly names: readonly string[]; readonly from: 'Facebook' | 'sign-in' } | undefined;
  /** Permissions that this program requests and that were not granted. */
  readonly missing: readonly string[];
  /** How long such a token is valid and how it is renewed, in words. */
  readonly rule: string | undefined;
  /** What Instagram says about the account; undefined if it refused. */
  readonly identity: Identity | undefined;
  /** Why the token does not work; undefined if it does. */
  readonly problem: { readonly message: string; readonly hint: string | undefined } | undefined;
}

/**
 * Asks the database, Facebook and Instagram about an account's token. Stores only whether Instagram accepted it.
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

interface StoredValue {
  account: Account;
  token: string;
  stored: TokenInfo | undefined;
}

/** What Facebook says about a token: a Page token cannot ask about itself and needs the app's secret. */
async function askFacebook(app: App, { account, token, stored }: StoredValue, signal: AbortSignal) {
  const login = loginOf(app);
  const inspect = (viewer: typeof app.config.signIn.apps.facebook) => login.inspect(token, viewer, signal);
  const { facebook } = app.config.signIn.apps;
  // A token of another app than the configured one can only ask about itself.
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
  if (flavour === 'instagram') return `renewed automatically in its last ${LAST_DAYS} days, when a command uses it`;
  if (kind === 'system_user') return 'valid until it is revoked in the settings of the business';
  const isSetUp = config.signIn.apps.facebook?.secret !== undefined;
  if (kind === 'page' || !expiresAt) {
    const renewal = source && isSetUp ? '; renewed with the user token behind it' : '';
    return `valid until the password changes, the role on the Page is lost or the app is removed${renewal}`;
  }
  return isSetUp
    ? `exchanged automatically for a new one in its last ${LAST_DAYS} days, if Facebook gives that a longer lifetime`
    : 'expires and cannot be renewed automatically: set FACEBOOK_APP_ID and FACEBOOK_APP_SECRET to allow it';
}
