import { migrateDatabase } from '../../app/migrate.ts';
import type { OptionsOf } from '../command.ts';
import type { migrate } from '../commands/migrate.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export async function run(options: OptionsOf<typeof migrate>, { config, terminal }: Context): Promise<ExitCode> {
  const { applied, version } = await migrateDatabase(config.database);
  if (options.json) terminal.json({ version, applied });
  else if (applied.length === 0) terminal.print(`The database is up to date, at version ${version}.`);
  else {
    const names = applied.map((name) => `  ${name}`).join('\n');
    terminal.print(`Migrated the database to version ${version}:\n${names}`);
  }
  return EXIT.done;
}
