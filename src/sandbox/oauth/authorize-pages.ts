import type { Host } from '../contract.ts';
import { type FaultPlan, type Flavour, TRANSPORT_KINDS } from '../faults.ts';
import { formOf } from '../form-body.ts';
import type { Profile, Profiles } from '../graph/profiles.ts';
import { type Content, contentOf, send, withFault } from '../send-response.ts';
import type { SandboxApps } from './apps.ts';
import type { Consent, OAuthCodes } from './authorization-codes.ts';
import { type AuthorizeRequest, authorizeRequest, PageError } from './authorize-request.ts';
import { authorizePage, errorPage } from './page-html.ts';

interface OAuthPagesInput {
  readonly apps: SandboxApps;
  readonly codes: OAuthCodes;
  readonly profiles: Profiles;
  readonly faultPlan: () => FaultPlan;
  /** Permissions that the person does not grant. */
  readonly declined: readonly string[];
  /** Meta takes https addresses alone. */
  readonly httpsOnly: boolean;
}

const PATHS: Readonly<Record<string, { host: string; flavour: Flavour }>> = {
  '/dialog/oauth': { host: 'www.facebook.com', flavour: 'facebook' },
  '/oauth/authorize': { host: 'www.instagram.com', flavour: 'instagram' },
};

/** Plays www.facebook.com and www.instagram.com: the authorise pages, and the redirect back to the app. */
export function createOAuthPages({ apps, codes, profiles, faultPlan, declined, httpsOnly }: OAuthPagesInput): Host {
  const accountOf = (form: URLSearchParams): Profile => {
    const chosen = form.get('account');
    const profile = chosen === null ? profiles.own : profiles.byId(chosen);
    if (!profile) throw new PageError('Error', 'Sorry, something went wrong.');
    // Business Login is for professional accounts alone; Meta documents that, and not the words.
    if (profile.accountType === 'PERSONAL')
      throw new PageError(
        'You need a professional account',
        `@${profile.account.username} is a personal account. Switch to a professional account to continue.`,
      );
    return profile;
  };

  /** Without ticks of a page that was shown, the person leaves them as they are. */
  const grantedOf = ({ scopes }: AuthorizeRequest, form: URLSearchParams) => {
    const ticked = form.has('ticks') || form.has('grant') ? form.getAll('grant') : undefined;
    return scopes.filter(
      (scope) => scope === 'public_profile' || (ticked ? ticked.includes(scope) : !declined.includes(scope)),
    );
  };

  const approved = (request: AuthorizeRequest, form: URLSearchParams): string => {
    const { flavour, app, redirectUri, scopes, challenge, returnsScopes } = request;
    const granted = grantedOf(request, form);
    const refused = scopes.filter((scope) => !granted.includes(scope));
    const consent: Consent = {
      flavour,
      appId: app.id,
      redirectUri,
      scopes: granted,
      declined: refused,
      ...(challenge && { challenge }),
      ...(flavour === 'instagram' && { accountId: accountOf(form).account.id }),
    };
    return back(request, {
      code: codes.issue(consent),
      ...(returnsScopes && { granted_scopes: granted.join(','), denied_scopes: refused.join(',') }),
    });
  };

  const answer = (request: AuthorizeRequest, method: string, form: URLSearchParams): Content => {
    if (method === 'POST' && form.get('decision') === 'continue') return redirect(approved(request, form));
    if (method === 'POST' && form.get('decision') === 'cancel') return redirect(back(request, DENIED[request.flavour]));
    const usernames = request.flavour === 'instagram' ? profiles.all.map(({ account }) => account) : [];
    return html(200, authorizePage({ request, usernames, unticked: declined }));
  };

  return async (request, response, url, logEntry) => {
    const [, host, version, path = '/'] =
      /^\/(www\.facebook\.com|www\.instagram\.com)(?:\/(v\d+\.\d+))?(\/.*?)\/?$/.exec(url.pathname) ?? [];
    const place = PATHS[path];
    const form = await formOf(request);
    Object.assign(logEntry, { path, ...(version && { version }), ...(place && { flavour: place.flavour }) });
    const { method = 'GET' } = request;
    const shown = (): Content => {
      if (!place || place.host !== host)
        return html(404, errorPage('Page not found', 'Sorry, this page isn’t available.'));
      if (method !== 'GET' && method !== 'POST') return html(405, errorPage('Error', 'Sorry, something went wrong.'));
      try {
        return answer(authorizeRequest(url.searchParams, { apps, flavour: place.flavour, httpsOnly }), method, form);
      } catch (error) {
        if (error instanceof PageError) return html(400, errorPage(error.title, error.message));
        throw error;
      }
    };
    const target = { endpoint: 'account', path, ...(place && { flavour: place.flavour }) } as const;
    const fault = faultPlan().first(TRANSPORT_KINDS, target);
    await send(response, withFault(shown(), fault, request.url ?? '/'), {
      fault,
      onStatus: (status) => {
        logEntry.status = status;
      },
    });
  };
}

/** As Facebook's redirects come, and as Instagram's page on Business Login shows it. */
const DENIED: Readonly<Record<Flavour, Readonly<Record<string, string>>>> = {
  facebook: {
    error: 'access_denied',
    error_code: '200',
    error_description: 'Permissions error',
    error_reason: 'user_denied',
  },
  instagram: {
    error: 'access_denied',
    error_reason: 'user_denied',
    error_description: 'The user denied your request',
  },
};

// Each appends a fragment of its own, which browsers keep to themselves.
const FRAGMENT: Readonly<Record<Flavour, string>> = { facebook: '#_=_', instagram: '#_' };

function back({ flavour, redirectUri, state }: AuthorizeRequest, values: Readonly<Record<string, string>>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(values)) url.searchParams.append(name, value);
  if (state !== null) url.searchParams.append('state', state);
  if (url.hash === '') url.hash = FRAGMENT[flavour];
  return url.href;
}

const html = (status: number, text: string) => contentOf(status, 'text/html; charset=utf-8', text);

const redirect = (location: string): Content => ({
  ...html(302, ''),
  headers: { location, 'cache-control': 'no-store' },
});
