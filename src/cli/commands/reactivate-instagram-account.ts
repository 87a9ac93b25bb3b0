import { ACCOUNT, command, examples } from '../command.ts';

export const reactivateInstagramAccount = () =>
  command('reactivate-instagram-account', 'Include a deactivated account in runs again.')
    .argument('<username|id>', ACCOUNT)
    .addHelpText('after', examples(['storyline-cli reactivate-instagram-account studio.example']));
