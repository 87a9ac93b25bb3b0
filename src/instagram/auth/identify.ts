import { InstagramApiError } from '../../errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { accountNode, meAnswer, pageListing, read } from '../feed/response-schemas.ts';
import { flavourOf, type GraphOptions, withGraph } from '../graph/client.ts';

/** Who a token belongs to, as Instagram says. */
export interface Identity {
  readonly instagramId: string;
  readonly username: string | undefined;
  /** Posts that Instagram counts. */
  readonly mediaCount: number | undefined;
  /** How much of the budget of calls is used up, in percent; absent where Instagram did not say. */
  readonly usagePercent: number | undefined;
}

type IdentifyOptions = Omit<GraphOptions, 'dispatcher' | 'token'>;

/** Meta's codes for an object that this token does not see. */
const NOT_VISIBLE = { code: 100, subcode: 33 };

/**
 * Asks Instagram which account a token belongs to. A Facebook token may reach several: the expected one is looked at
 * first, then the first that is linked to one of its Pages.
 *
 * @throws {InstagramApiError} {@link TokenExpiredError} where Instagram does not accept the token.
 */
export async function identify(
  token: string,
  expectedId: string,
  options: IdentifyOptions,
  signal: AbortSignal,
): Promise<Identity> {
  const flavour = flavourOf(token);
  return withGraph({ flavour, value: token }, options, async (graph) => {
    const identity = (
      id: string,
      rest: { username?: string | undefined; media_count?: number | undefined },
    ): Identity => ({
      instagramId: id,
      username: rest.username && oneLine(rest.username),
      mediaCount: rest.media_count,
      usagePercent: graph.usage().percent,
    });
    if (flavour === 'instagram') {
      const me = read(
        meAnswer,
        await graph.get('me', { fields: 'id,user_id,username,account_type,media_count' }, signal),
        'GET /me',
      );
      // `id` is the app's own name for the account; `user_id` is the account's.
      return identity(me.user_id ?? me.id ?? expectedId, me);
    }
    try {
      const fields = { fields: 'id,username,media_count' };
      const account = read(accountNode, await graph.get(expectedId, fields, signal), `GET /${expectedId}`);
      return identity(account.id ?? expectedId, account);
    } catch (error) {
      const isHidden =
        error instanceof InstagramApiError && error.code === NOT_VISIBLE.code && error.subcode === NOT_VISIBLE.subcode;
      if (!isHidden) throw error;
      const fields = { fields: 'id,name,instagram_business_account{id,username}', limit: '100' };
      const pages = read(pageListing, await graph.get('me/accounts', fields, signal), 'GET /me/accounts');
      const found = pages.data.find((page) => page.instagram_business_account)?.instagram_business_account;
      if (!found) throw error;
      return identity(found.id, found);
    }
  });
}
