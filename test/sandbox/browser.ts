import type { Flavour, Sandbox } from '../../src/sandbox/server.ts';
import type { Json } from './support.ts';

/** Where the tests' own app waits for the redirect; nothing listens there. */
export const CALLBACK = 'http://localhost:8080/callback';
export const SCOPES: Readonly<Record<Flavour, string>> = {
  facebook: 'instagram_basic,pages_show_list,pages_read_engagement,business_management',
  instagram: 'instagram_business_basic,instagram_business_manage_insights',
};

/** The address that an app sends the browser to; undefined leaves a parameter out. */
export function authorizeUrl(
  sandbox: Sandbox,
  flavour: Flavour,
  extra: Record<string, string | undefined> = {},
): string {
  const base =
    flavour === 'facebook'
      ? `${sandbox.facebookWebBaseUrl}/v25.0/dialog/oauth`
      : `${sandbox.instagramWebBaseUrl}/oauth/authorize`;
  const wanted = {
    client_id: sandbox.apps[flavour].id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: SCOPES[flavour],
    state: 'a state',
    ...extra,
  };
  const given = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${base}?${new URLSearchParams(given)}`;
}

interface Clicks {
  /** The button's words. */
  readonly button?: 'Continue' | 'Cancel';
  /** Permissions to take the tick from. */
  readonly untick?: readonly string[];
  /** Another than the account that is chosen. */
  readonly account?: string;
}

/** Opens the page as a browser does, clicks in the form that is there, and gives what comes of it, unfollowed. */
export async function click(
  url: string,
  { button = 'Continue', untick = [], account }: Clicks = {},
): Promise<Response> {
  const page = await fetch(url);
  const html = await page.text();
  if (page.status !== 200) throw new Error(`the page has no form: ${page.status}`);
  const fields = new URLSearchParams();
  for (const [, attributes = ''] of html.matchAll(/<input ([^>]*)>/g)) {
    const of = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    const [type, name, value] = [of('type'), of('name'), of('value')];
    if (/ disabled/.test(attributes)) continue;
    if (type === 'hidden' || (/ checked/.test(attributes) && !untick.includes(value))) fields.append(name, value);
  }
  if (account) fields.set('account', account);
  const pressed = new RegExp(`<button name="([^"]*)" value="([^"]*)">${button}<`).exec(html);
  fields.append(pressed?.[1] ?? '', pressed?.[2] ?? '');
  return fetch(url, { method: 'POST', body: fields, redirect: 'manual' });
}

/** Signs in as a person does, and gives what the redirect carries. */
export async function consent(
  sandbox: Sandbox,
  flavour: Flavour,
  { extra, ...clicks }: Clicks & { extra?: Record<string, string | undefined> } = {},
): Promise<URLSearchParams> {
  const response = await click(authorizeUrl(sandbox, flavour, extra), clicks);
  return new URL(response.headers.get('location') ?? '').searchParams;
}

type Fields = Record<string, string | undefined>;

const present = (fields: Fields) =>
  new URLSearchParams(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** Exchanges a code as the flavour wants it: Facebook by query, Instagram by form. */
export async function exchangeCode(sandbox: Sandbox, flavour: Flavour, code: string, extra: Fields = {}) {
  const { id, secret } = sandbox.apps[flavour];
  const common = { client_id: id, client_secret: secret, redirect_uri: CALLBACK, code };
  const response =
    flavour === 'facebook'
      ? await fetch(`${sandbox.facebookBaseUrl}/v25.0/oauth/access_token?${present({ ...common, ...extra })}`)
      : await fetch(`${sandbox.instagramApiBaseUrl}/oauth/access_token`, {
          method: 'POST',
          body: present({ ...common, grant_type: 'authorization_code', ...extra }),
        });
  const body: Json = await response.json();
  return { status: response.status, body };
}

/** A token as a person's sign-in brings it: short-lived. */
export async function signIn(sandbox: Sandbox, flavour: Flavour, clicks: Parameters<typeof consent>[2] = {}) {
  const code = (await consent(sandbox, flavour, clicks)).get('code') ?? '';
  const { body } = await exchangeCode(sandbox, flavour, code);
  return String(body.access_token);
}

/** Any call, by its address behind the host; with a token in the header, if one is given. */
export async function call(
  sandbox: Sandbox,
  address: string,
  { token, method = 'GET' }: { token?: string; method?: string } = {},
) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`${sandbox.url}/${address}`, { method, headers });
  const body: Json = await response.json();
  return { status: response.status, body };
}

/** Asks for a long-lived token in place of this one. */
export function toLong(sandbox: Sandbox, flavour: Flavour, token: string, extra: Record<string, string> = {}) {
  const { id, secret } = sandbox.apps[flavour];
  const query =
    flavour === 'facebook'
      ? { grant_type: 'fb_exchange_token', client_id: id, client_secret: secret, fb_exchange_token: token, ...extra }
      : { grant_type: 'ig_exchange_token', client_secret: secret, access_token: token, ...extra };
  const address =
    flavour === 'facebook' ? 'graph.facebook.com/v25.0/oauth/access_token' : 'graph.instagram.com/access_token';
  return call(sandbox, `${address}?${new URLSearchParams(query)}`);
}
