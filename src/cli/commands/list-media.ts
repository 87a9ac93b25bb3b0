import { Option } from '@commander-js/extra-typings';
import { command, examples, JSON_FLAG } from '../command.ts';
import { day, positive, uuid } from '../parsers.ts';

export const listMedia = () =>
  command('list-media', 'List the media in the library, newest first.')
    .option('--limit <n>', 'how many', positive, 20)
    .option('--after <id>', 'continue after the media item with this id', uuid)
    .option('--category <name>', 'only this category')
    .addOption(new Option('--kind <kind>', 'only this kind').choices(['image', 'video'] as const))
    .option('--search <text>', 'only items whose caption contains this')
    .option('--since <YYYY-MM-DD>', 'only items posted from this day on', day)
    .option('--until <YYYY-MM-DD>', 'only items posted before this day', day)
    .option('--sandbox', "use the sandbox's library", false)
    .option('--json', JSON_FLAG, false)
    .addHelpText(
      'after',
      examples(
        ['storyline-cli list-media --limit 50'],
        ['storyline-cli list-media --kind video --since 2025-01-01'],
        ['storyline-cli list-media --search "blue hour" --json'],
      ),
    );
