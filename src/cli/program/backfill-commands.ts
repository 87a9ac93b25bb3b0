import { type Command, Option } from '@commander-js/extra-typings';
import type { RunCommand } from '../context.ts';
import { ACCOUNT, concurrency, day, examples, positive } from './arguments.ts';

/** Bringing posts back, and how it went. */
export function backfillCommands(program: Command, run: RunCommand): void {
  program
    .command('backfill-instagram')
    .description('Download what an account has posted into the library.')
    .option(
      '--limit <n>',
      'at most n items newly downloaded in this run, of each account with --all-accounts (default: all)',
      positive,
    )
    .addOption(
      new Option('--media-type <type>', 'what to bring (default: feed; with --sandbox: both)').choices([
        'feed',
        'stories',
        'both',
      ] as const),
    )
    .option('--since <YYYY-MM-DD>', 'only posts at or after that day, 00:00 UTC', day)
    .option('--until <YYYY-MM-DD>', 'only posts before that day, 00:00 UTC', day)
    .option('--dry-run', 'walk and count, download nothing; say what the real run would take', false)
    .option('--account-id <id>', `${ACCOUNT} (default: the active account)`)
    .option('--all-accounts', 'every account that is not deactivated, one after the other', false)
    .option('--incremental', 'new posts only: end where the past is complete', false)
    .option('--retry-failed', 'only the items that failed in earlier runs, and videos kept as still only', false)
    .option('--wait', 'on a rate limit, wait until Instagram lets the account in again, then go on', false)
    .option('--collaborations', 'also posts in which the account only collaborates (Facebook Login only)', false)
    .option(
      '--concurrency <n>',
      'downloads at once, 1 to 64 (default: 16, then as many as the line is worth, up to 48)',
      concurrency,
    )
    .option('--sandbox', 'against a stand-in for Instagram, with a library of its own', false)
    .option('--json', 'one JSON document on standard output', false)
    .option('--quiet', 'no progress', false)
    .option('--verbose', 'every event and request, on standard error', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli backfill-instagram --sandbox', 'a trial run, without an account'],
        ['storyline-cli backfill-instagram --dry-run', 'what would be downloaded?'],
        ['storyline-cli backfill-instagram --limit 50', 'the newest 50 that are missing; repeat for more'],
        ['storyline-cli backfill-instagram --since 2025-01-01', 'from that day on'],
        ['storyline-cli backfill-instagram --incremental', 'what is new since the last complete run'],
        ['storyline-cli backfill-instagram --all-accounts --incremental', 'the same, of every account'],
        ['storyline-cli backfill-instagram --media-type stories', 'live stories: only the last 24 hours can be had'],
      )}
Exit status:
  0 all done   1 stopped by an error   2 wrong usage or configuration   3 finished, some items failed
  4 stopped by the rate limit, safe to run again   130 interrupted, safe to run again
With --all-accounts what stops one account leaves the others alone, but for Ctrl-C, a full disk and a lost database. The
status is then 130 where it was interrupted, else the first of 1, 4 and 3 that an account came to; an account without a
token that serves counts as 1.`,
    )
    .action((options) =>
      run(options, async (context) => {
        const { backfillInstagram } = await import('../commands/backfill-instagram.ts');
        return backfillInstagram(options, context);
      }),
    );

  program
    .command('backfill-status')
    .description('Show what was backfilled, the last run, and the items that failed.')
    .option('--sandbox', "the sandbox's library", false)
    .option('--json', 'one JSON document on standard output', false)
    .addHelpText('after', examples(['storyline-cli backfill-status', ''], ['storyline-cli backfill-status --json', '']))
    .action((options) =>
      run({}, async (context) => {
        const { backfillStatus } = await import('../commands/backfill-status.ts');
        return backfillStatus(options, context);
      }),
    );
}
