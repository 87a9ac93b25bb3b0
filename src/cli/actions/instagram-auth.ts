import type { App } from '../../app/open.ts';
import { connectedTo, sandboxConfig, withSandbox } from '../../app/sandbox.ts';
import { browserSignIn } from '../../app/sign-in/browser-sign-in.ts';
import {
  type AccountWithToken,
  type Flavour,
  findAccounts,
  flavourOf,
  holdToken,
  storeAccounts,
} from '../../app/sign-in/connect.ts';
import type { MetaApp } from '../../config.ts';
import { UsageError } from '../../errors.ts';
import { isAccessToken, NOT_A_TOKEN } from '../access-token.ts';
import type { OptionsOf } from '../command.ts';
import type { instagramAuth } from '../commands/instagram-auth.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { LOGINS, SET_UP, WAYS } from '../sign-in-guide.ts';
import { showConnected } from '../sign-in-report.ts';
import { oneLine } from '../terminal.ts';
import { withApp } from '../with-app.ts';

type Options = OptionsOf<typeof instagramAuth>;

const MINUTE = 60_000;

export async function run(options: Options, context: Context): Promise<ExitCode> {
  if (options.all && options.accountId) throw new UsageError('Use either --all or --account-id, not both');
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
  // A problem with the key is better known before the user signs in.
  await app.tokens.confirmKey();
  const way = await chooseWay(options, context);
  const {
    value,
    granted,
    app: own,
  } = way === 'manual' ? await pasted(app, options, context) : await byBrowser(app, way, options, context);
  const held = await holdToken(own, { value, granted, expiresInDays: options.expiresDays }, signal);
  const chosen = await chooseAccounts(await findAccounts(own, held, signal), options, context);
  if (chosen.length > 1 && options.displayName) throw new UsageError('--display-name works for one account only');
  const connected = await storeAccounts(own, chosen, options.displayName, signal);
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
    throw new UsageError('No login method given, and no terminal to ask on', {
      hint: 'Use --login facebook, --login instagram, or --manual with a token on standard input.',
    });
  }
  terminal.note(WAYS);
  return ask.choose<Way>('How do you want to sign in?', [
    { value: 'instagram', label: 'Instagram Login, in the browser' },
    { value: 'facebook', label: 'Facebook Login, in the browser' },
    { value: 'manual', label: 'With a token I already have', hint: "from Meta's App Dashboard or Graph API Explorer" },
  ]);
}

async function pasted(app: App, { login }: Options, { ask, readInput }: Context) {
  const value = ask ? (await ask.secret('Access token (hidden)')).trim() : (await readInput()).trim();
  if (!isAccessToken(value)) throw NOT_A_TOKEN();
  const flavour = flavourOf(value);
  if (login && login !== flavour) {
    throw new UsageError(`That is a token for ${LOGINS[flavour]}, not for ${LOGINS[login]}`, {
      hint: 'Tokens of Facebook Login begin with EAA, those of Instagram Login with IGAA. Leave out --login to use it anyway.',
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
      timeout: options.waitMinutes * MINUTE,
      show: (address) => terminal.note(`To sign in, open this address in your browser:\n\n  ${address}\n`),
      pasteBack: () =>
        ask ? ask.text('The complete address that the browser landed on', 'https://…?code=…&state=…') : readInput(),
    },
    signal,
  );
  return { value: granted.value, granted, app: own };
}

/** Uses the user's own Meta app: from the settings, or prompted for. */
async function withMetaApp(app: App, flavour: Flavour, { ask, terminal }: Context): Promise<App> {
  const prefix = flavour.toUpperCase();
  const known = app.config.signIn.apps[flavour];
  if (known?.secret) return app;
  if (!ask) {
    throw new UsageError(
      `${LOGINS[flavour]} needs your own Meta app: ${prefix}_APP_ID and ${prefix}_APP_SECRET are not set`,
      {
        hint: 'How to create one, in a few minutes: docs/connect-instagram.md. If you already have a token: storyline-cli instagram-auth --manual',
      },
    );
  }
  terminal.note(SET_UP[flavour]);
  const id =
    known?.id ??
    (await ask.text(`The ${flavour === 'instagram' ? 'Instagram app' : 'app'} id`, '1234567890123456')).trim();
  const secret = (await ask.secret('Its secret (hidden)')).trim();
  if (!/^\d{1,30}$/.test(id))
    throw new UsageError('An app id is a number', { hint: "Copy it from Meta's App Dashboard." });
  terminal.note(
    `Set ${prefix}_APP_ID and ${prefix}_APP_SECRET in the environment or .env, so that the token can be renewed.`,
  );
  const own: MetaApp = { id, secret };
  const { config } = app;
  return {
    ...app,
    config: { ...config, signIn: { ...config.signIn, apps: { ...config.signIn.apps, [flavour]: own } } },
  };
}

/** Undefined if the browser can be sent back to this machine: Meta allows that only for Facebook Login. */
async function redirectUriFor(
  flavour: Flavour,
  { redirectUri, port }: Options,
  { ask }: Context,
): Promise<string | undefined> {
  if (redirectUri !== undefined || flavour === 'facebook' || port !== undefined) return redirectUri;
  if (!ask) {
    throw new UsageError('Instagram Login needs the https address that is registered with your app', {
      hint: 'Set it with --redirect-uri, and pass the address that the browser landed on through standard input. See docs/connect-instagram.md.',
    });
  }
  const typed = (await ask.text('The redirect address registered with your app', 'https://studio.example/')).trim();
  if (!URL.canParse(typed) || new URL(typed).protocol !== 'https:') {
    throw new UsageError('That is not an https address', {
      hint: "Copy it exactly from Meta's App Dashboard.",
    });
  }
  return typed;
}

const nameOf = ({ account }: AccountWithToken) =>
  `@${account.username}${account.page ? ` (Page ${oneLine(account.page.name)})` : ''}`;

async function chooseAccounts(
  found: readonly AccountWithToken[],
  options: Options,
  { ask }: Context,
): Promise<readonly AccountWithToken[]> {
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
      hint: 'Choose with --account-id, or use --all.',
    });
  }
  const chosen = await ask.chooseSome(
    'Which accounts do you want to connect?',
    found.map((one) => ({ value: one.account.instagramId, label: nameOf(one) })),
  );
  return found.filter(({ account }) => chosen.includes(account.instagramId));
}
