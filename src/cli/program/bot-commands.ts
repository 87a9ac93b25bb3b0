import type { Command } from '@commander-js/extra-typings';
import type { RunCommand } from '../context.ts';
import { examples } from './arguments.ts';

/** The bot, and who may command it. */
export function botCommands(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description('Answer on Telegram, until Ctrl-C: TELEGRAM_BOT_TOKEN and ADMIN_TELEGRAM_CHAT_ID are to be set.')
    .option('--verbose', 'every event and request, on standard error', false)
    .addHelpText(
      'after',
      `${examples(['storyline-cli serve', ''])}
How to set the bot up, and what it can do: docs/telegram.md`,
    )
    .action((options) =>
      run(options, async (context) => {
        const { serve } = await import('../commands/serve.ts');
        return serve(context);
      }),
    );

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
    .argument('<user>', '@username, Telegram id, or the id that list-users shows')
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
