import { migrate } from '../../db/migrate.ts';
import { openDatabase } from '../../db/open.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export async function migrateDatabase(options: { json: boolean }, { config, terminal }: Context): Promise<ExitCode> {
  const db = await openDatabase(config.database);
  try {
    const { applied, version } = await migrate(db);
    if (options.json) terminal.json({ version, applied });
    else if (applied.length === 0) terminal.print(`The database is up to date, at version ${version}.`);
    else
      terminal.print(
        `Applied to the database, now at version ${version}:\n${applied.map((name) => `  ${name}`).join('\n')}`,
      );
    return EXIT.done;
  } finally {
    await db.close();
  }
}
