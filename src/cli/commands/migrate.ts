import { command, JSON_FLAG } from '../command.ts';

export const migrate = () =>
  command('migrate', 'Bring the database up to date. Every other command does this automatically.').option(
    '--json',
    JSON_FLAG,
    false,
  );
