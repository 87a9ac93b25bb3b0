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
/** What ends sooner than this, in milliseconds, is renewed before it is used. */
export const REFRESH_WITHIN = 7 * DAY;
/** Instagram refreshes no token that is younger. */
const OLD_ENOUGH = DAY;

/** Meta's side of signing in, with this program's settings. */
export const loginOf = ({ config, outside }: App): Login =>
  createLogin({ ...config, ...outside, timeout: config.networkTimeout });

/** Settings of calls in the name of any token. */
export const callsOf = ({ config, outside }: App) => ({ ...config.graph, ...outside, timeout: config.networkTimeout });

/**
 * The account's token, renewed first where its end is near: a token of Instagram Login by a refresh; for Facebook Login
 * the person's token by an exchange, and the Page's token from it. What fails leaves the old one in place, and warns. A
 * token whose stored end has passed is still given: that end may be a guess, and Meta decides.
 *
 * @throws what `Tokens.valueFor` throws.
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
    outside.log.warn(`Facebook lets ${name} be read until ${dayOf(readable)}: sign in before with: ${SIGN_IN}`);
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
    // A Page's token goes on without the person's behind it.
    if (ending !== access) outside.log.debug(text);
    else if (access.expiresAt && access.expiresAt <= now) {
      outside.log.warn(
        `${text}. By what is stored it expired on ${dayOf(access.expiresAt)}; it is tried all the same. To sign in: ${SIGN_IN}`,
      );
    } else outside.log.warn(`${text}. It ends on ${dayOf(access.expiresAt)}; sign in with: ${SIGN_IN}`);
    return token;
  }
}

const isNearAt = (now: Date, end: Date | undefined) =>
  end !== undefined && end.getTime() - now.getTime() < REFRESH_WITHIN;

/**
 * Asks Meta for the time where something hangs on it that this machine's clock would decide alone: an end that seems near
 * or past, or a moment in the future at which a token was stored. The question carries no token.
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

interface Held {
  account: Account;
  token: string;
}

async function refreshed(app: App, { account, token, info }: Held & { info: TokenInfo }, signal: AbortSignal) {
  const { value, seconds } = await loginOf(app).refresh(token, signal);
  await app.tokens.refreshed(account, { ...info, value, expiresAt: endOf(app, seconds) });
  return value;
}

/** There is no refresh for Facebook Login: a long-lived token is exchanged, and may come back with the life it had. */
async function exchanged(
  app: App,
  { account, token, source }: Held & { source: TokenInfo | undefined },
  signal: AbortSignal,
): Promise<string> {
  const { tokens, config } = app;
  const { facebook } = config.signIn.apps;
  if (!facebook?.secret) {
    throw new UsageError('that takes FACEBOOK_APP_ID and FACEBOOK_APP_SECRET, which are not set');
  }
  const person = source ? await tokens.sourceFor(account) : token;
  if (person === undefined) throw new UsageError('the token that it came from is over');
  const fresh = await loginOf(app).lengthen('facebook', person, { ...facebook, secret: facebook.secret }, signal);
  const info = await tokens.info(account, source ? 'source' : 'access');
  const expiresAt = endOf(app, fresh.seconds);
  const isLonger = !expiresAt || !info?.expiresAt || expiresAt.getTime() - info.expiresAt.getTime() > DAY;
  if (!isLonger) throw new UsageError('Facebook gives it no longer life');
  await tokens.refreshed(account, { ...info, value: fresh.value, expiresAt }, source ? 'source' : 'access');
  if (!source) return fresh.value;

  const accounts = await reachableAccounts({ flavour: 'facebook', value: fresh.value }, callsOf(app), signal);
  const page = accounts.find(({ instagramId }) => instagramId === account.instagramId)?.page;
  if (!page?.token) throw new UsageError('its Page gives no token any more');
  await tokens.refreshed(account, { ...(await tokens.info(account)), value: page.token, expiresAt: undefined });
  return page.token;
}

/** Seconds: a hundred years. A token that is said to live longer has no end. */
const LONGEST_LIFE = 100 * 365 * 24 * 3600;

/** When a life of so many seconds ends, by Meta's clock; nothing for one without an end. */
export const endOf = ({ outside }: App, seconds: number | undefined): Date | undefined =>
  seconds !== undefined && seconds > 0 && seconds < LONGEST_LIFE
    ? new Date(outside.metaClock.now().getTime() + seconds * 1000)
    : undefined;

const dayOf = (moment: Date | undefined): string => moment?.toISOString().slice(0, 10) ?? 'an unknown day';
