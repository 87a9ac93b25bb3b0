import { createWebAccess } from '../../accounts/web-access.ts';
import { UsageError } from '../../errors.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

const SHORTEST = 8;
const LONGEST = 1000;

/** Sets or removes the password of the gallery. */
export async function setWebPassword({ remove }: { remove: boolean }, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const password = remove ? undefined : await readPassword(context);
  await withApp(context, async ({ db, outside }) => {
    const access = createWebAccess({ db, now: outside.now });
    if (password !== undefined) {
      await access.setPassword(password);
      terminal.print('Password set. Everybody who has the gallery open has to log in again.');
    } else if (await access.removePassword()) {
      terminal.print('Password removed. The gallery can be opened at this machine only.');
    } else {
      terminal.print('No password was set.');
    }
  });
  return EXIT.done;
}

/** @throws {UsageError} for one that will not do. */
async function readPassword({ ask, readInput }: Context): Promise<string> {
  const password = ask
    ? await ask.secret('New password (it is not shown)')
    : ((await readInput()).split(/\r?\n/, 1)[0] ?? '');
  const { length } = [...password];
  if (length < SHORTEST || length > LONGEST) {
    throw new UsageError(`The password must have at least ${SHORTEST} characters, and ${LONGEST} at most`, {
      hint: ask ? 'A few words are good.' : 'It is the first line of standard input.',
    });
  }
  if (ask && (await ask.secret('Once more')) !== password) {
    throw new UsageError('The two were not the same', { hint: 'Nothing was changed. Try again.' });
  }
  return password;
}
