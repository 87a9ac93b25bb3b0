import { type Command, Option } from '@commander-js/extra-typings';
import type { RunCommand } from '../context.ts';
import {
  ACCOUNT,
  chat,
  collect,
  days,
  examples,
  httpsAddress,
  instagramId,
  port,
  positive,
  username,
} from './arguments.ts';

/** Signing in, accounts and their tokens. */
export function accountCommands(program: Command, run: RunCommand): void {
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
        const { instagramAuth } = await import('../commands/instagram-auth.ts');
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
        const { addInstagramAccount } = await import('../commands/accounts.ts');
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
        const { listInstagramAccounts } = await import('../commands/accounts.ts');
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
        const { instagramStatus } = await import('../commands/instagram-status.ts');
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
          const accounts = await import('../commands/accounts.ts');
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
        const { setActiveAccount } = await import('../commands/accounts.ts');
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
        const { rotateKeys } = await import('../commands/rotate-keys.ts');
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
        const { revokeTokens } = await import('../commands/revoke-tokens.ts');
        return revokeTokens(reference, options, context);
      }),
    );
}
