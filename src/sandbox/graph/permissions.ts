import type { IssuedToken, IssuedTokens } from '../oauth/issued-tokens.ts';
import { type GraphAnswer, type GraphErrorInput, Refusal } from './graph-error.ts';

const NO_PERMISSION = 'Application does not have permission for this action';

/** Of the endpoint that `pages_read_engagement` is for; recorded in pdir/social-feed-bundle#184. */
const NEEDS_PAGES_READ_ENGAGEMENT: GraphErrorInput = {
  code: 10,
  status: 403,
  message:
    "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature. Refer to https://developers.facebook.com/docs/apps/review/login-permissions#manage-pages and https://developers.facebook.com/docs/apps/review/feature#reference-PAGES_ACCESS for details.",
};

/**
 * Why a token may not read an Instagram account, if so: Facebook Login needs `instagram_basic` and
 * `pages_read_engagement`, or `pages_show_list` for lists of media; Instagram Login `instagram_business_basic`.
 */
export function lackOfPermission(
  { flavour, scopes }: IssuedToken,
  { isMediaList }: { isMediaList: boolean },
): GraphErrorInput | undefined {
  if (flavour === 'instagram')
    return scopes.includes('instagram_business_basic')
      ? undefined
      : { code: 10, status: 403, type: 'IGApiException', message: NO_PERMISSION };
  if (!scopes.includes('instagram_basic')) return { code: 10, status: 403, message: `(#10) ${NO_PERMISSION}` };
  const mayRead = scopes.includes('pages_read_engagement') || (isMediaList && scopes.includes('pages_show_list'));
  return mayRead ? undefined : NEEDS_PAGES_READ_ENGAGEMENT;
}

interface PermissionsRequest {
  readonly method: string;
  readonly path: string;
  readonly token: IssuedToken;
}

/** Plays `/{user}/permissions` of graph.facebook.com; undefined for any other path. */
export function permissionsAnswer(
  { method, path, token }: PermissionsRequest,
  tokens: IssuedTokens,
): GraphAnswer | undefined {
  const [, user, name] = /^\/(me|\d+)\/permissions(?:\/([a-z_]+))?$/.exec(path) ?? [];
  if (token.kind === 'page' || (user !== 'me' && user !== token.userId)) return undefined;
  if (method === 'GET' && name === undefined) {
    const status = (value: string) => (permission: string) => ({ permission, status: value });
    const data = [...token.scopes.map(status('granted')), ...token.declined.map(status('declined'))];
    return { status: 200, body: { data } };
  }
  if (method !== 'DELETE') return undefined;
  if (name === undefined) tokens.revokeOf(token);
  else if (token.scopes.includes(name)) tokens.withdraw(token, name);
  else throw new Refusal({ code: 100, message: '(#100) Permission was not granted' });
  return { status: 200, body: { success: true } };
}
