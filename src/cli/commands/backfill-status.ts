import { command, examples, JSON_FLAG } from '../command.ts';

export const backfillStatus = () =>
  command('backfill-status', 'Show what was downloaded, the last run, and the items that failed.')
    .option('--sandbox', "use the sandbox's library", false)
    .option('--json', JSON_FLAG, false)
    .addHelpText('after', examples(['storyline-cli backfill-status'], ['storyline-cli backfill-status --json']));
