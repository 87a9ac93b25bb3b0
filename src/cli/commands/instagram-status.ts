import { ACCOUNT, command, examples, JSON_FLAG } from '../command.ts';

export const instagramStatus = () =>
  command(
    'instagram-status',
    "Show each account's token: its owner, permissions, age and expiry, and whether Instagram accepts it.",
  )
    .option('--account-id <id>', `only this account: ${ACCOUNT}`)
    .option('--json', JSON_FLAG, false)
    .addHelpText(
      'after',
      `${examples(['storyline-cli instagram-status'], ['storyline-cli instagram-status --account-id @studio.example'])}
Exit status: 0 all tokens work, 1 at least one does not`,
    );
