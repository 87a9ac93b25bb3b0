import { InstagramApiError } from '../../errors.ts';
import { oneLine } from '../../lib/one-line.ts';
import { accountNode, meAnswer, pageListing, read } from '../feed/response-schemas.ts';
import { flavourOf, type GraphOptions, withGraph } from '../graph/client.ts';

/** Who a token belongs to, according to Instagram. */
export interface Identity {
  readonly instagramId: string;
  readonly username: string | undefined;
  /** Instagram's count of posts. */
  readonly mediaCount: number | undefined;
  /** Used API quota in percent; undefined if Instagram did not say. */
  readonly usagePercent: number | undefined;
}

type IdentifyOptions = Omit<GraphOptions, 'dispatcher' | 'token'>;

/** Meta's codes for an object that this token cannot see. */
const NOT_VISIBLE = { code: 100, subcode: 33 };

/**
 * Asks Instagram which account a token belongs to. A Facebook token may reach several: the expected one is tried first,
 * then the first one that is linked to one of its Pages.
 *
 * @throws {InstagramApiError} {@link TokenExpiredError} if Instagram rejects the token.
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
      // `id` is specific to the app; `user_id` is the account's id.
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
