import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import { ensureFolder } from '../lib/ensure-folder.ts';
import { syncFolder } from '../lib/sync-folder.ts';
import { createFernet, generateKey, isFernetKey } from './fernet.ts';

/** The keys under which tokens rest: the newest encrypts, all decrypt. */
export interface Keyring {
  encrypt(text: string): Promise<string>;
  /** @throws {UsageError} where no key fits: another key encrypted it. */
  decrypt(token: string): Promise<string>;
  /** Why the keys cannot be used, as a sentence; nothing where they can. A missing file is no problem: it is made on first use. */
  problem(): Promise<string | undefined>;
  /** True where the keys come from the environment and the user rotates them there. */
  readonly isFromEnvironment: boolean;
  /** Makes a new key the newest one, keeping the old ones for decryption. Only for keys from the file. */
  addKey(): Promise<void>;
  /** Forgets all keys but the newest. Only for keys from the file. */
  dropOldKeys(): Promise<void>;
}

interface KeyringOptions {
  /** From `ENCRYPTION_KEYS` and `ENCRYPTION_KEY`, newest first; where there are none, the file serves. */
  environmentKeys: readonly string[];
  /** One key a line, newest first; mode 0600. */
  file: string;
}

export function createKeyring({ environmentKeys, file }: KeyringOptions): Keyring {
  const isFromEnvironment = environmentKeys.length > 0;
  const place = isFromEnvironment ? 'ENCRYPTION_KEY or ENCRYPTION_KEYS' : file;

  const stored = async (): Promise<string[]> => {
    if (isFromEnvironment) return [...environmentKeys];
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw new UsageError(`The key file ${file} cannot be read: ${error.message}`);
    });
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  };
  const checked = async (): Promise<string[]> => {
    const keys = await stored();
    if (keys.every(isFernetKey)) return keys;
    throw new UsageError(`${place} holds something that is not a Fernet key`, {
      hint: 'A key is 32 bytes as URL-safe base64, 44 characters long.',
    });
  };
  // Tokens are encrypted with these from now on: a power cut must not leave less than all of them.
  const writeAside = async (keys: readonly string[]): Promise<string> => {
    const next = `${file}.${randomBytes(6).toString('hex')}.next`;
    const handle = await open(next, 'wx', 0o600);
    try {
      await handle.writeFile(`${keys.join('\n')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return next;
  };
  const write = async (keys: readonly string[]) => {
    await rename(await writeAside(keys), file);
    await syncFolder(dirname(file));
  };
  const newest = async (): Promise<string> => (await checked())[0] ?? (await makeFirst());
  const makeFirst = async (): Promise<string> => {
    ensureFolder(dirname(file), 0o700);
    const made = generateKey();
    const next = await writeAside([made]);
    try {
      // In one step, and only where there is none yet: the file is never seen empty, and nobody's key is replaced.
      await link(next, file);
      await syncFolder(dirname(file));
      return made;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') return await makeFirstWithoutLinks(made, error);
      // Another process was quicker: its key is the key.
      const [key] = await checked();
      if (key === undefined)
        throw new UsageError(`The key file ${file} is empty`, { hint: 'Remove it; a new one is made.' });
      return key;
    } finally {
      await rm(next, { force: true });
    }
  };
  /** FAT and some network drives have no links. */
  const makeFirstWithoutLinks = async (key: string, error: unknown): Promise<string> => {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await write([key]);
    return key;
  };

  return {
    isFromEnvironment,
    encrypt: async (text) => createFernet(await newest()).encrypt(text),
    async decrypt(token) {
      const keys = await checked();
      for (const key of keys) {
        const text = createFernet(key).decrypt(token);
        if (text !== undefined) return text;
      }
      throw new UsageError(
        `A stored token cannot be decrypted with ${keys.length > 0 ? `the key in ${place}` : 'any key: there is none'}`,
        {
          hint: 'Set ENCRYPTION_KEY to the key it was stored with, or store the token again with: storyline-cli add-instagram-account',
        },
      );
    },
    async problem() {
      try {
        await checked();
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    addKey: async () => write([generateKey(), ...(await checked())]),
    dropOldKeys: async () => write((await checked()).slice(0, 1)),
  };
}
