import { type GraphAnswer, Refusal } from '../graph/graph-error.ts';
import type { SandboxApps } from './apps.ts';
import type { IssuedToken, IssuedTokens, TokenKind } from './issued-tokens.ts';
import { noToken } from './token-errors.ts';

interface DebugTokenInput {
  readonly apps: SandboxApps;
  readonly tokens: IssuedTokens;
  readonly isAppToken: (given: string) => boolean;
  /** Of the Pages that a token reaches, and the Instagram accounts behind them. */
  readonly targets: (token: IssuedToken) => { readonly pages: readonly string[]; readonly accounts: readonly string[] };
}

const TYPES: Readonly<Record<TokenKind, string>> = {
  user: 'USER',
  page: 'PAGE',
  system: 'SYSTEM_USER',
  instagram: 'USER',
};
const NINETY_DAYS = 90 * 24 * 3600;
const seconds = (moment: Date | undefined) => (moment ? Math.floor(moment.getTime() / 1000) : 0);

/** Plays `/debug_token`: what a token is. The shapes are of Meta's page on debugging access tokens. */
export function createDebugToken({ apps, tokens, isAppToken, targets }: DebugTokenInput) {
  const viewingApp = (given: string | undefined): string => {
    if (!given) throw new Refusal(noToken());
    if (isAppToken(given)) return apps.facebook.id;
    const bad = tokens.refusal(given, 'facebook');
    if (bad) throw new Refusal(bad);
    const viewer = tokens.find(given) as IssuedToken;
    if (viewer.kind === 'page')
      throw new Refusal({
        code: 100,
        message:
          '(#100) You must provide an app access token, or a user access token that is an owner or developer of the app',
      });
    return viewer.appId;
  };

  const factsOf = (token: IssuedToken) => ({
    app_id: token.appId,
    type: TYPES[token.kind],
    application: token.appId === apps.facebook.id ? apps.facebook.name : 'Another app',
    data_access_expires_at: token.kind === 'system' ? 0 : seconds(token.issuedAt) + NINETY_DAYS,
    expires_at: seconds(token.expiresAt),
    // "For long-lived access tokens the issued_at field is also returned."
    ...(token.isLong && { issued_at: seconds(token.issuedAt) }),
    ...(token.pageId !== undefined && { profile_id: token.pageId }),
    scopes: token.scopes,
    granular_scopes: granular(token),
    user_id: token.userId,
  });

  const granular = (token: IssuedToken) => {
    const { pages, accounts } = targets(token);
    return token.scopes.flatMap((scope) => {
      if (scope.startsWith('pages_')) return { scope, target_ids: pages };
      return scope.startsWith('instagram_') ? { scope, target_ids: accounts } : [];
    });
  };

  return (query: URLSearchParams, given: string | undefined): GraphAnswer => {
    const viewer = viewingApp(given);
    const input = query.get('input_token');
    if (!input) throw new Refusal({ code: 100, message: '(#100) Must specify input_token' });
    const bad = tokens.refusal(input, 'facebook');
    const token = bad?.subcode === undefined && bad ? undefined : tokens.find(input);
    if (!token) {
      const error = { code: 190, message: 'Invalid OAuth access token.' };
      return { status: 200, body: { data: { error, is_valid: false, scopes: [] } } };
    }
    if (token.appId !== viewer)
      throw new Refusal({ code: 100, message: '(#100) The App_id in the input_token did not match the Viewing App' });
    const error = bad && { code: bad.code, message: bad.message, subcode: bad.subcode };
    return { status: 200, body: { data: { ...factsOf(token), ...(error && { error }), is_valid: !bad } } };
  };
}
