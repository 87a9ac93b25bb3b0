import { InstagramApiError } from '../../errors.ts';
import { type Flavour, type GraphOptions, withGraph } from '../graph/client.ts';
import { createTokenExchange } from './exchange-tokens.ts';
import { createTokenInspection } from './inspect-token.ts';
import { createOAuthCalls, type MetaApp, type OAuthOptions } from './oauth-calls.ts';

export type { GrantedToken } from './exchange-tokens.ts';
export type { InspectedToken } from './inspect-token.ts';
export type { MetaApp } from './oauth-calls.ts';

/** The minimum: to read the account's media, and for Facebook Login to find the account through its Page. */
export const SCOPES: Readonly<Record<Flavour, readonly string[]>> = {
  facebook: ['instagram_basic', 'pages_show_list', 'pages_read_engagement'],
  instagram: ['instagram_business_basic'],
};
/** Since v17.0, Pages of a Meta business are listed only with this scope (changelog of v17.0). */
export const BUSINESS_SCOPE = 'business_management';

type LoginOptions = OAuthOptions & Pick<GraphOptions, 'sleep'>;

/** What the user is asked to consent to, and how the browser returns. */
export interface Consent {
  readonly app: MetaApp;
  readonly redirectUri: string;
  /** Returned unchanged: a response with another state is not ours. */
  readonly state: string;
  readonly scopes: readonly string[];
  /** PKCE (RFC 7636), for providers that support it: Facebook Login. */
  readonly challenge: string;
}

export type Login = ReturnType<typeof createLogin>;

/** Meta's side of signing in. */
export function createLogin({ signIn, graph, ...options }: LoginOptions) {
  const calls = createOAuthCalls({ signIn, graph, ...options });
  return {
    ...createTokenExchange(calls),
    ...createTokenInspection(calls),

    /** The address where the user consents. Nothing in it is secret. */
    consentAddress(flavour: Flavour, { app, redirectUri, state, scopes, challenge }: Consent): string {
      const path = flavour === 'facebook' ? `${graph.version}/dialog/oauth` : 'oauth/authorize';
      const url = new URL(`${signIn.pages[flavour]}/${path}`);
      const params = {
        client_id: app.id,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: scopes.join(','),
        state,
        // Asks again for what was declined before.
        ...(flavour === 'facebook'
          ? { code_challenge: challenge, code_challenge_method: 'S256', auth_type: 'rerequest' }
          : {}),
      };
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      return url.href;
    },

    /** Lets `metaClock` learn Meta's time. The call has no token, so it is refused, and the refusal has a date. */
    async askTime(flavour: Flavour, signal: AbortSignal): Promise<void> {
      const url = new URL(`${graph.baseUrls[flavour]}/${graph.version}/me`);
      try {
        await calls.call({ method: 'GET', url, label: 'GET /me' }, signal, Math.min(TIME_TIMEOUT, options.timeout));
      } catch (error) {
        if (!(error instanceof InstagramApiError) || signal.aborted) throw error;
      }
    },

    /**
     * Revokes everything that the user granted the app at Facebook, and with it all of the user's tokens for the app.
     *
     * @throws {UnknownOutcomeError} {@link InstagramApiError}
     */
    async revoke(token: string, signal: AbortSignal): Promise<void> {
      await withGraph({ flavour: 'facebook', value: token }, { ...graph, ...options }, (api) =>
        api.write({ method: 'DELETE', path: 'me/permissions' }, signal),
      );
    },
  };
}

/** Milliseconds: only the time depends on the response. */
const TIME_TIMEOUT = 5000;
