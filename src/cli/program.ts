import { Command, Help } from '@commander-js/extra-typings';
import type { RunCommand } from './context.ts';
import { accountCommands } from './program/account-commands.ts';
import { examples } from './program/arguments.ts';
import { backfillCommands } from './program/backfill-commands.ts';
import { botCommands } from './program/bot-commands.ts';
import { libraryCommands } from './program/library-commands.ts';
import { webCommands } from './program/web-commands.ts';

/** All commands, their flags and their help. Names and flags are fixed: scripts depend on them. */
export function createProgram(version: string, run: RunCommand) {
  const program = new Command('storyline-cli')
    .description('Bring everything an Instagram professional account has posted back into a library that you keep.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .enablePositionalOptions()
    // A switch that is off needs no word about it.
    .configureHelp({
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    })
    .addHelpText(
      'after',
      examples(
        ['storyline-cli backfill-instagram --sandbox', 'try it, without an account'],
        ['storyline-cli instagram-auth', 'connect your own account'],
        ['storyline-cli backfill-instagram --dry-run', 'see what a backfill would bring'],
        ['storyline-cli backfill-instagram', 'bring everything'],
      ),
    );

  backfillCommands(program, run);
  accountCommands(program, run);
  libraryCommands(program, run);
  webCommands(program, run);
  botCommands(program, run);
  return program;
}
