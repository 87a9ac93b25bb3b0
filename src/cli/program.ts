import { Command, Help, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { parseDay } from '../media/moment.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** Runs a command; the settings and the terminal are made only then, so that `--help` stays quick. */
export type RunCommand = (
  options: { verbose?: boolean | undefined; quiet?: boolean | undefined },
  command: (context: Context) => Promise<ExitCode>,
) => Promise<void>;

const ACCOUNT = 'account UUID, Instagram id or @username';

/** All commands, their flags and their help. Names and flags are fixed: scripts depend on them. */
export function createProgram(version: string, run: RunCommand) {
  const program = new Command('storyline-cli')
    .description('Bring everything an Instagram professional account has posted back into a library that you keep.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .enablePositionalOptions()
    // A switch that is off needs no word about it.
    .configureHelp({
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    })
    .addHelpText(
      'after',
      examples(
        ['storyline-cli backfill-instagram --sandbox', 'try it, without an account'],
        ['storyline-cli instagram-auth', 'connect your own account'],
        ['storyline-cli backfill-instagram --dry-run', 'see what a backfill would bring'],
        ['storyline-cli backfill-instagram', 'bring everything'],
      ),
    );

  backfillCommands(program, run);
  accountCommands(program, run);
  libraryCommands(program, run);
  return program;
}

function backfillCommands(program: Command, run: RunCommand): void {
  program
    .command('backfill-instagram')
    .description('Download what an account has posted into the library.')
    .option(
      '--limit <n>',
      'at most n items newly downloaded in this run, of each account with --all-accounts (default: all)',
      positive,
    )
    .addOption(
      new Option('--media-type <type>', 'what to bring (default: feed; with --sandbox: both)').choices([
        'feed',
        'stories',
        'both',
      ] as const),
    )
    .option('--since <YYYY-MM-DD>', 'only posts at or after that day, 00:00 UTC', day)
    .option('--until <YYYY-MM-DD>', 'only posts before that day, 00:00 UTC', day)
    .option('--dry-run', 'walk and count, download nothing; say what the real run would take', false)
    .option('--account-id <id>', `${ACCOUNT} (default: the active account)`)
    .option('--all-accounts', 'every account that is not deactivated, one after the other', false)
    .option('--incremental', 'new posts only: end where the past is complete', false)
    .option('--retry-failed', 'only the items that failed in earlier runs, and videos kept as still only', false)
    .option('--wait', 'on a rate limit, wait until Instagram lets the account in again, then go on', false)
    .option('--collaborations', 'also posts in which the account only collaborates (Facebook Login only)', false)
    .option(
      '--concurrency <n>',
      'downloads at once, 1 to 64 (default: 16, then as many as the line is worth, up to 48)',
      concurrency,
    )
    .option('--sandbox', 'against a stand-in for Instagram, with a library of its own', false)
    .option('--json', 'one JSON document on standard output', false)
    .option('--quiet', 'no progress', false)
    .option('--verbose', 'every event and request, on standard error', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli backfill-instagram --sandbox', 'a trial run, without an account'],
        ['storyline-cli backfill-instagram --dry-run', 'what would be downloaded?'],
        ['storyline-cli backfill-instagram --limit 50', 'the newest 50 that are missing; repeat for more'],
        ['storyline-cli backfill-instagram --since 2025-01-01', 'from that day on'],
        ['storyline-cli backfill-instagram --incremental', 'what is new since the last complete run'],
        ['storyline-cli backfill-instagram --all-accounts --incremental', 'the same, of every account'],
        ['storyline-cli backfill-instagram --media-type stories', 'live stories: only the last 24 hours can be had'],
      )}
Exit status:
  0 all done   1 stopped by an error   2 wrong usage or configuration   3 finished, some items failed
  4 stopped by the rate limit, safe to run again   130 interrupted, safe to run again
With --all-accounts what stops one account leaves the others alone, but for Ctrl-C, a full disk and a lost database. The
status is then 130 where it was interrupted, else the first of 1, 4 and 3 that an account came to; an account without a
token that serves counts as 1.`,
    )
    .action((options) =>
      run(options, async (context) => {
        const { backfillInstagram } = await import('./commands/backfill-instagram.ts');
        return backfillInstagram(options, context);
      }),
    );

  program
    .command('backfill-status')
    .description('Show what was backfilled, the last run, and the items that failed.')
    .option('--sandbox', "the sandbox's library", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', examples(['storyline-cli backfill-status', ''], ['storyline-cli backfill-status --json', '']))
    .action((options) =>
      run({}, async (context) => {
        const { backfillStatus } = await import('./commands/backfill-status.ts');
        return backfillStatus(options, context);
      }),
    );
}

function accountCommands(program: Command, run: RunCommand): void {
  program
    .command('instagram-auth')
    .description('Sign in: connect an account by the browser or with a token, guided or by flags.')
    .addOption(new Option('--login <way>', 'the way in').choices(['instagram', 'facebook'] as const))
    .option('--manual', 'with a token that you have: it is asked for, hidden, or read from standard input', false)
    .option('--account-id <id>', 'which account, where the token reaches several; may be given again', collect)
    .option('--all', 'every account that the token reaches', false)
    .option('--display-name <name>', 'how you call the account (default: its name on Instagram)')
    .option('--keep-active', 'leave the active account as it is', false)
    .option(
      '--redirect-uri <address>',
      'the https address registered with your app; what the browser ends on is pasted back',
      httpsAddress,
    )
    .option('--port <n>', 'the port of this machine that the browser comes back to (default: any free one)', port)
    .option('--business', 'also Pages that belong to a Meta business (asks for business_management)', false)
    .option('--no-open', 'print the address, and open no browser')
    .option('--wait-minutes <n>', 'how long to wait for the browser', positive, 10)
    .option('--expires-days <n>', 'in how many days a pasted token ends, where Meta does not say; 0: never', days, 60)
    .option('--sandbox', 'against a stand-in for Meta, with a library of its own', false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli instagram-auth', 'asks what it needs to know'],
        [
          'storyline-cli instagram-auth --login facebook',
          'by the browser, with FACEBOOK_APP_ID and FACEBOOK_APP_SECRET set',
        ],
        ['storyline-cli instagram-auth --login instagram --redirect-uri https://studio.example/', 'Instagram Login'],
        ['storyline-cli instagram-auth --manual < token.txt', 'with a token, without a question'],
        ['storyline-cli instagram-auth --sandbox', 'try it, without an account'],
      )}
What is to be set up once in Meta's developer pages, step by step: docs/connect-instagram.md`,
    )
    .action((options) =>
      run({}, async (context) => {
        const { instagramAuth } = await import('./commands/instagram-auth.ts');
        return instagramAuth(options, context);
      }),
    );

  program
    .command('add-instagram-account')
    .description('Store an account and its access token, encrypted.')
    .requiredOption('--display-name <name>', 'how you call the account')
    .requiredOption('--account-id <id>', "the professional account's numeric id, 17841…", instagramId)
    .requiredOption('--username <name>', 'its name on Instagram', username)
    .option(
      '--access-token <token>',
      'the token; better left out: it is asked for, hidden, or read from standard input',
    )
    .option('--expires-days <n>', 'in how many days the token expires; 0: never', days, 60)
    .option('--set-active', 'make it the account that commands mean by default', false)
    .addHelpText(
      'after',
      `${examples(
        [
          'storyline-cli add-instagram-account --display-name Studio --account-id 17841400000000001 --username studio.example',
          'asks for the token',
        ],
        ['storyline-cli add-instagram-account … < token.txt', 'reads it from a file'],
      )}
A token on the command line can be seen by every user of the machine while the command runs.
Run it again with the same --account-id to store a new token.`,
    )
    .action((options) =>
      run({}, async (context) => {
        const { addInstagramAccount } = await import('./commands/accounts.ts');
        return addInstagramAccount(options, context);
      }),
    );

  program
    .command('list-instagram-accounts')
    .description('List the accounts in the library.')
    .option('--all', 'deactivated ones too', false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', examples(['storyline-cli list-instagram-accounts --all', '']))
    .action((options) =>
      run({}, async (context) => {
        const { listInstagramAccounts } = await import('./commands/accounts.ts');
        return listInstagramAccounts(options, context);
      }),
    );

  program
    .command('instagram-status')
    .description(
      "Show each account's token: whose it is, what it may, its age and end, and whether Instagram accepts it.",
    )
    .option('--account-id <id>', `only this account: ${ACCOUNT}`)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText(
      'after',
      `${examples(['storyline-cli instagram-status', ''], ['storyline-cli instagram-status --account-id @studio.example', ''])}
Exit status: 0 every token serves, 1 one does not`,
    )
    .action((options) =>
      run({}, async (context) => {
        const { instagramStatus } = await import('./commands/instagram-status.ts');
        return instagramStatus(options, context);
      }),
    );

  const switches = [
    ['deactivate-instagram-account', 'Keep an account and its media, but leave it out of runs.', 'deactivateAccount'],
    ['reactivate-instagram-account', 'Bring a deactivated account back.', 'reactivateAccount'],
  ] as const;
  for (const [name, description, command] of switches) {
    program
      .command(name)
      .description(description)
      .argument('<username|id>', ACCOUNT)
      .addHelpText('after', examples([`storyline-cli ${name} studio.example`, '']))
      .action((reference) =>
        run({}, async (context) => {
          const accounts = await import('./commands/accounts.ts');
          return accounts[command](reference, context);
        }),
      );
  }

  program
    .command('set-active-account')
    .description('Choose the account that commands mean by default, or that a Telegram chat means.')
    .argument('<username|id>', ACCOUNT)
    .option('--chat <id>', "the Telegram chat (default: the admin's, whose account commands mean)", chat)
    .addHelpText(
      'after',
      examples(
        ['storyline-cli set-active-account studio.example', ''],
        ['storyline-cli set-active-account studio.example --chat -1001234567890', 'a group has a negative id'],
      ),
    )
    .action((reference, options) =>
      run({}, async (context) => {
        const { setActiveAccount } = await import('./commands/accounts.ts');
        return setActiveAccount(reference, options, context);
      }),
    );

  program
    .command('rotate-keys')
    .description('Encrypt all stored tokens with a new key.')
    .addHelpText(
      'after',
      `
With the key file (the default) a new key is made, and the old one is forgotten afterwards.
With ENCRYPTION_KEYS, put the new key first, run this, then take the old one out.`,
    )
    .action(() =>
      run({}, async (context) => {
        const { rotateKeys } = await import('./commands/rotate-keys.ts');
        return rotateKeys(context);
      }),
    );

  program
    .command('revoke-tokens')
    .description("Take back an account's tokens, at Meta and here. The account and its media stay.")
    .argument('[username|id]', `${ACCOUNT} (default: the only one there is)`)
    .option('--all', 'of all accounts', false)
    .option('--yes', 'do not ask first; needed where there is no terminal', false)
    .option('--local-only', 'forget them here, and ask nothing of Meta', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli revoke-tokens studio.example', 'asks first'],
        ['storyline-cli revoke-tokens --all --yes', 'for scripts'],
      )}
With Facebook Login all that the person granted the app is taken back: the tokens of every account that came by that
person die with it. For tokens that no program can take back (Instagram Login, a Page's or a system user's token alone)
it says where the owner removes the app. Nothing is forgotten here before Meta has answered, unless by --local-only.`,
    )
    .action((reference, options) =>
      run({}, async (context) => {
        const { revokeTokens } = await import('./commands/revoke-tokens.ts');
        return revokeTokens(reference, options, context);
      }),
    );
}

function libraryCommands(program: Command, run: RunCommand): void {
  program
    .command('list-media')
    .description('List the media in the library, newest first.')
    .option('--limit <n>', 'how many', positive, 20)
    .option('--after <id>', 'go on after the media item of this id', uuid)
    .option('--category <name>', 'only this category')
    .addOption(new Option('--kind <kind>', 'only this kind').choices(['image', 'video'] as const))
    .option('--search <text>', 'only those whose caption contains this')
    .option('--since <YYYY-MM-DD>', 'only posted at or after that day', day)
    .option('--until <YYYY-MM-DD>', 'only posted before that day', day)
    .option('--sandbox', "the sandbox's library", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText(
      'after',
      examples(
        ['storyline-cli list-media --limit 50', ''],
        ['storyline-cli list-media --kind video --since 2025-01-01', ''],
        ['storyline-cli list-media --search "blue hour" --json', ''],
      ),
    )
    .action((options) =>
      run({}, async (context) => {
        const { listMedia } = await import('./commands/list-media.ts');
        return listMedia(options, context);
      }),
    );

  program
    .command('verify-library')
    .description('Read every backfilled file again and hold it against the database; changes nothing unless told to.')
    .option('--repair', 'fetch missing and altered files again, and make lost rows anew from the sidecars', false)
    .option('--sandbox', "the sandbox's library", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli verify-library', ''],
        ['storyline-cli verify-library --repair', 'put right what can be'],
        ['storyline-cli verify-library --json', ''],
      )}
Finds missing and altered files, files that no row names, and what a run that died left half-written. A repair replaces a
file only by a whole one from Instagram; with the media folder alone it gives a new database its rows again.
Exit status: 0 the library is whole, 3 something is wrong`,
    )
    .action((options) =>
      run({}, async (context) => {
        const { verify } = await import('./commands/verify-library.ts');
        return verify(options, context);
      }),
    );

  program
    .command('migrate')
    .description('Bring the database up to date. Every other command does so by itself.')
    .option('--json', 'one JSON document on standard output', false)
    .action((options) =>
      run({}, async (context) => {
        const { migrateDatabase } = await import('./commands/migrate.ts');
        return migrateDatabase(options, context);
      }),
    );

  program
    .command('check-health')
    .description(
      'Check database, media folder, key, accounts, tokens, clock, hosts and bot; each problem comes with its remedy.',
    )
    .option('--offline', 'leave out what asks the network', false)
    .option('--sandbox', "the sandbox's library, which needs no network", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', '\nExit status: 0 all well, 1 something is broken')
    .action((options) =>
      run({}, async (context) => {
        const { checkHealth } = await import('./commands/check-health.ts');
        return checkHealth(options, context);
      }),
    );

  program
    .command('serve')
    .description('Answer on Telegram, until Ctrl-C: TELEGRAM_BOT_TOKEN and ADMIN_TELEGRAM_CHAT_ID are to be set.')
    .option('--verbose', 'every event and request, on standard error', false)
    .addHelpText(
      'after',
      `${examples(['storyline-cli serve', ''])}
How to set the bot up, and what it can do: docs/telegram.md`,
    )
    .action((options) =>
      run(options, async (context) => {
        const { serve } = await import('./commands/serve.ts');
        return serve(context);
      }),
    );

  program
    .command('list-users')
    .description('List who has talked to the bot, and who was turned away lately.')
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', examples(['storyline-cli list-users', '']))
    .action((options) =>
      run({}, async (context) => {
        const { listUsers } = await import('./commands/users.ts');
        return listUsers(options, context);
      }),
    );

  program
    .command('promote-user')
    .description('Make a user of the bot an admin: one who may command it in any chat.')
    .argument('<user>', '@username, Telegram id, or the id that list-users shows')
    .option('--demote', 'make an admin a member again', false)
    .addHelpText(
      'after',
      examples(['storyline-cli promote-user @anna', ''], ['storyline-cli promote-user @anna --demote', '']),
    )
    .action((reference, options) =>
      run({}, async (context) => {
        const { promoteUser } = await import('./commands/users.ts');
        return promoteUser(reference, options, context);
      }),
    );

  program
    .command('sandbox')
    .description('Run only the stand-in for Instagram, for trying things by hand, until Ctrl-C.')
    .option('--port <n>', 'port on 127.0.0.1; 0: any free one', port, 0)
    .addHelpText('after', examples(['storyline-cli sandbox --port 8090', 'prints its addresses and tokens']))
    .action((options) =>
      run({}, async (context) => {
        const { sandbox } = await import('./commands/sandbox.ts');
        return sandbox(options, context);
      }),
    );
}

function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.filter(([, meaning]) => meaning).map(([command]) => command.length), 0);
  const rows = lines.map(([command, meaning]) =>
    meaning ? `  ${command.padEnd(width)}  # ${meaning}` : `  ${command}`,
  );
  return `\nExamples:\n${rows.join('\n')}\n`;
}

function whole(text: string, from: number, to: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new InvalidArgumentError(
      to === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number from ${from} on.`
        : `It must be a whole number from ${from} to ${to}.`,
    );
  }
  return value;
}

const positive = (text: string) => whole(text, 1, Number.MAX_SAFE_INTEGER);
const concurrency = (text: string) => whole(text, 1, 64);
const days = (text: string) => whole(text, 0, 36_500);
const port = (text: string) => whole(text, 0, 65_535);

function day(text: string): Date {
  const parsed = parseDay(text);
  if (!parsed) throw new InvalidArgumentError('It must be a day of the calendar, as 2025-01-31.');
  return parsed;
}

function matching(pattern: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`It must be ${expected}.`);
    return text;
  };
}

const instagramId = matching(/^\d{5,32}$/, "Meta's numeric id, digits only, as 17841400000000001");
const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
const httpsAddress = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && !url.hash && !url.search && !url.username) return text;
  throw new InvalidArgumentError('Expected an https address, the same letter by letter as it is registered.');
};
const uuid = matching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, 'the id that list-media shows');
function chat(text: string): number {
  const id = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(id)) {
    throw new InvalidArgumentError("It must be a chat's number, as Telegram has it.");
  }
  return id;
}
const username = (text: string): string =>
  matching(/^[\w.]{1,50}$/, 'a name on Instagram: letters, digits, dots and underscores')(text.replace(/^@/, ''));
