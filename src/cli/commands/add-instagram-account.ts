import { command, examples } from '../command.ts';
import { days, instagramId, username } from '../parsers.ts';

export const addInstagramAccount = () =>
  command('add-instagram-account', 'Store an account and its access token, encrypted.')
    .requiredOption('--display-name <name>', 'your name for the account')
    .requiredOption('--account-id <id>', "the professional account's numeric id, 17841…", instagramId)
    .requiredOption('--username <name>', 'its username on Instagram', username)
    .option(
      '--access-token <token>',
      'the token; better left out: it is prompted for, hidden, or read from standard input',
    )
    .option('--expires-days <n>', 'days until the token expires (0 = never)', days, 60)
    .option('--set-active', 'make it the account that commands use by default', false)
    .addHelpText(
      'after',
      `${examples(
        [
          'storyline-cli add-instagram-account --display-name Studio --account-id 17841400000000001 --username studio.example',
          'asks for the token',
        ],
        ['storyline-cli add-instagram-account … < token.txt', 'reads it from a file'],
      )}
Every user of the machine can see a token on the command line while the command runs.
Run it again with the same --account-id to store a new token.`,
    );
