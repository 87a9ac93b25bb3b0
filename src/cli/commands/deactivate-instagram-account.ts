import { ACCOUNT, command, examples } from '../command.ts';

export const deactivateInstagramAccount = () =>
  command('deactivate-instagram-account', 'Keep an account and its media, but leave it out of runs.')
    .argument('<username|id>', ACCOUNT)
    .addHelpText('after', examples(['storyline-cli deactivate-instagram-account studio.example']));
