import type { Account } from './accounts/accounts.ts';
import type { App } from './app.ts';
import { StorylineError } from './errors.ts';
import { flavourOf } from './instagram/graph.ts';
import { refreshToken } from './instagram/refresh-token.ts';

const DAY = 24 * 60 * 60 * 1000;
/** A token that ends sooner than this is refreshed before it is used. */
const REFRESH_WITHIN = 7 * DAY;
/** Instagram refreshes no token that is younger. */
const OLD_ENOUGH = DAY;

/**
 * The account's token, refreshed first where its end is near. Only Instagram Login's tokens can be: a Facebook token
 * that ends needs a new sign-in. A refresh that fails leaves the old token in place, and warns.
 *
 * @throws what `Tokens.valueFor` throws.
 */
export async function currentToken(
  { tokens, config, outside }: App,
  account: Account,
  signal: AbortSignal,
): Promise<string> {
  const token = await tokens.valueFor(account);
  const info = await tokens.info(account);
  const now = outside.now().getTime();
  if (!info?.expiresAt || info.expiresAt.getTime() - now >= REFRESH_WITHIN) return token;

  const name = account.username ? `@${account.username}` : account.displayName;
  if (flavourOf(token) === 'facebook') {
    outside.log.warn(
      `the token for ${name} ends on ${info.expiresAt.toISOString().slice(0, 10)}: store a new one before`,
    );
    return token;
  }
  if (now - (info.lastRefreshedAt ?? info.issuedAt).getTime() < OLD_ENOUGH) return token;
  try {
    const fresh = await refreshToken(
      token,
      { ...outside, baseUrls: config.graph.baseUrls, timeout: config.networkTimeout },
      signal,
    );
    await tokens.store(account, fresh.token, new Date(now + fresh.seconds * 1000), true);
    return fresh.token;
  } catch (error) {
    if (!(error instanceof StorylineError) || signal.aborted) throw error;
    outside.log.warn(`the token for ${name} could not be refreshed: ${error.message}`);
    return token;
  }
}
