import type { Flavour } from '../faults.ts';
import { isRegistered, type SandboxApp, type SandboxApps } from './apps.ts';
import type { Challenge } from './authorization-codes.ts';
import { scopesIn, unknownScopes } from './scopes.ts';

/** What a client asks of the authorise page, found right. */
export interface AuthorizeRequest {
  readonly flavour: Flavour;
  readonly app: SandboxApp;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly scopes: readonly string[];
  readonly challenge?: Challenge;
  /** The redirect is to say what was granted and what was not. */
  readonly returnsScopes: boolean;
}

interface ReadInput {
  readonly apps: SandboxApps;
  readonly flavour: Flavour;
  readonly httpsOnly: boolean;
}

/** Thrown for a request that the page refuses to show: the person stays at Meta and reads why. */
export class PageError extends Error {
  readonly title: string;
  constructor(title: string, message: string) {
    super(message);
    this.title = title;
  }
}

const invalid = (message: string) =>
  new PageError('Invalid Request', `Invalid Request: Request parameters are invalid: ${message}`);

/** Reads what the browser came with. A PageError is thrown where Meta shows an error page. */
export function authorizeRequest(query: URLSearchParams, { apps, flavour, httpsOnly }: ReadInput): AuthorizeRequest {
  const app = apps[flavour];
  if (query.get('client_id') !== app.id)
    throw flavour === 'facebook'
      ? new PageError('Error', 'Invalid App ID: The provided app ID does not look like a valid app ID.')
      : invalid('Invalid platform app');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!isRegistered(app, redirectUri, httpsOnly)) throw unregistered(flavour, redirectUri, httpsOnly);
  const responseType = responseTypeOf(query, flavour);
  const scopes = scopesOf(query, flavour);
  const challenge = flavour === 'facebook' ? challengeOf(query) : undefined;
  return {
    flavour,
    app,
    redirectUri,
    state: query.get('state'),
    scopes,
    ...(challenge && { challenge }),
    returnsScopes: responseType.includes('granted_scopes') || query.get('return_scopes') === 'true',
  };
}

function unregistered(flavour: Flavour, redirectUri: string, httpsOnly: boolean): PageError {
  if (flavour === 'instagram') return invalid('Invalid redirect_uri');
  if (httpsOnly && redirectUri.startsWith('http:'))
    return new PageError(
      'Facebook has detected this app isn’t using a secure connection to transfer information.',
      'Until the app updates its security settings, you won’t be able to use Facebook to log in to it.',
    );
  return new PageError(
    'URL Blocked',
    'This redirect failed because the redirect URI is not whitelisted in the app’s Client OAuth Settings. Make sure Client and Web OAuth Login are on and add all your app domains as Valid OAuth Redirect URIs.',
  );
}

// Facebook takes a missing one for `code`, by its page on the manual login flow; at Instagram it is required.
function responseTypeOf(query: URLSearchParams, flavour: Flavour): string[] {
  const types = scopesIn(query.get('response_type'));
  if (types.length === 0 && flavour === 'facebook') return ['code'];
  const isKnown = types.includes('code') && types.every((type) => type === 'code' || type === 'granted_scopes');
  if (isKnown && (flavour === 'facebook' || types.length === 1)) return types;
  throw invalid('Invalid response_type');
}

function scopesOf(query: URLSearchParams, flavour: Flavour): string[] {
  const scopes = scopesIn(query.get('scope'));
  const unknown = unknownScopes(scopes, flavour);
  if (unknown.length > 0)
    throw new PageError(
      'Invalid Scopes',
      `Invalid Scopes: ${unknown.join(', ')}. This message is only shown to developers. Users of your app will ignore these permissions if present.`,
    );
  // Everyone who signs in to Facebook grants this one, asked for or not.
  if (flavour === 'facebook') return [...scopes.filter((scope) => scope !== 'public_profile'), 'public_profile'];
  if (!scopes.includes('instagram_business_basic')) throw invalid('Invalid scope');
  return scopes;
}

/** Facebook has PKCE (its page on the OIDC code flow); Instagram's pages do not know it, and it is ignored there. */
function challengeOf(query: URLSearchParams): Challenge | undefined {
  const value = query.get('code_challenge');
  if (!value) return undefined;
  const method = query.get('code_challenge_method') ?? 'plain';
  if (method === 'S256' || method === 'plain') return { value, method };
  throw invalid('Invalid code_challenge_method');
}
