import { catchRefusal, type GraphAnswer, graphError, unsupported } from '../graph/graph-error.ts';
import type { Profiles } from '../graph/profiles.ts';
import type { SandboxApps } from './apps.ts';
import type { OAuthCodes } from './authorization-codes.ts';
import { createDebugToken } from './debug-token.ts';
import { createFacebookTokens } from './facebook-tokens.ts';
import { createInstagramTokens } from './instagram-tokens.ts';
import type { IssuedTokens } from './issued-tokens.ts';

export interface TokenRequest {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** With the form's fields in it. */
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  /** Of the header, or of the query. */
  readonly token: string | undefined;
}

interface TokenEndpointsInput {
  readonly apps: SandboxApps;
  readonly tokens: IssuedTokens;
  readonly codes: OAuthCodes;
  readonly profiles: Profiles;
  readonly now: () => Date;
}

/** Signing in, exchanging, refreshing, looking at a token; undefined for any other path. */
export function createTokenEndpoints({ apps, tokens, codes, profiles, now }: TokenEndpointsInput) {
  const facebook = createFacebookTokens({ apps, tokens, codes, now });
  const appScopedId = (accountId: string) => profiles.byId(accountId)?.account.appScopedId ?? '';
  const instagram = createInstagramTokens({ apps, tokens, codes, now, appScopedId });
  const debug = createDebugToken({
    apps,
    tokens,
    isAppToken: facebook.isAppToken,
    targets: (token) => ({
      pages: profiles.pagesOf(token).map(({ id }) => id),
      accounts: profiles.of(token).map(({ account }) => account.id),
    }),
  });

  type Work = (request: TokenRequest) => GraphAnswer;
  // Which methods each takes; Facebook's code exchange is a GET in Meta's samples, and clients post to it as well.
  const routes: Readonly<Record<string, { methods: readonly string[]; work: Work }>> = {
    'graph.facebook.com/oauth/access_token': {
      methods: ['GET', 'POST'],
      work: ({ query }) => facebook.accessToken(query),
    },
    'graph.facebook.com/debug_token': { methods: ['GET'], work: ({ query, token }) => debug(query, token) },
    'api.instagram.com/oauth/access_token': { methods: ['POST'], work: ({ form }) => instagram.fromCode(form) },
    'graph.instagram.com/access_token': {
      methods: ['GET'],
      work: ({ query, token }) => instagram.exchange(query, token),
    },
    'graph.instagram.com/refresh_access_token': {
      methods: ['GET'],
      work: ({ query, token }) => instagram.refresh(query, token),
    },
  };

  return (request: TokenRequest): GraphAnswer | undefined => {
    const route = routes[`${request.host}${request.path}`];
    if (!route) return undefined;
    const flavour = request.host === 'graph.facebook.com' ? 'facebook' : 'instagram';
    if (!route.methods.includes(request.method)) return graphError(unsupported(request.method, flavour));
    return catchRefusal(() => route.work(request));
  };
}
