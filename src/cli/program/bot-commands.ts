import type { Command } from '@commander-js/extra-typings';
import type { RunCommand } from '../context.ts';
import { examples } from './arguments.ts';

/** Who may command the bot. */
export function botCommands(program: Command, run: RunCommand): void {
  program
    .command('list-users')
    .description('List who has talked to the bot, and who was turned away lately.')
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', examples(['storyline-cli list-users', '']))
    .action((options) =>
      run({}, async (context) => {
        const { listUsers } = await import('../commands/users.ts');
        return listUsers(options, context);
      }),
    );

  program
    .command('promote-user')
    .description('Make a user of the bot an admin: one who may command it in any chat.')
    .argument('<user>', '@username, or the Telegram id that list-users shows; names are not looked up')
    .option('--demote', 'make an admin a member again', false)
    .addHelpText(
      'after',
      examples(['storyline-cli promote-user @anna', ''], ['storyline-cli promote-user @anna --demote', '']),
    )
    .action((reference, options) =>
      run({}, async (context) => {
        const { promoteUser } = await import('../commands/users.ts');
        return promoteUser(reference, options, context);
      }),
    );
}
