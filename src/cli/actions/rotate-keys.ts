import { rotateKeys } from '../../app/rotate-keys.ts';
import { plural } from '../../lib/format.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

export async function run(_options: object, context: Context): Promise<ExitCode> {
  return withApp(context, async (app) => {
    const count = await rotateKeys(app);
    const next = app.keyring.isFromEnvironment ? ' You can now remove the old keys from ENCRYPTION_KEYS.' : '';
    context.terminal.print(`Encrypted ${plural(count, 'token')} with the newest key.${next}`);
    return EXIT.done;
  });
}
