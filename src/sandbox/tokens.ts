import { createHash } from 'node:crypto';
import type { Flavour } from './faults.ts';
import { badToken, type GraphAnswer, type GraphErrorInput, graphError, revokedToken } from './graph-error.ts';
import type { SandboxAccount } from './post.ts';

export interface Tokens {
  readonly facebook: string;
  /** The Page's own, as `/me/accounts` gives it. */
  readonly page: string;
  readonly instagram: string;
  /** Why this token is refused, if it is. */
  refusal(token: string | undefined, flavour: Flavour): GraphErrorInput | undefined;
  /** From now on every token is refused. */
  revoke(subcode?: number): void;
  /** Every token is good again. */
  restore(): void;
  /** Signing in, exchanging, refreshing, looking at a token; undefined for any other path. */
  answer(request: {
    host: string;
    path: string;
    query: URLSearchParams;
    /** Of the header, or of the query. */
    token: string | undefined;
  }): GraphAnswer | undefined;
}

const SIXTY_DAYS = 5_183_944;

/** The account's tokens: the same at every start, so that one stored earlier is still good. */
export function createTokens(account: SandboxAccount, now: () => Date): Tokens {
  const made = (prefix: string, purpose: string) => {
    const digest = createHash('sha512').update(`${purpose} ${account.id}`).digest('base64');
    return `${prefix}${digest.replace(/[^A-Za-z0-9]/g, '')}`;
  };
  const facebook = made('EAASandbox', 'user');
  const page = made('EAASandbox', 'page');
  const instagram = made('IGAASandbox', 'instagram');
  let revoked: { subcode?: number } | undefined;

  const isKnown = (token: string | null | undefined, flavour: Flavour) =>
    flavour === 'facebook' ? token === facebook || token === page : token === instagram;

  const refusal: Tokens['refusal'] = (token, flavour) => {
    if (!token)
      return {
        ...badToken('An active access token must be used to query information about the current user.'),
        status: 400,
      };
    if (!isKnown(token, flavour)) return badToken();
    return revoked ? revokedToken(revoked.subcode) : undefined;
  };

  const granted = (token: string) => ({
    status: 200,
    body: { access_token: token, token_type: 'bearer', expires_in: SIXTY_DAYS },
  });

  const inspect = (token: string | null): GraphAnswer => {
    const isValid = !revoked && isKnown(token, 'facebook');
    const seconds = Math.floor(now().getTime() / 1000);
    return {
      status: 200,
      body: {
        data: {
          app_id: '1000000000000001',
          type: token === page ? 'PAGE' : 'USER',
          application: 'Sandbox',
          is_valid: isValid,
          expires_at: token === page ? 0 : seconds + SIXTY_DAYS,
          data_access_expires_at: seconds + 90 * 24 * 3600,
          scopes: ['instagram_basic', 'pages_show_list', 'pages_read_engagement'],
          user_id: '10000000000000001',
        },
      },
    };
  };

  return {
    facebook,
    page,
    instagram,
    refusal,
    revoke: (subcode) => {
      revoked = subcode === undefined ? {} : { subcode };
    },
    restore: () => {
      revoked = undefined;
    },
    answer({ host, path, query, token }) {
      const grant = query.get('grant_type');
      if (host === 'api.instagram.com' && path === '/oauth/access_token')
        return {
          status: 200,
          body: {
            access_token: instagram,
            user_id: Number(account.appScopedId),
            permissions: ['instagram_business_basic'],
          },
        };
      if (host === 'graph.facebook.com' && path === '/oauth/access_token') {
        const bad = grant === 'fb_exchange_token' && refusal(query.get('fb_exchange_token') ?? undefined, 'facebook');
        return bad ? graphError(bad) : granted(facebook);
      }
      if (host === 'graph.facebook.com' && path === '/debug_token') return inspect(query.get('input_token'));
      if (host === 'graph.instagram.com' && (path === '/access_token' || path === '/refresh_access_token')) {
        const bad = refusal(token, 'instagram');
        return bad ? graphError(bad) : granted(instagram);
      }
      return undefined;
    },
  };
}
