import { ACCOUNT, command, examples } from '../command.ts';

export const revokeTokens = () =>
  command('revoke-tokens', "Revoke an account's tokens, at Meta and locally. The account and its media stay.")
    .argument('[username|id]', `${ACCOUNT} (default: the only account)`)
    .option('--all', 'the tokens of all accounts', false)
    .option('--yes', 'do not ask for confirmation; required without a terminal', false)
    .option('--local-only', 'delete them locally, and do not contact Meta', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli revoke-tokens studio.example', 'asks first'],
        ['storyline-cli revoke-tokens --all --yes', 'for scripts'],
      )}
With Facebook Login everything that the person granted the app is revoked: the tokens of every account connected by that
person stop working. Some tokens cannot be revoked from here (Instagram Login; a Page's or system user's token without the
user's token): for those it says where the owner removes the app. No token is deleted locally before Meta has answered,
except with --local-only.`,
    );
