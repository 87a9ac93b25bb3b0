import { nameOf } from '../../app/accounts.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

export async function run(reference: string, _options: object, context: Context): Promise<ExitCode> {
  return withApp(context, async ({ accounts }) => {
    const account = await accounts.find(reference);
    await accounts.setEnabled(account, false);
    context.terminal.print(`${nameOf(account)} is deactivated. Its media and its token are kept.`);
    return EXIT.done;
  });
}
