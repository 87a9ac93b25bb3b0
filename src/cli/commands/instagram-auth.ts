import type { App } from '../../app/open.ts';
import { connectedTo, sandboxConfig, withSandbox } from '../../app/sandbox.ts';
import { browserSignIn } from '../../app/sign-in/browser-sign-in.ts';
import { type Connected, type Found, findAccounts, holdToken, prove, storeAccount } from '../../app/sign-in/connect.ts';
import { UsageError } from '../../errors.ts';
import type { MetaApp } from '../../instagram/auth/login.ts';
import type { FirstPage } from '../../instagram/auth/reachable-accounts.ts';
import { type Flavour, flavourOf } from '../../instagram/graph/client.ts';
import { isAccessToken, NOT_A_TOKEN } from '../access-token.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { LOGINS, SET_UP, WAYS } from '../sign-in-guide.ts';
import { showConnected } from '../sign-in-report.ts';
import { oneLine } from '../terminal.ts';
import { withApp } from '../with-app.ts';

interface Options {
  login?: Flavour | undefined;
  manual: boolean;
  accountId?: readonly string[] | undefined;
  all: boolean;
  displayName?: string | undefined;
  keepActive: boolean;
  redirectUri?: string | undefined;
  port?: number | undefined;
  business: boolean;
  open: boolean;
  waitMinutes: number;
  expiresDays: number;
  sandbox: boolean;
  json: boolean;
}

const MINUTE = 60_000;

export async function instagramAuth(options: Options, context: Context): Promise<ExitCode> {
  if (options.all && options.accountId) throw new UsageError('--all and --account-id exclude each other');
  if (!options.sandbox) return withApp(context, (app) => signIn(app, options, context));
  return withSandbox((sandbox) =>
    withApp(
      context,
      (app) => signIn(app, { ...options, port: options.port ?? 0 }, context),
      connectedTo(sandboxConfig(context.config), sandbox),
    ),
  );
}

async function signIn(app: App, options: Options, context: Context): Promise<ExitCode> {
  const { signal } = context;
  // Said before anybody signs in for nothing.
  await app.tokens.confirmKey();
  const way = await chooseWay(options, context);
  const {
    value,
    granted,
    app: own,
  } = way === 'manual' ? await pasted(app, options, context) : await byBrowser(app, way, options, context);
  const held = await holdToken(own, { value, granted, expiresInDays: options.expiresDays }, signal);
  const chosen = await chooseAccounts(await findAccounts(own, held, signal), options, context);
  if (chosen.length > 1 && options.displayName) throw new UsageError('--display-name is for one account');
  // All or none: what does not serve is not stored.
  const firstPages = await Promise.all(chosen.map((found) => prove(own, found, signal)));
  const connected: Connected[] = [];
  for (const [index, found] of chosen.entries()) {
    const firstPage = firstPages[index] as FirstPage;
    connected.push({ ...found, firstPage, stored: await storeAccount(own, found, options.displayName) });
  }
  const [first] = connected;
  if (first && !(options.keepActive && (await app.accounts.activeId()))) await app.accounts.setActive(first.stored);
  showConnected(connected, { held, activeId: await app.accounts.activeId() }, options, context);
  return EXIT.done;
}

type Way = Flavour | 'manual';

async function chooseWay({ manual, login }: Options, { ask, terminal }: Context): Promise<Way> {
  if (manual) return 'manual';
  if (login) return login;
  if (!ask) {
    throw new UsageError('Which way in is not said, and there is no terminal to ask at', {
      hint: 'Give --login facebook, --login instagram, or --manual with a token on standard input.',
    });
  }
  terminal.note(WAYS);
  return ask.choose<Way>('How do you want to sign in?', [
    { value: 'instagram', label: 'Instagram Login, by the browser' },
    { value: 'facebook', label: 'Facebook Login, by the browser' },
    { value: 'manual', label: 'With a token that I have', hint: "from Meta's App Dashboard or Graph API Explorer" },
  ]);
}

async function pasted(app: App, { login }: Options, { ask, readInput }: Context) {
  const value = ask ? (await ask.secret('Access token (it is not shown)')).trim() : (await readInput()).trim();
  if (!isAccessToken(value)) throw NOT_A_TOKEN();
  const flavour = flavourOf(value);
  if (login && login !== flavour) {
    throw new UsageError(`That is a token of ${LOGINS[flavour]}, and not of ${LOGINS[login]}`, {
      hint: 'EAA… belongs to Facebook Login, IGAA… to Instagram Login. Leave out --login to take it for what it is.',
    });
  }
  return { value, granted: undefined, app };
}

async function byBrowser(app: App, flavour: Flavour, options: Options, context: Context) {
  const { terminal, ask, signal, readInput } = context;
  const own = await withMetaApp(app, flavour, context);
  const granted = await browserSignIn(
    own,
    {
      flavour,
      redirectUri: await redirectUriFor(flavour, options, context),
      port: options.port ?? 0,
      business: options.business,
      opensBrowser: options.open,
      patience: options.waitMinutes * MINUTE,
      show: (address) => terminal.note(`Consent in your browser, at this address:\n\n  ${address}\n`),
      pasteBack: () =>
        ask ? ask.text('The address that the browser ended on (all of it)', 'https://…?code=…&state=…') : readInput(),
    },
    signal,
  );
  return { value: granted.value, granted, app: own };
}

/** The user's own app of Meta's: from the settings, or asked for. */
async function withMetaApp(app: App, flavour: Flavour, { ask, terminal }: Context): Promise<App> {
  const prefix = flavour.toUpperCase();
  const known = app.config.signIn.apps[flavour];
  if (known?.secret) return app;
  if (!ask) {
    throw new UsageError(
      `${LOGINS[flavour]} needs your own app at Meta: ${prefix}_APP_ID and ${prefix}_APP_SECRET are not set`,
      {
        hint: 'How to make one, in a few minutes: docs/connect-instagram.md. With a token that you have: instagram-auth --manual',
      },
    );
  }
  terminal.note(SET_UP[flavour]);
  const id =
    known?.id ??
    (await ask.text(`The ${flavour === 'instagram' ? 'Instagram app' : 'app'} id`, '1234567890123456')).trim();
  const secret = (await ask.secret('Its secret (it is not shown)')).trim();
  if (!/^\d{1,30}$/.test(id))
    throw new UsageError('An app id is a number', { hint: "Copy it from Meta's App Dashboard." });
  terminal.note(
    `Put ${prefix}_APP_ID and ${prefix}_APP_SECRET into the environment or .env, so that the token can be kept alive.`,
  );
  const own: MetaApp = { id, secret };
  const { config } = app;
  return {
    ...app,
    config: { ...config, signIn: { ...config.signIn, apps: { ...config.signIn.apps, [flavour]: own } } },
  };
}

/** Nothing where the browser can come back to this machine: Meta lets it for Facebook Login alone. */
async function redirectUriFor(
  flavour: Flavour,
  { redirectUri, port }: Options,
  { ask }: Context,
): Promise<string | undefined> {
  if (redirectUri !== undefined || flavour === 'facebook' || port !== undefined) return redirectUri;
  if (!ask) {
    throw new UsageError('Instagram Login sends the browser to an https address that is registered with your app', {
      hint: 'Name it with --redirect-uri, and give the address that the browser ended on on standard input. See docs/connect-instagram.md.',
    });
  }
  const typed = (
    await ask.text('The redirect address that is registered with your app', 'https://studio.example/')
  ).trim();
  if (!URL.canParse(typed) || new URL(typed).protocol !== 'https:') {
    throw new UsageError('That is not an https address', {
      hint: "Copy it from Meta's App Dashboard, letter by letter.",
    });
  }
  return typed;
}

const nameOf = ({ account }: Found) =>
  `@${account.username}${account.page ? ` (Page ${oneLine(account.page.name)})` : ''}`;

async function chooseAccounts(found: readonly Found[], options: Options, { ask }: Context): Promise<readonly Found[]> {
  const list = found.map(nameOf).join(', ');
  if (options.accountId) {
    return options.accountId.map((wanted) => {
      const name = wanted.replace(/^@/, '').toLowerCase();
      const fits = found.find(({ account }) => [account.instagramId, account.username.toLowerCase()].includes(name));
      if (!fits) throw new UsageError(`The token does not reach ${wanted}`, { hint: `It reaches ${list}.` });
      return fits;
    });
  }
  if (options.all || found.length <= 1) return found;
  if (!ask) {
    throw new UsageError(`The token reaches ${found.length} accounts: ${list}`, {
      hint: 'Name those that you want with --account-id, or take them --all.',
    });
  }
  const chosen = await ask.chooseSome(
    'Which accounts do you want to keep here?',
    found.map((one) => ({ value: one.account.instagramId, label: nameOf(one) })),
  );
  return found.filter(({ account }) => chosen.includes(account.instagramId));
}
