import { Option } from '@commander-js/extra-typings';
import { command, examples, JSON_FLAG } from '../command.ts';
import { collect, days, httpsAddress, port, positive } from '../parsers.ts';

export const instagramAuth = () =>
  command('instagram-auth', 'Sign in: connect an account in the browser or with a token, guided or by flags.')
    .addOption(new Option('--login <way>', 'the login method').choices(['instagram', 'facebook'] as const))
    .option('--manual', 'use a token that you have: prompted for, hidden, or read from standard input', false)
    .option('--account-id <id>', 'which account, if the token reaches several; can be repeated', collect)
    .option('--all', 'every account that the token reaches', false)
    .option('--display-name <name>', 'your name for the account (default: its username)')
    .option('--keep-active', 'do not change the active account', false)
    .option(
      '--redirect-uri <address>',
      'the https address registered with your app; you then paste back the address the browser lands on',
      httpsAddress,
    )
    .option('--port <n>', 'the local port that the browser is sent back to (default: any free one)', port)
    .option('--business', 'also include Pages owned by a Meta business (requests business_management)', false)
    .option('--no-open', 'print the address instead of opening a browser')
    .option('--wait-minutes <n>', 'how long to wait for the browser', positive, 10)
    .option('--expires-days <n>', 'days until a pasted token expires, if Meta does not say (0 = never)', days, 60)
    .option('--sandbox', 'use a simulated Meta and a separate library', false)
    .option('--json', JSON_FLAG, false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli instagram-auth', 'asks what it needs to know'],
        [
          'storyline-cli instagram-auth --login facebook',
          'in the browser, with FACEBOOK_APP_ID and FACEBOOK_APP_SECRET set',
        ],
        ['storyline-cli instagram-auth --login instagram --redirect-uri https://studio.example/', 'Instagram Login'],
        ['storyline-cli instagram-auth --manual < token.txt', 'with a token, no prompts'],
        ['storyline-cli instagram-auth --sandbox', 'try it, without an account'],
      )}
One-time setup in Meta's developer dashboard, step by step: docs/connect-instagram.md`,
    );
