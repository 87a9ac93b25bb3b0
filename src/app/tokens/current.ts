import { type Account, nameOf } from '../../accounts/accounts.ts';
import { SIGN_IN } from '../../accounts/hints.ts';
import { refusalIn } from '../../accounts/refusals.ts';
import type { TokenInfo } from '../../accounts/tokens.ts';
import { StorylineError, UsageError } from '../../errors.ts';
import { createLogin, type Login } from '../../instagram/auth/login.ts';
import { reachableAccounts } from '../../instagram/auth/reachable-accounts.ts';
import { type Flavour, flavourOf } from '../../instagram/graph/client.ts';
import type { App } from '../open.ts';

const DAY = 24 * 60 * 60 * 1000;
/** Tokens that expire within this many milliseconds are renewed before use. */
export const REFRESH_WITHIN = 7 * DAY;
/** Instagram does not refresh younger tokens. */
const OLD_ENOUGH = DAY;

/** Meta's login endpoints, with this program's settings. */
export const loginOf = ({ config, outside }: App): Login =>
  createLogin({ ...config, ...outside, timeout: config.networkTimeout });

/** Settings for calls with any token. */
export const callsOf = ({ config, outside }: App) => ({ ...config.graph, ...outside, timeout: config.networkTimeout });

/**
 * The account's token, renewed first if it expires soon: a token of Instagram Login by a refresh; for Facebook Login the
 * user token by an exchange, and the Page token from it. If that fails, warns and returns the old one. A token whose
 * stored expiry has passed is still returned: that date may be a guess, and Meta decides.
 *
 * @throws the errors of `Tokens.valueFor`.
 */
export async function currentToken(app: App, account: Account, signal: AbortSignal): Promise<string> {
  const { tokens, outside } = app;
  const token = await tokens.valueFor(account);
  const access = await tokens.info(account);
  const source = await tokens.info(account, 'source');
  const name = nameOf(account);
  await learnTime(app, flavourOf(token), [access, source], signal);
  const now = outside.metaClock.now();
  const isNear = (end: Date | undefined) => isNearAt(now, end);

  const readable = access?.dataAccessExpiresAt ?? source?.dataAccessExpiresAt;
  if (isNear(readable)) {
    outside.log.warn(`Facebook allows reading ${name} until ${dayOf(readable)}. Sign in again before then: ${SIGN_IN}`);
  }
  const ending = isNear(access?.expiresAt) ? access : isNear(source?.expiresAt) ? source : undefined;
  const isInstagram = flavourOf(token) === 'instagram';
  const isTooYoung =
    isInstagram && ending && now.getTime() - (ending.lastRefreshedAt ?? ending.issuedAt).getTime() < OLD_ENOUGH;
  if (!ending || isTooYoung) return token;
  try {
    return isInstagram
      ? await refreshed(app, { account, token, info: ending }, signal)
      : await exchanged(app, { account, token, source }, signal);
  } catch (error) {
    if (!(error instanceof StorylineError) || signal.aborted) throw error;
    const refused = ending === access ? refusalIn(error) : undefined;
    if (refused) await app.refusals.note(account, refused);
    const text = `the token for ${name} could not be renewed: ${error.message}`;
    // A Page token keeps working without the user token behind it.
    if (ending !== access) outside.log.debug(text);
    else if (access.expiresAt && access.expiresAt <= now) {
      outside.log.warn(
        `${text}. Its stored expiry is ${dayOf(access.expiresAt)}; trying it anyway. To sign in again: ${SIGN_IN}`,
      );
    } else outside.log.warn(`${text}. It expires on ${dayOf(access.expiresAt)}. Sign in again: ${SIGN_IN}`);
    return token;
  }
}

const isNearAt = (now: Date, end: Date | undefined) =>
  end !== undefined && end.getTime() - now.getTime() < REFRESH_WITHIN;

/**
 * Asks Meta for the time if a decision would otherwise depend on this machine's clock: a token seems to expire soon or to
 * be expired, or was stored in the future. The call has no token.
 */
export async function learnTime(
  app: App,
  flavour: Flavour,
  tokens: readonly (TokenInfo | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  const { metaClock } = app.outside;
  const now = metaClock.now();
  const isDoubtful = tokens.some(
    (info) =>
      info &&
      ([info.expiresAt, info.dataAccessExpiresAt].some((end) => isNearAt(now, end)) ||
        [info.issuedAt, info.lastRefreshedAt].some((moment) => moment && moment.getTime() > now.getTime() + DAY)),
  );
  if (!isDoubtful || metaClock.isKnown()) return;
  await loginOf(app).askTime(flavour, signal);
}

interface AccountToken {
  account: Account;
  token: string;
}

async function refreshed(app: App, { account, token, info }: AccountToken & { info: TokenInfo }, signal: AbortSignal) {
  const { value, seconds } = await loginOf(app).refresh(token, signal);
  await app.tokens.refreshed(account, { ...info, value, expiresAt: endOf(app, seconds) });
  return value;
}

/** Facebook Login has no refresh: a long-lived token is exchanged, and the new one may expire no later. */
async function exchanged(
  app: App,
  { account, token, source }: AccountToken & { source: TokenInfo | undefined },
  signal: AbortSignal,
): Promise<string> {
  const { tokens, config } = app;
  const { facebook } = config.signIn.apps;
  if (!facebook?.secret) {
    throw new UsageError('FACEBOOK_APP_ID and FACEBOOK_APP_SECRET are required and not set');
  }
  const person = source ? await tokens.sourceFor(account) : token;
  if (person === undefined) throw new UsageError('the user token behind it has expired');
  const fresh = await loginOf(app).lengthen('facebook', person, { ...facebook, secret: facebook.secret }, signal);
  const info = await tokens.info(account, source ? 'source' : 'access');
  const expiresAt = endOf(app, fresh.seconds);
  const isLonger = !expiresAt || !info?.expiresAt || expiresAt.getTime() - info.expiresAt.getTime() > DAY;
  if (!isLonger) throw new UsageError('Facebook does not extend it');
  await tokens.refreshed(account, { ...info, value: fresh.value, expiresAt }, source ? 'source' : 'access');
  if (!source) return fresh.value;

  const accounts = await reachableAccounts({ flavour: 'facebook', value: fresh.value }, callsOf(app), signal);
  const page = accounts.find(({ instagramId }) => instagramId === account.instagramId)?.page;
  if (!page?.token) throw new UsageError('its Page no longer provides a token');
  await tokens.refreshed(account, { ...(await tokens.info(account)), value: page.token, expiresAt: undefined });
  return page.token;
}

/** Seconds: a hundred years. A longer lifetime means that a token does not expire. */
const LONGEST_LIFE = 100 * 365 * 24 * 3600;

/** When a token with this lifetime in seconds expires, by Meta's clock; undefined if never. */
export const endOf = ({ outside }: App, seconds: number | undefined): Date | undefined =>
  seconds !== undefined && seconds > 0 && seconds < LONGEST_LIFE
    ? new Date(outside.metaClock.now().getTime() + seconds * 1000)
    : undefined;

const dayOf = (moment: Date | undefined): string => moment?.toISOString().slice(0, 10) ?? 'an unknown day';
