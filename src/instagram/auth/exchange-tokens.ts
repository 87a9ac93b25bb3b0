import { grantedToken, read } from '../feed/response-schemas.ts';
import type { Flavour } from '../graph/client.ts';
import type { MetaApp, OAuthCalls } from './oauth-calls.ts';

/** A token from Meta, and its lifetime in seconds; undefined if Meta did not say, because some never expire. */
export interface GrantedToken {
  readonly value: string;
  readonly seconds: number | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** Codes become tokens, and tokens longer-lived ones. Nothing is retried: a code works once. */
export function createTokenExchange({ call, facebook, instagram, codeExchange }: OAuthCalls) {
  const granted = (answer: unknown, label: string): GrantedToken => {
    const { access_token: value, expires_in: seconds, permissions: scopes } = read(grantedToken, answer, label);
    return { value, seconds, scopes };
  };
  const post = async (url: URL, form: Readonly<Record<string, string>>, signal: AbortSignal) => {
    const label = 'POST /oauth/access_token';
    return granted(await call({ method: 'POST', url, label, form }, signal), label);
  };
  const get = async (url: URL, token: string, signal: AbortSignal) => {
    const label = `GET ${url.pathname}`;
    return granted(await call({ method: 'GET', url, label, token }, signal), label);
  };

  return {
    /** Exchanges a code for a short-lived token. @throws {InstagramApiError} */
    exchangeCode(
      flavour: Flavour,
      { app, redirectUri, code, verifier }: { app: MetaApp; redirectUri: string; code: string; verifier: string },
      signal: AbortSignal,
    ): Promise<GrantedToken> {
      const form = {
        client_id: app.id,
        ...(app.secret ? { client_secret: app.secret } : {}),
        grant_type: 'authorization_code',
        redirect_uri: redirectUri,
        code,
        ...(flavour === 'facebook' ? { code_verifier: verifier } : {}),
      };
      return post(flavour === 'facebook' ? facebook('oauth/access_token') : codeExchange, form, signal);
    },

    /** Exchanges a short-lived token for a long-lived one. @throws {InstagramApiError} */
    lengthen(
      flavour: Flavour,
      token: string,
      { id, secret }: MetaApp & { secret: string },
      signal: AbortSignal,
    ): Promise<GrantedToken> {
      if (flavour === 'facebook') {
        const form = {
          grant_type: 'fb_exchange_token',
          client_id: id,
          client_secret: secret,
          fb_exchange_token: token,
        };
        return post(facebook('oauth/access_token'), form, signal);
      }
      const url = instagram('access_token');
      url.searchParams.set('grant_type', 'ig_exchange_token');
      // Meta documents no other place for the secret.
      url.searchParams.set('client_secret', secret);
      return get(url, token, signal);
    },

    /**
     * Renews a long-lived token of Instagram Login, which must be a day old and not expired.
     *
     * @throws {InstagramApiError}
     */
    refresh(token: string, signal: AbortSignal): Promise<GrantedToken> {
      const url = instagram('refresh_access_token');
      url.searchParams.set('grant_type', 'ig_refresh_token');
      return get(url, token, signal);
    },
  };
}
