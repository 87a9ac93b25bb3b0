import { type GraphAnswer, Refusal, unsupported } from '../graph/graph-error.ts';
import type { SandboxApps } from './apps.ts';
import type { OAuthCodes } from './authorization-codes.ts';
import { type IssuedToken, type IssuedTokens, SIXTY_DAYS } from './issued-tokens.ts';

interface InstagramTokensInput {
  readonly apps: SandboxApps;
  readonly tokens: IssuedTokens;
  readonly codes: OAuthCodes;
  readonly now: () => Date;
  /** The app-scoped id of an account. */
  readonly appScopedId: (accountId: string) => string;
}

const SHORT_LIFE = 3600;
const YOUNGEST_TO_REFRESH = 24 * 3600;

/** The tokens of Instagram Login: from code at api.instagram.com, short to long and longer at graph.instagram.com. */
export function createInstagramTokens({ apps, tokens, codes, now, appScopedId }: InstagramTokensInput) {
  const app = apps.instagram;

  const fromCode = (form: URLSearchParams): GraphAnswer => {
    if (form.get('client_id') !== app.id) return oauthError('Invalid platform app');
    if (form.get('client_secret') !== app.secret) return oauthError('Error validating client secret.');
    if (form.get('grant_type') !== 'authorization_code') return oauthError('Invalid grant_type');
    const code = form.get('code') ?? '';
    const known = codes.look(code, 'instagram');
    // One sentence for all of them, by Meta's page on Business Login; a code with the `#_` of the redirect is unknown too.
    if (known?.state !== 'good') return oauthError('Matching code was not found or was already used');
    const { consent } = known;
    if (consent.redirectUri !== form.get('redirect_uri'))
      return oauthError(
        'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
      );
    codes.use(code);
    const { scopes, declined, accountId = '' } = consent;
    const userId = appScopedId(accountId);
    const facts = { flavour: 'instagram', kind: 'instagram', appId: app.id, userId, accountId } as const;
    const token = tokens.issue({ ...facts, scopes, declined, lifeSeconds: SHORT_LIFE });
    return { status: 200, body: { access_token: token.value, user_id: Number(userId), permissions: scopes } };
  };

  const valid = (given: string | undefined): IssuedToken => {
    const bad = tokens.refusal(given, 'instagram');
    if (bad) throw new Refusal(bad);
    return tokens.find(given) as IssuedToken;
  };

  const lengthened = ({ value, issuedAt, expiresAt, isLong, ...facts }: IssuedToken): GraphAnswer => {
    const token = tokens.issue({ ...facts, lifeSeconds: SIXTY_DAYS });
    return { status: 200, body: { access_token: token.value, token_type: 'bearer', expires_in: SIXTY_DAYS } };
  };

  const needs = (token: IssuedToken) => {
    if (!token.scopes.includes('instagram_business_basic'))
      throw new Refusal({
        code: 10,
        type: 'IGApiException',
        message: 'Application does not have permission for this action',
      });
  };

  const exchange = (query: URLSearchParams, given: string | undefined): GraphAnswer => {
    if (query.get('grant_type') !== 'ig_exchange_token') throw new Refusal(unsupported('GET', 'instagram'));
    const token = valid(given);
    if (query.get('client_secret') !== app.secret)
      throw new Refusal({ code: 1, message: 'Error validating client secret.' });
    // What public clients report of a token that is long-lived already.
    if (token.isLong)
      throw new Refusal({
        code: 452,
        message:
          'Session key invalid. This could be because the session key has an incorrect format, or because the user has revoked this session',
      });
    needs(token);
    return lengthened(token);
  };

  const refresh = (query: URLSearchParams, given: string | undefined): GraphAnswer => {
    if (query.get('grant_type') !== 'ig_refresh_token') throw new Refusal(unsupported('GET', 'instagram'));
    const token = valid(given);
    needs(token);
    const age = (now().getTime() - token.issuedAt.getTime()) / 1000;
    // Meta's words for a token that is too young are not documented; this is how that host refuses what it will not do.
    if (!token.isLong || age < YOUNGEST_TO_REFRESH) throw new Refusal(unsupported('GET', 'instagram'));
    return lengthened(token);
  };

  return { fromCode, exchange, refresh };
}

/** Errors of api.instagram.com have a shape of their own. */
const oauthError = (message: string): GraphAnswer => ({
  status: 400,
  body: { error_type: 'OAuthException', code: 400, error_message: message },
});
