import { UsageError } from '../../errors.ts';
import { BUSINESS_SCOPE, type GrantedToken, SCOPES } from '../../instagram/auth/login.ts';
import type { Flavour } from '../../instagram/graph/client.ts';
import { openBrowser } from '../../lib/open-browser.ts';
import type { App } from '../open.ts';
import { loginOf } from '../tokens/current.ts';
import { openCallback } from './callback.ts';
import { codeInAddress, makeSecrets, type Secrets } from './consent.ts';

export interface BrowserSignIn {
  flavour: Flavour;
  /** Registered with the app, and not on this machine: what the browser ends on is pasted back. Absent: it comes back here. */
  redirectUri: string | undefined;
  /** Of this machine; 0: any free one. */
  port: number;
  /** Also Pages that belong to a Meta business. */
  business: boolean;
  opensBrowser: boolean;
  /** How long to wait for the browser, in milliseconds. */
  patience: number;
  show: (address: string) => void;
  pasteBack: () => Promise<string>;
}

/**
 * Has the person consent in a browser, and exchanges the code that it comes back with.
 *
 * @throws {SignInError} where nobody consents. {@link InstagramApiError} where Meta does not take the code.
 */
export async function browserSignIn(app: App, asked: BrowserSignIn, signal: AbortSignal): Promise<GrantedToken> {
  const { flavour, redirectUri } = asked;
  const metaApp = app.config.signIn.apps[flavour];
  if (!metaApp) throw new UsageError(`No app of Meta's is set up for signing in by ${flavour}`);
  const login = loginOf(app);
  const secrets = makeSecrets();
  const consentAt = (address: string) => {
    const consent = login.consentAddress(flavour, {
      app: metaApp,
      redirectUri: address,
      state: secrets.state,
      challenge: secrets.challenge,
      scopes: [...SCOPES[flavour], ...(asked.business && flavour === 'facebook' ? [BUSINESS_SCOPE] : [])],
    });
    asked.show(consent);
    if (asked.opensBrowser) openBrowser(consent);
  };
  const answer =
    redirectUri === undefined
      ? await comeBack(asked, secrets, consentAt, signal)
      : await pastedBack(asked, redirectUri, secrets, consentAt);
  return login.exchangeCode(flavour, { app: metaApp, ...answer, verifier: secrets.verifier }, signal);
}

async function pastedBack(
  { pasteBack }: BrowserSignIn,
  redirectUri: string,
  { state }: Secrets,
  consentAt: (address: string) => void,
) {
  consentAt(redirectUri);
  return { redirectUri, code: codeInAddress(await pasteBack(), state) };
}

async function comeBack(
  { port, patience }: BrowserSignIn,
  { state }: Secrets,
  consentAt: (address: string) => void,
  signal: AbortSignal,
) {
  const callback = await openCallback({ port, state, patience, signal });
  try {
    consentAt(callback.redirectUri);
    return { redirectUri: callback.redirectUri, code: await callback.code };
  } finally {
    callback.close();
  }
}
