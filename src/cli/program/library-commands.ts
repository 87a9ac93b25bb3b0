import { type Command, Option } from '@commander-js/extra-typings';
import type { RunCommand } from '../context.ts';
import { day, examples, port, positive, uuid } from './arguments.ts';

/** The library, and this program's own health. */
export function libraryCommands(program: Command, run: RunCommand): void {
  program
    .command('list-media')
    .description('List the media in the library, newest first.')
    .option('--limit <n>', 'how many', positive, 20)
    .option('--after <id>', 'go on after the media item of this id', uuid)
    .option('--category <name>', 'only this category')
    .addOption(new Option('--kind <kind>', 'only this kind').choices(['image', 'video'] as const))
    .option('--search <text>', 'only those whose caption contains this')
    .option('--since <YYYY-MM-DD>', 'only posted at or after that day', day)
    .option('--until <YYYY-MM-DD>', 'only posted before that day', day)
    .option('--sandbox', "the sandbox's library", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText(
      'after',
      examples(
        ['storyline-cli list-media --limit 50', ''],
        ['storyline-cli list-media --kind video --since 2025-01-01', ''],
        ['storyline-cli list-media --search "blue hour" --json', ''],
      ),
    )
    .action((options) =>
      run({}, async (context) => {
        const { listMedia } = await import('../commands/list-media.ts');
        return listMedia(options, context);
      }),
    );

  program
    .command('verify-library')
    .description(
      'Read every backfilled file and cover again and compare it with the database; changes no file unless told to.',
    )
    .option('--repair', 'fetch missing and altered files again, and make lost rows anew from the sidecars', false)
    .option('--sandbox', "the sandbox's library", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli verify-library', ''],
        ['storyline-cli verify-library --repair', 'put right what can be'],
        ['storyline-cli verify-library --json', ''],
      )}
Finds missing, altered and unreadable files and covers, files that no row names, and what a run that died left
half-written. A repair replaces a file only by a complete one from Instagram; with the media folder alone it gives a new
database its rows again.
Exit status: 0 the library is whole, 3 something is wrong`,
    )
    .action((options) =>
      run({}, async (context) => {
        const { verify } = await import('../commands/verify-library.ts');
        return verify(options, context);
      }),
    );

  program
    .command('migrate')
    .description('Bring the database up to date. Every other command does so by itself.')
    .option('--json', 'one JSON document on standard output', false)
    .action((options) =>
      run({}, async (context) => {
        const { migrateDatabase } = await import('../commands/migrate.ts');
        return migrateDatabase(options, context);
      }),
    );

  program
    .command('check-health')
    .description(
      'Check database, media folder, key, accounts, tokens, clock, hosts and bot; each problem comes with its remedy.',
    )
    .option('--offline', 'leave out what asks the network', false)
    .option('--sandbox', "the sandbox's library, which needs no network", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', '\nExit status: 0 all well, 1 something is broken')
    .action((options) =>
      run({}, async (context) => {
        const { checkHealth } = await import('../commands/check-health.ts');
        return checkHealth(options, context);
      }),
    );

  program
    .command('sandbox')
    .description('Run only the stand-in for Instagram, for trying things by hand, until Ctrl-C.')
    .option('--port <n>', 'port on 127.0.0.1; 0: any free one', port, 0)
    .addHelpText('after', examples(['storyline-cli sandbox --port 8090', 'prints its addresses and tokens']))
    .action((options) =>
      run({}, async (context) => {
        const { sandbox } = await import('../commands/sandbox.ts');
        return sandbox(options, context);
      }),
    );
}
