import { command, examples } from '../command.ts';
import { hostAddress, port } from '../parsers.ts';

export const serve = () =>
  command('serve', 'Serve the gallery in the browser, and the Telegram bot if TELEGRAM_BOT_TOKEN is set, until Ctrl-C.')
    .option('--no-bot', 'only the gallery')
    .option('--no-web', 'only the bot')
    .option('--port <n>', 'the port of the gallery (0 = any free one)', port, 8765)
    .option(
      '--host <address>',
      'the address to listen on; any address other than this machine requires a password',
      hostAddress,
      '127.0.0.1',
    )
    .option('--open', 'open the gallery in the browser', false)
    .option('--sandbox', "use the sandbox's library, which is also at /sandbox/", false)
    .option('--verbose', 'log every event and request on standard error', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli serve --open', 'the gallery, and the bot if there is one'],
        ['storyline-cli serve --no-web', 'only the bot'],
        ['storyline-cli serve --sandbox --open', 'try it, without an account'],
        ['storyline-cli serve --host 0.0.0.0', 'for the home network; first run set-web-password'],
      )}
Who can see the gallery: docs/gallery.md
How to set up the bot, and what it can do: docs/telegram.md`,
    );
