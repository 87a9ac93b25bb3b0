import { Option } from '@commander-js/extra-typings';
import { ACCOUNT, command, examples, JSON_FLAG } from '../command.ts';
import { concurrency, day, positive } from '../parsers.ts';

export const backfillInstagram = () =>
  command('backfill-instagram', 'Download what an account has posted into the library.')
    .option(
      '--limit <n>',
      'download at most n new items in this run, per account with --all-accounts (default: all)',
      positive,
    )
    .addOption(
      new Option('--media-type <type>', 'what to download (default: feed; with --sandbox: both)').choices([
        'feed',
        'stories',
        'both',
      ] as const),
    )
    .option('--since <YYYY-MM-DD>', 'only posts from this day on, 00:00 UTC', day)
    .option('--until <YYYY-MM-DD>', 'only posts before this day, 00:00 UTC', day)
    .option('--dry-run', 'list and count, download nothing, and estimate the real run', false)
    .option('--account-id <id>', `${ACCOUNT} (default: the active account)`)
    .option('--all-accounts', 'every account that is not deactivated, one after the other', false)
    .option('--incremental', 'only new posts: stop where the history is already complete', false)
    .option(
      '--retry-failed',
      'only items that failed in earlier runs, and videos of which only a still image was saved',
      false,
    )
    .option('--wait', 'at a rate limit, wait for it to reset, then continue', false)
    .option('--collaborations', 'also posts in which the account is only a collaborator (Facebook Login only)', false)
    .option('--concurrency <n>', 'parallel downloads, 1 to 64 (default: starts at 16, adapts up to 48)', concurrency)
    .option('--sandbox', 'use a simulated Instagram and a separate library: no account needed', false)
    .option('--json', JSON_FLAG, false)
    .option('--quiet', 'show no progress', false)
    .option('--verbose', 'log every event and request on standard error', false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli backfill-instagram --sandbox', 'a trial run, without an account'],
        ['storyline-cli backfill-instagram --dry-run', 'what would be downloaded?'],
        ['storyline-cli backfill-instagram --limit 50', 'the newest 50 that are missing; repeat for more'],
        ['storyline-cli backfill-instagram --since 2025-01-01', 'from that day on'],
        ['storyline-cli backfill-instagram --incremental', 'what is new since the last complete run'],
        ['storyline-cli backfill-instagram --all-accounts --incremental', 'the same, for every account'],
        ['storyline-cli backfill-instagram --media-type stories', 'live stories: available for 24 hours only'],
      )}
Exit status:
  0 all done   1 stopped by an error   2 wrong usage or configuration   3 finished, some items failed
  4 stopped by the rate limit, safe to run again   130 interrupted, safe to run again
With --all-accounts an error in one account does not stop the others, except Ctrl-C, a full disk and a lost database. The
status is then 130 if it was interrupted, else the first of 1, 4 and 3 that any account ended with; an account without a
working token counts as 1.`,
    );
