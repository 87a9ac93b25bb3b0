import { LostKeyError } from '../../errors.ts';
import { plural } from '../../lib/format.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

export async function rotateKeys(context: Context): Promise<ExitCode> {
  return withApp(context, async ({ keyring, tokens }) => {
    const unreadable = await tokens.unreadable();
    if (unreadable.length > 0) {
      throw new LostKeyError(`The key is lost for ${unreadable.join(', ')}; nothing was changed`, {
        hint: 'Put the missing key back, sign in again with storyline-cli instagram-auth, or forget the token with storyline-cli revoke-tokens <username> --local-only; then run this again.',
      });
    }
    // The new key is written before anything is encrypted with it, and the old one forgotten only after: whenever this
    // is cut short, every token can still be read.
    if (!keyring.isFromEnvironment) await keyring.addKey();
    const count = await tokens.reencrypt();
    if (!keyring.isFromEnvironment) await keyring.dropOldKeys();
    const next = keyring.isFromEnvironment ? ' Old keys can be taken out of ENCRYPTION_KEYS now.' : '';
    context.terminal.print(`Encrypted ${plural(count, 'token')} with the newest key.${next}`);
    return EXIT.done;
  });
}
