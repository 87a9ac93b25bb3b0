import { debuggedToken, permissionListing, read } from '../feed/response-schemas.ts';
import type { MetaApp, OAuthCalls } from './oauth-calls.ts';

/** What Meta says about a token of Facebook Login. */
export interface InspectedToken {
  readonly isValid: boolean;
  /** Undefined for a type that this program does not know. */
  readonly kind: 'user' | 'page' | 'system_user' | undefined;
  readonly appId: string | undefined;
  readonly pageId: string | undefined;
  readonly scopes: readonly string[];
  /** Undefined: it does not expire. */
  readonly expiresAt: Date | undefined;
  readonly issuedAt: Date | undefined;
  readonly dataAccessExpiresAt: Date | undefined;
}

export function createTokenInspection({ call, facebook }: OAuthCalls) {
  return {
    /**
     * Asks Facebook about a token: as the app if its secret is known, otherwise with the token itself, which Page tokens
     * are not allowed to do. @throws {InstagramApiError}
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

    /** The permissions that the user of a Facebook Login token has granted. @throws {InstagramApiError} */
    async permissions(token: string, signal: AbortSignal): Promise<string[]> {
      const label = 'GET /me/permissions';
      const answer = await call({ method: 'GET', url: facebook('me/permissions'), label, token }, signal);
      const { data } = read(permissionListing, answer, label);
      return data.flatMap(({ permission, status }) => (status === 'granted' ? [permission] : []));
    },
  };
}

/** Facebook's names for the kinds of tokens. */
const KINDS: Readonly<Record<string, InspectedToken['kind']>> = {
  USER: 'user',
  PAGE: 'page',
  SYSTEM_USER: 'system_user',
};

/** The year 2200: later expiry times mean that a token does not expire. */
const LATEST_SECONDS = Date.UTC(2200, 0) / 1000;

/** 0 stands for no expiry. */
const fromSeconds = (seconds: number | undefined): Date | undefined =>
  seconds && seconds > 0 && seconds < LATEST_SECONDS ? new Date(seconds * 1000) : undefined;
