import { InstagramApiError } from '../../errors.ts';
import { Agent } from '../../lib/exchange.ts';
import type { Log } from '../../lib/log.ts';
import { debuggedToken, grantedToken, permissionListing, read } from '../feed/response-schemas.ts';
import type { Flavour } from '../graph/client.ts';
import { callMeta, type MetaRequest } from '../graph/meta-call.ts';
import type { MetaClock } from '../graph/meta-clock.ts';

/** What is asked for, and no more: to read the account's media, and for Facebook Login to find it behind its Page. */
export const SCOPES: Readonly<Record<Flavour, readonly string[]>> = {
  facebook: ['instagram_basic', 'pages_show_list', 'pages_read_engagement'],
  instagram: ['instagram_business_basic'],
};
/** Since v17.0 Pages of a Meta business are left out of the list without it (changelog of v17.0). */
export const BUSINESS_SCOPE = 'business_management';

/** An app of Meta's: its id, and its secret where it is set. */
export interface MetaApp {
  readonly id: string;
  readonly secret: string | undefined;
}

/** What signing in needs beside the API itself. */
export interface SignInConfig {
  /** Facebook Login and Instagram Login have an id and a secret each, also where they belong to one app. */
  readonly apps: { readonly facebook: MetaApp | undefined; readonly instagram: MetaApp | undefined };
  /** Where people consent. */
  readonly pages: { readonly facebook: string; readonly instagram: string };
  /** Where Instagram Login exchanges its codes. */
  readonly instagramApi: string;
}

interface LoginOptions {
  signIn: SignInConfig;
  graph: { version: string; baseUrls: Readonly<Record<Flavour, string>> };
  timeout: number;
  metaClock: MetaClock;
  log: Log;
}

/** A token that Meta gave, and its life in seconds where it said: some never end. */
export interface GrantedToken {
  readonly value: string;
  readonly seconds: number | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** What Meta says of a token of Facebook Login. */
export interface InspectedToken {
  readonly isValid: boolean;
  /** Whose it is: absent for what this program does not know. */
  readonly kind: 'user' | 'page' | 'system_user' | undefined;
  readonly appId: string | undefined;
  readonly pageId: string | undefined;
  readonly scopes: readonly string[];
  /** Absent: it does not expire. */
  readonly expiresAt: Date | undefined;
  readonly issuedAt: Date | undefined;
  readonly dataAccessExpiresAt: Date | undefined;
}

/** What a browser is sent with, and what comes back is held against. */
export interface Consent {
  readonly app: MetaApp;
  readonly redirectUri: string;
  /** Told back unchanged: another answer is none to us. */
  readonly state: string;
  readonly scopes: readonly string[];
  /** PKCE (RFC 7636), where the provider has it: Facebook Login. */
  readonly challenge: string;
}

/** Meta's side of signing in. Nothing is tried twice: a code works once. */
export function createLogin({ signIn, graph, timeout, metaClock, log }: LoginOptions) {
  const call = async (asked: MetaRequest, signal: AbortSignal, patience = timeout): Promise<unknown> => {
    const dispatcher = new Agent();
    try {
      return await callMeta(asked, { dispatcher, timeout: patience, metaClock, signal, log });
    } finally {
      await dispatcher.destroy();
    }
  };
  const facebook = (path: string) => new URL(`${graph.baseUrls.facebook}/${graph.version}/${path}`);
  // These paths of Instagram Login have no version.
  const instagram = (path: string) => new URL(`${graph.baseUrls.instagram}/${path}`);
  const granted = (answer: unknown, label: string): GrantedToken => {
    const { access_token: value, expires_in: seconds, permissions: scopes } = read(grantedToken, answer, label);
    return { value, seconds, scopes };
  };

  return {
    /** Where the person is sent to consent. Nothing in it is secret. */
    consentAddress(flavour: Flavour, { app, redirectUri, state, scopes, challenge }: Consent): string {
      const path = flavour === 'facebook' ? `${graph.version}/dialog/oauth` : 'oauth/authorize';
      const url = new URL(`${signIn.pages[flavour]}/${path}`);
      const params = {
        client_id: app.id,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: scopes.join(','),
        state,
        // What was declined before is asked for again.
        ...(flavour === 'facebook'
          ? { code_challenge: challenge, code_challenge_method: 'S256', auth_type: 'rerequest' }
          : {}),
      };
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      return url.href;
    },

    /** The short-lived token that a code stands for. @throws {InstagramApiError} */
    async exchangeCode(
      flavour: Flavour,
      { app, redirectUri, code, verifier }: { app: MetaApp; redirectUri: string; code: string; verifier: string },
      signal: AbortSignal,
    ): Promise<GrantedToken> {
      const label = 'POST /oauth/access_token';
      const form = {
        client_id: app.id,
        ...(app.secret ? { client_secret: app.secret } : {}),
        grant_type: 'authorization_code',
        redirect_uri: redirectUri,
        code,
        ...(flavour === 'facebook' ? { code_verifier: verifier } : {}),
      };
      const url =
        flavour === 'facebook' ? facebook('oauth/access_token') : new URL(`${signIn.instagramApi}/oauth/access_token`);
      return granted(await call({ method: 'POST', url, label, form }, signal), label);
    },

    /** A long-lived token for a short-lived one that is still good. @throws {InstagramApiError} */
    async lengthen(
      flavour: Flavour,
      token: string,
      { id, secret }: MetaApp & { secret: string },
      signal: AbortSignal,
    ): Promise<GrantedToken> {
      if (flavour === 'facebook') {
        const label = 'POST /oauth/access_token';
        const form = {
          grant_type: 'fb_exchange_token',
          client_id: id,
          client_secret: secret,
          fb_exchange_token: token,
        };
        return granted(await call({ method: 'POST', url: facebook('oauth/access_token'), label, form }, signal), label);
      }
      const label = 'GET /access_token';
      const url = instagram('access_token');
      url.searchParams.set('grant_type', 'ig_exchange_token');
      // Meta documents no other place for it.
      url.searchParams.set('client_secret', secret);
      return granted(await call({ method: 'GET', url, label, token }, signal), label);
    },

    /**
     * Has Instagram prolong a long-lived token of Instagram Login; it must be a day old, and not expired.
     *
     * @throws {InstagramApiError}
     */
    async refresh(token: string, signal: AbortSignal): Promise<GrantedToken> {
      const label = 'GET /refresh_access_token';
      const url = instagram('refresh_access_token');
      url.searchParams.set('grant_type', 'ig_refresh_token');
      return granted(await call({ method: 'GET', url, label, token }, signal), label);
    },

    /**
     * Asks Facebook what a token is: in the name of the app where its secret is known, else of the token itself, which a
     * Page's token may not. @throws {InstagramApiError}
     */
    async inspect(token: string, app: MetaApp | undefined, signal: AbortSignal): Promise<InspectedToken> {
      const label = 'GET /debug_token';
      const url = facebook('debug_token');
      url.searchParams.set('input_token', token);
      const viewer = app?.secret ? `${app.id}|${app.secret}` : token;
      const { data } = read(debuggedToken, await call({ method: 'GET', url, label, token: viewer }, signal), label);
      return {
        isValid: data.is_valid,
        kind: KINDS[data.type ?? ''],
        appId: data.app_id,
        pageId: data.profile_id,
        scopes: data.scopes,
        expiresAt: fromSeconds(data.expires_at),
        issuedAt: fromSeconds(data.issued_at),
        dataAccessExpiresAt: fromSeconds(data.data_access_expires_at),
      };
    },

    /** What the person behind a token of Facebook Login has granted. @throws {InstagramApiError} */
    async permissions(token: string, signal: AbortSignal): Promise<string[]> {
      const label = 'GET /me/permissions';
      const answer = await call({ method: 'GET', url: facebook('me/permissions'), label, token }, signal);
      const { data } = read(permissionListing, answer, label);
      return data.flatMap(({ permission, status }) => (status === 'granted' ? [permission] : []));
    },

    /** Has Meta tell the time to `metaClock`. The question carries no token, so it is refused, and the refusal has a date. */
    async askTime(flavour: Flavour, signal: AbortSignal): Promise<void> {
      const url = new URL(`${graph.baseUrls[flavour]}/${graph.version}/me`);
      try {
        await call({ method: 'GET', url, label: 'GET /me' }, signal, Math.min(TIME_PATIENCE, timeout));
      } catch (error) {
        if (!(error instanceof InstagramApiError) || signal.aborted) throw error;
      }
    },

    /** Takes back at Facebook all that the person granted the app: every token of theirs for it dies. @throws {InstagramApiError} */
    async revoke(token: string, signal: AbortSignal): Promise<void> {
      await call({ method: 'DELETE', url: facebook('me/permissions'), label: 'DELETE /me/permissions', token }, signal);
    },
  };
}

/** Milliseconds: nothing but the time hangs on the answer. */
const TIME_PATIENCE = 5000;

export type Login = ReturnType<typeof createLogin>;

/** Facebook's words for what a token is. */
const KINDS: Readonly<Record<string, InspectedToken['kind']>> = {
  USER: 'user',
  PAGE: 'page',
  SYSTEM_USER: 'system_user',
};

/** The year 2200: no end that Meta means lies beyond it. */
const LATEST_SECONDS = Date.UTC(2200, 0) / 1000;

/** 0 stands for no end. */
const fromSeconds = (seconds: number | undefined): Date | undefined =>
  seconds && seconds > 0 && seconds < LATEST_SECONDS ? new Date(seconds * 1000) : undefined;
