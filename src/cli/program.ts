import { Command, type CommandUnknownOpts, Help, type OptionValues } from '@commander-js/extra-typings';
import { type Action, type Declaration, examples } from './command.ts';
import { addInstagramAccount } from './commands/add-instagram-account.ts';
import { backfillInstagram } from './commands/backfill-instagram.ts';
import { backfillStatus } from './commands/backfill-status.ts';
import { checkHealth } from './commands/check-health.ts';
import { deactivateInstagramAccount } from './commands/deactivate-instagram-account.ts';
import { instagramAuth } from './commands/instagram-auth.ts';
import { instagramStatus } from './commands/instagram-status.ts';
import { listInstagramAccounts } from './commands/list-instagram-accounts.ts';
import { listMedia } from './commands/list-media.ts';
import { listUsers } from './commands/list-users.ts';
import { migrate } from './commands/migrate.ts';
import { promoteUser } from './commands/promote-user.ts';
import { reactivateInstagramAccount } from './commands/reactivate-instagram-account.ts';
import { revokeTokens } from './commands/revoke-tokens.ts';
import { rotateKeys } from './commands/rotate-keys.ts';
import { sandbox } from './commands/sandbox.ts';
import { serve } from './commands/serve.ts';
import { setActiveAccount } from './commands/set-active-account.ts';
import { setWebPassword } from './commands/set-web-password.ts';
import { verifyLibrary } from './commands/verify-library.ts';
import type { RunCommand } from './context.ts';

/** All commands, in the order of `--help`, each with its work. Names and flags are fixed: scripts depend on them. */
const COMMANDS = [
  bind(backfillInstagram, () => import('./actions/backfill-instagram.ts')),
  bind(backfillStatus, () => import('./actions/backfill-status.ts')),
  bind(instagramAuth, () => import('./actions/instagram-auth.ts')),
  bind(addInstagramAccount, () => import('./actions/add-instagram-account.ts')),
  bind(listInstagramAccounts, () => import('./actions/list-instagram-accounts.ts')),
  bind(instagramStatus, () => import('./actions/instagram-status.ts')),
  bind(deactivateInstagramAccount, () => import('./actions/deactivate-instagram-account.ts')),
  bind(reactivateInstagramAccount, () => import('./actions/reactivate-instagram-account.ts')),
  bind(setActiveAccount, () => import('./actions/set-active-account.ts')),
  bind(rotateKeys, () => import('./actions/rotate-keys.ts')),
  bind(revokeTokens, () => import('./actions/revoke-tokens.ts')),
  bind(listMedia, () => import('./actions/list-media.ts')),
  bind(verifyLibrary, () => import('./actions/verify-library.ts')),
  bind(migrate, () => import('./actions/migrate.ts')),
  bind(checkHealth, () => import('./actions/check-health.ts')),
  bind(sandbox, () => import('./actions/sandbox.ts')),
  bind(serve, () => import('./actions/serve.ts')),
  bind(setWebPassword, () => import('./actions/set-web-password.ts')),
  bind(listUsers, () => import('./actions/list-users.ts')),
  bind(promoteUser, () => import('./actions/promote-user.ts')),
];

/** Joins a declaration and its work, which is loaded only when the command runs. */
function bind<Arguments extends unknown[], Options extends OptionValues>(
  declare: Declaration<Arguments, Options>,
  load: () => Promise<{ run: Action<Arguments, Options> }>,
): (program: CommandUnknownOpts, run: RunCommand) => CommandUnknownOpts {
  return (program, run) => {
    const command = declare().copyInheritedSettings(program);
    return command.action(() =>
      run(command.opts(), async (context) => {
        const action = await load();
        return action.run(...command.processedArgs, command.opts(), context);
      }),
    ) as CommandUnknownOpts;
  };
}

/** The whole command line. `run` carries out the command that was typed. */
export function createProgram(version: string, run: RunCommand) {
  const program = new Command('storyline-cli')
    .description('Download everything your Instagram professional account has posted into a library you own.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .enablePositionalOptions()
    // Do not print "(default: false)".
    .configureHelp({
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    })
    .addHelpText(
      'after',
      examples(
        ['storyline-cli backfill-instagram --sandbox', 'try it, without an account'],
        ['storyline-cli instagram-auth', 'connect your own account'],
        ['storyline-cli backfill-instagram --dry-run', 'see what would be downloaded'],
        ['storyline-cli backfill-instagram', 'download everything'],
      ),
    );
  for (const add of COMMANDS) program.addCommand(add(program as CommandUnknownOpts, run));
  return program;
}
