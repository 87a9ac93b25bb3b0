import { command, examples } from '../command.ts';

export const promoteUser = () =>
  command('promote-user', 'Make a user of the bot an admin, who can use it in any chat.')
    .argument('<user>', '@username, or the Telegram id from list-users; display names are not accepted')
    .option('--demote', 'make an admin a member again', false)
    .addHelpText(
      'after',
      examples(['storyline-cli promote-user @anna'], ['storyline-cli promote-user @anna --demote']),
    );
