import { command, examples, JSON_FLAG } from '../command.ts';

export const verifyLibrary = () =>
  command(
    'verify-library',
    'Re-read every downloaded file and cover and compare it with the database; read-only unless --repair is given.',
  )
    .option('--repair', 'download missing and changed files again, and rebuild lost records from the sidecars', false)
    .option('--sandbox', "use the sandbox's library", false)
    .option('--json', JSON_FLAG, false)
    .addHelpText(
      'after',
      `${examples(
        ['storyline-cli verify-library'],
        ['storyline-cli verify-library --repair', 'fix what can be fixed'],
        ['storyline-cli verify-library --json'],
      )}
Finds missing, changed and unreadable files and covers, files that are not part of the library, and incomplete files that
a crashed run left behind. A repair replaces a file only with a complete one from Instagram. It also rebuilds a lost
database from the media folder.
Exit status: 0 the library is complete, 3 problems were found`,
    );
