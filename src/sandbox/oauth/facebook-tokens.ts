import { type GraphAnswer, type GraphErrorInput, Refusal } from '../graph/graph-error.ts';
import type { SandboxApps } from './apps.ts';
import { answers, type Challenge, type Consent, type OAuthCodes } from './authorization-codes.ts';
import { type IssuedToken, type IssuedTokens, SIXTY_DAYS, USER_ID } from './issued-tokens.ts';
import { badSignature } from './token-errors.ts';

interface FacebookTokensInput {
  readonly apps: SandboxApps;
  readonly tokens: IssuedTokens;
  readonly codes: OAuthCodes;
  readonly now: () => Date;
}

/** Of a sign-in on the web: "about an hour or two", says Meta's page on access tokens. */
const SHORT_LIFE = 2 * 3600;
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;
const isVerifier = (given: string | null, challenge: Challenge) =>
  given !== null && VERIFIER.test(given) && answers(challenge, given);

const refuse = (input: GraphErrorInput) => new Refusal(input);
const missing = (name: string, code = 101) => refuse({ code, message: `Missing ${name} parameter.` });
const UNKNOWN_APP: GraphErrorInput = {
  code: 101,
  message: 'Error validating application. Cannot get application info due to a system error.',
};

// Public clients recorded these three.
const USED: GraphErrorInput = { code: 100, subcode: 36009, message: 'This authorization code has been used.' };
const EXPIRED: GraphErrorInput = { code: 100, subcode: 36007, message: 'This authorization code has expired.' };
const ELSEWHERE: GraphErrorInput = {
  code: 100,
  subcode: 36008,
  message:
    'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
};
/** The words are of expo/expo#15980; the code that comes with them was not found out. */
const BAD_VERIFIER: GraphErrorInput = {
  code: 1,
  message:
    'Invalid code verifier. Code verifier should be a cryptographically random string using the characters A-Z, a-z, 0-9, and the punctuation characters -._~ (hyphen, period, underscore, and tilde), between 43 and 128 characters long.',
};

/** `/oauth/access_token` of graph.facebook.com: from code, from a short-lived token, and for the app itself. */
export function createFacebookTokens({ apps, tokens, codes, now }: FacebookTokensInput) {
  const app = apps.facebook;

  const authenticate = (query: URLSearchParams) => {
    const id = query.get('client_id');
    if (!id) throw missing('client_id');
    if (id !== app.id) throw refuse(UNKNOWN_APP);
    if (query.get('client_secret') !== app.secret)
      throw refuse({ code: 1, message: 'Error validating client secret.' });
  };

  const granted = ({ value, expiresAt }: IssuedToken): GraphAnswer => ({
    status: 200,
    body: {
      access_token: value,
      token_type: 'bearer',
      // Left out of a token without end.
      ...(expiresAt && { expires_in: Math.round((expiresAt.getTime() - now().getTime()) / 1000) }),
    },
  });

  const fromCode = (query: URLSearchParams): GraphAnswer => {
    // Whether Meta does without the secret where there is a verifier was not found out: it is wanted here.
    authenticate(query);
    const redirectUri = query.get('redirect_uri');
    if (!redirectUri) throw missing('redirect_uri', 191);
    const code = query.get('code');
    if (!code) throw refuse({ code: 1, message: 'Missing authorization code' });
    const { challenge, scopes, declined } = goodConsent(code, redirectUri);
    if (challenge && !isVerifier(query.get('code_verifier'), challenge)) throw refuse(BAD_VERIFIER);
    codes.use(code);
    const facts = { flavour: 'facebook', kind: 'user', appId: app.id, userId: USER_ID } as const;
    return granted(tokens.issue({ ...facts, scopes, declined, lifeSeconds: SHORT_LIFE }));
  };

  const goodConsent = (code: string, redirectUri: string): Consent => {
    const known = codes.look(code, 'facebook');
    if (!known) throw refuse({ code: 100, message: 'Invalid verification code format.' });
    if (known.state === 'used') throw refuse(USED);
    if (known.state === 'expired') throw refuse(EXPIRED);
    if (known.consent.redirectUri !== redirectUri) throw refuse(ELSEWHERE);
    return known.consent;
  };

  const exchange = (query: URLSearchParams): GraphAnswer => {
    authenticate(query);
    const given = query.get('fb_exchange_token');
    if (!given) throw refuse({ code: 1, message: 'fb_exchange_token parameter not specified' });
    const bad = tokens.refusal(given, 'facebook');
    if (bad) throw refuse(bad);
    const token = tokens.find(given) as IssuedToken;
    // The words are the sandbox's own: Meta's are not documented.
    if (token.appId !== app.id)
      throw refuse({
        code: 190,
        message: 'Error validating access token: The access token does not belong to this app.',
      });
    // There is no refresh: a long-lived token comes back as it is.
    if (token.isLong) return granted(token);
    const { value, issuedAt, expiresAt, isLong, ...facts } = token;
    return granted(tokens.issue({ ...facts, lifeSeconds: token.kind === 'page' ? undefined : SIXTY_DAYS }));
  };

  const forApp = (query: URLSearchParams): GraphAnswer => {
    authenticate(query);
    return { status: 200, body: { access_token: `${app.id}|${app.secret}`, token_type: 'bearer' } };
  };

  const accessToken = (query: URLSearchParams): GraphAnswer => {
    const grant = query.get('grant_type');
    if (grant === 'fb_exchange_token') return exchange(query);
    if (grant === 'client_credentials') return forApp(query);
    if (grant === null || grant === 'authorization_code') return fromCode(query);
    throw refuse({ code: 1, message: `Invalid grant_type: ${grant}` });
  };

  /** Whether a token is the app's own, `id|secret`; a wrong one is refused. */
  const isAppToken = (given: string): boolean => {
    const [id, secret] = given.split('|');
    if (secret === undefined) return false;
    if (id !== app.id) throw refuse({ ...UNKNOWN_APP, code: 190 });
    if (secret !== app.secret) throw refuse(badSignature());
    return true;
  };

  return { accessToken, isAppToken };
}
