import { command, examples, JSON_FLAG } from '../command.ts';

export const listInstagramAccounts = () =>
  command('list-instagram-accounts', 'List the accounts in the library.')
    .option('--all', 'include deactivated accounts', false)
    .option('--json', JSON_FLAG, false)
    .addHelpText('after', examples(['storyline-cli list-instagram-accounts --all']));
