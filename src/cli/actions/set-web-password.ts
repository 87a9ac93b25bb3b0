import { checkPassword, PASSWORD_LENGTH, removeWebPassword, setWebPassword } from '../../app/web-password.ts';
import { UsageError } from '../../errors.ts';
import type { OptionsOf } from '../command.ts';
import type { setWebPassword as command } from '../commands/set-web-password.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

export async function run({ remove }: OptionsOf<typeof command>, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  if (remove) {
    const wasSet = await withApp(context, removeWebPassword);
    terminal.print(wasSet ? 'Password removed. Only this machine can open the gallery.' : 'No password was set.');
    return EXIT.done;
  }
  const password = await readPassword(context);
  await withApp(context, (app) => setWebPassword(app, password));
  terminal.print('Password set. Open galleries will ask for it.');
  return EXIT.done;
}

/** @throws {UsageError} for a password that cannot be used. */
async function readPassword({ ask, readInput }: Context): Promise<string> {
  if (!ask) {
    const [line = ''] = (await readInput()).split(/\r?\n/, 1);
    checkPassword(line, 'It is the first line of standard input.');
    return line;
  }
  const password = await ask.secret(`New password, at least ${PASSWORD_LENGTH.least} characters (hidden)`);
  checkPassword(password, 'A short phrase works well.');
  if ((await ask.secret('Repeat the password')) !== password) {
    throw new UsageError('The passwords do not match', { hint: 'Nothing was changed. Run the command again.' });
  }
  return password;
}
