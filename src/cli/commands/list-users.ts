import { command, examples, JSON_FLAG } from '../command.ts';

export const listUsers = () =>
  command('list-users', 'List who has written to the bot, and who was recently refused.')
    .option('--json', JSON_FLAG, false)
    .addHelpText('after', examples(['storyline-cli list-users']));
