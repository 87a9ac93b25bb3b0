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
  /** Registered with the app: the user pastes back the address it leads to. Undefined: the browser comes back here. */
  redirectUri: string | undefined;
  /** The local port; 0: any free port. */
  port: number;
  /** Also include Pages owned by a Meta business. */
  business: boolean;
  opensBrowser: boolean;
  /** How long to wait for the browser, in milliseconds. */
  timeout: number;
  show: (address: string) => void;
  pasteBack: () => Promise<string>;
}

/**
 * Lets the person consent in a browser, and exchanges the code that it returns.
 *
 * @throws {SignInError} without consent. {@link InstagramApiError} if Meta rejects the code.
 */
export async function browserSignIn(app: App, options: BrowserSignIn, signal: AbortSignal): Promise<GrantedToken> {
  const { flavour, redirectUri } = options;
  const metaApp = app.config.signIn.apps[flavour];
  if (!metaApp) throw new UsageError(`No Meta app is set up for ${flavour} login`);
  const login = loginOf(app);
  const secrets = makeSecrets();
  const consentAt = (address: string) => {
    const consent = login.consentAddress(flavour, {
      app: metaApp,
      redirectUri: address,
      state: secrets.state,
      challenge: secrets.challenge,
      scopes: [...SCOPES[flavour], ...(options.business && flavour === 'facebook' ? [BUSINESS_SCOPE] : [])],
    });
    options.show(consent);
    if (options.opensBrowser) openBrowser(consent);
  };
  const answer =
    redirectUri === undefined
      ? await comeBack(options, secrets, consentAt, signal)
      : await pastedBack(options, redirectUri, secrets, consentAt);
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
  { port, timeout }: BrowserSignIn,
  { state }: Secrets,
  consentAt: (address: string) => void,
  signal: AbortSignal,
) {
  const callback = await openCallback({ port, state, timeout, signal });
  try {
    consentAt(callback.redirectUri);
    return { redirectUri: callback.redirectUri, code: await callback.code };
  } finally {
    callback.close();
  }
}
