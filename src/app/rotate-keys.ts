import { LostKeyError } from '../errors.ts';
import type { App } from './open.ts';

/**
 * Encrypts all stored tokens with the newest key, which is generated unless the keys come from the environment.
 *
 * @returns how many tokens were encrypted.
 * @throws {LostKeyError} if a token cannot be decrypted; then nothing is changed.
 */
export async function rotateKeys({ keyring, tokens }: App): Promise<number> {
  const unreadable = await tokens.unreadable();
  if (unreadable.length > 0) {
    throw new LostKeyError(`The key is lost for ${unreadable.join(', ')}; nothing was changed`, {
      hint: 'Restore the missing key, sign in again with storyline-cli instagram-auth, or delete the token with storyline-cli revoke-tokens <username> --local-only; then run this again.',
    });
  }
  // The new key is written before it is used, and the old one is deleted after its last use: an interruption at any
  // point leaves every token readable.
  if (!keyring.isFromEnvironment) await keyring.addKey();
  const count = await tokens.reencrypt();
  if (!keyring.isFromEnvironment) await keyring.dropOldKeys();
  return count;
}
