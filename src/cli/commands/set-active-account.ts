import { ACCOUNT, command, examples } from '../command.ts';
import { chat } from '../parsers.ts';

export const setActiveAccount = () =>
  command('set-active-account', 'Choose the account that commands, or a Telegram chat, use by default.')
    .argument('<username|id>', ACCOUNT)
    .option('--chat <id>', "the Telegram chat (default: the admin's, whose account commands use)", chat)
    .addHelpText(
      'after',
      examples(
        ['storyline-cli set-active-account studio.example'],
        ['storyline-cli set-active-account studio.example --chat -1001234567890', 'a group has a negative id'],
      ),
    );
