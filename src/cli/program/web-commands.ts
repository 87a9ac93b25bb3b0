import type { Command } from '@commander-js/extra-typings';
import type { RunCommand } from '../context.ts';
import { examples, hostAddress, port } from './arguments.ts';

/** The gallery, which the bot shares a process with, and who may look at it. */
export function webCommands(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description(
      'Show the library in the browser, and answer on Telegram where TELEGRAM_BOT_TOKEN is set, until Ctrl-C.',
    )
    .option('--no-bot', 'the gallery only')
    .option('--no-web', 'the bot only')
    .option('--port <n>', 'the port of the gallery; 0 for any free one', port, 8765)
    .option(
      '--host <address>',
      'the address that the gallery listens on; any but this machine takes a password',
      hostAddress,
      '127.0.0.1',
    )
    .option('--open', 'open it in the browser', false)
    .option('--sandbox', "the sandbox's library, which is also at /sandbox/", false)
    .option('--verbose', 'every event and request, on standard error', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli serve --open', 'the gallery, and the bot if there is one'],
        ['storyline-cli serve --no-web', 'the bot only'],
        ['storyline-cli serve --sandbox --open', 'try it, without an account'],
        ['storyline-cli serve --host 0.0.0.0', 'for the home network; first: set-web-password'],
      )}
Who may look at the gallery: docs/gallery.md
How to set the bot up, and what it can do: docs/telegram.md`,
    )
    .action((options) =>
      run(options, async (context) => {
        const { serve } = await import('../commands/serve.ts');
        return serve(options, context);
      }),
    );

  program
    .command('set-web-password')
    .description('Set the password of the gallery: asked for, or the first line of standard input.')
    .option('--remove', 'let everybody at this machine look, and nobody else', false)
    .addHelpText(
      'after',
      `${examples(['storyline-cli set-web-password', ''], ['storyline-cli set-web-password --remove', ''])}
Sessions end with it: whoever has the gallery open has to give the new one.`,
    )
    .action((options) =>
      run({}, async (context) => {
        const { setWebPassword } = await import('../commands/set-web-password.ts');
        return setWebPassword(options, context);
      }),
    );
}
