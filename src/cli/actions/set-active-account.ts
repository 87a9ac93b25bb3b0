import { nameOf } from '../../app/accounts.ts';
import type { OptionsOf } from '../command.ts';
import type { setActiveAccount } from '../commands/set-active-account.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

export async function run(
  reference: string,
  { chat }: OptionsOf<typeof setActiveAccount>,
  context: Context,
): Promise<ExitCode> {
  return withApp(context, async ({ accounts }) => {
    const account = await accounts.find(reference);
    await accounts.setActive(await accounts.choose(account.id), chat);
    context.terminal.print(
      chat === undefined
        ? `Commands now use ${nameOf(account)} by default.`
        : `The chat ${chat} now uses ${nameOf(account)}.`,
    );
    return EXIT.done;
  });
}
