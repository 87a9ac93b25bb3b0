import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { LostKeyError, UsageError } from '../errors.ts';
import { ensureFolder } from '../lib/ensure-folder.ts';
import { syncFolder } from '../lib/sync-folder.ts';
import { createFernet, generateKey, isFernetKey } from './fernet.ts';

/** Which key encrypted a token, and on which machine; undefined if unknown. */
export interface MadeWith {
  readonly fingerprint: string;
  readonly host: string | undefined;
}

/** The keys of the stored tokens: the newest encrypts, all decrypt. */
export interface Keyring {
  encrypt(text: string): Promise<string>;
  /** `whose` names it in an error: `the token of @studio`. @throws {LostKeyError} if no key fits. */
  decrypt(token: string, whose: string, madeWith?: MadeWith): Promise<string>;
  /** The fingerprint of the key that decrypts this token; undefined if none does. @throws {UsageError} for broken keys. */
  keyOf(token: string): Promise<string | undefined>;
  /** The fingerprint of the key that encrypts; undefined if there is none yet. @throws {UsageError} for broken keys. */
  fingerprint(): Promise<string | undefined>;
  /** Where the keys are, to be shown. */
  readonly place: string;
  /** Why the keys cannot be used, as a sentence; undefined if they can. A missing file is no problem: it is created on first use. */
  problem(): Promise<string | undefined>;
  /** Why other users of this machine can read the keys, as a sentence; undefined if they cannot. */
  exposure(): Promise<string | undefined>;
  /** True if the keys come from the environment, where the user rotates them. */
  readonly isFromEnvironment: boolean;
  /** Adds a new newest key, and keeps the old ones for decryption. Only for keys from the file. */
  addKey(): Promise<void>;
  /** Deletes all keys but the newest. Only for keys from the file. */
  dropOldKeys(): Promise<void>;
}

interface KeyringOptions {
  /** From `ENCRYPTION_KEYS` and `ENCRYPTION_KEY`, newest first; if empty, the file is used. */
  environmentKeys: readonly string[];
  /** One key per line, newest first; mode 0600. */
  file: string;
  /** Called once if other users can read the keys. */
  warn: (text: string) => void;
}

/** Identifies a key without revealing it: the beginning of its SHA-256. */
const fingerprintOf = (key: string): string =>
  createHash('sha256').update(Buffer.from(key, 'base64url')).digest('hex').slice(0, 12);

/** Permissions of other users than the owner. */
const OTHERS = 0o077;

export function createKeyring({ environmentKeys, file, warn }: KeyringOptions): Keyring {
  const isFromEnvironment = environmentKeys.length > 0;
  const place = isFromEnvironment ? 'ENCRYPTION_KEY or ENCRYPTION_KEYS' : file;

  const exposure = async (): Promise<string | undefined> => {
    // Windows has no such modes, and Node invents them there.
    if (isFromEnvironment || process.platform === 'win32') return undefined;
    const mode = await stat(file).then(
      (found) => found.mode & 0o777,
      () => 0,
    );
    return mode & OTHERS
      ? `The key file ${file} can be read by other users of this machine (mode ${mode.toString(8)})`
      : undefined;
  };
  let isWarned = false;
  const warnOfExposure = async () => {
    if (isWarned) return;
    isWarned = true;
    const found = await exposure();
    if (found) warn(`${found}: chmod 600 ${file}`);
  };

  const stored = async (): Promise<string[]> => {
    if (isFromEnvironment) return [...environmentKeys];
    // Links are followed, because Docker's secrets are links; reading a pipe would block.
    const found = await stat(file).catch(() => undefined);
    if (found && !found.isFile()) throw new UsageError(`The key file ${file} is not a file`);
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
      hint: `A key is 32 bytes as URL-safe base64, 44 characters long. If the key is lost, remove that text and sign in again: storyline-cli instagram-auth`,
    });
  };
  // Synced and renamed: a power cut must not lose keys that encrypted tokens.
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
  /** The target of a link belongs to somebody else. */
  const refuseLink = async (): Promise<void> => {
    if (!(await lstat(file).catch(() => undefined))?.isSymbolicLink()) return;
    throw new UsageError(`The key file ${file} is a link and cannot be changed`, {
      hint: 'Change the key in the target of the link, or set ENCRYPTION_KEYS to the new key and the old one, newest first.',
    });
  };
  const write = async (keys: readonly string[]) => {
    await refuseLink();
    await rename(await writeAside(keys), file);
    await syncFolder(dirname(file));
  };
  const newest = async (): Promise<string> => (await checked())[0] ?? (await makeFirst());
  const makeFirst = async (): Promise<string> => {
    await ensureFolder(dirname(file), 0o700);
    const made = generateKey();
    const next = await writeAside([made]);
    try {
      // In one step, and only if none exists: the file is never empty, and no key is replaced.
      await link(next, file);
      await syncFolder(dirname(file));
      return made;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') return await makeFirstWithoutLinks(made, error);
      // Another process was faster: its key counts.
      const [key] = await checked();
      return key ?? (await makeInPlaceOfEmpty());
    } finally {
      await rm(next, { force: true });
    }
  };
  /** The file exists and is empty: its keys are lost. */
  const makeInPlaceOfEmpty = async (): Promise<string> => {
    await refuseLink();
    const aside = `${file}.${randomBytes(6).toString('hex')}.empty`;
    await rename(file, aside);
    // Another process may have written a key just now.
    const isEmpty = (await readFile(aside, 'utf8')).trim() === '';
    if (!isEmpty) await link(aside, file).catch(() => undefined);
    await rm(aside, { force: true });
    return await newest();
  };
  /** FAT and some network drives have no hard links. */
  const makeFirstWithoutLinks = async (key: string, error: unknown): Promise<string> => {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await write([key]);
    return key;
  };

  return {
    isFromEnvironment,
    exposure,
    async encrypt(text) {
      const key = await newest();
      await warnOfExposure();
      return createFernet(key).encrypt(text);
    },
    async decrypt(token, whose, madeWith) {
      const keys = await checked();
      await warnOfExposure();
      for (const key of keys) {
        const text = createFernet(key).decrypt(token);
        if (text !== undefined) return text;
      }
      throw lostKey(whose, { madeWith, own: keys[0], place, file });
    },
    async keyOf(token) {
      const key = (await checked()).find((one) => createFernet(one).decrypt(token) !== undefined);
      return key && fingerprintOf(key);
    },
    async fingerprint() {
      const [key] = await checked();
      return key && fingerprintOf(key);
    },
    place,
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

interface Lost {
  madeWith: MadeWith | undefined;
  own: string | undefined;
  place: string;
  file: string;
}

function lostKey(whose: string, { madeWith, own, place, file }: Lost): LostKeyError {
  const host = otherHost(madeWith);
  const here = own ? `the key in ${place} is ${fingerprintOf(own)}` : `there is none in ${place}`;
  if (madeWith && host) {
    return new LostKeyError(
      `The key for ${whose} is not on this machine: it was encrypted with the key ${madeWith.fingerprint} on ${host}, and ${here}`,
      {
        hint: copyKey(host, file),
      },
    );
  }
  const opened = own ? `the key in ${place} does not decrypt it` : here;
  return new LostKeyError(
    `The key for ${whose} is lost: ${madeWith ? `it was encrypted with the key ${madeWith.fingerprint}, and ${here}` : opened}`,
    {
      hint: `Restore the key that encrypted it (ENCRYPTION_KEY, or ${file}), or sign in again: storyline-cli instagram-auth. Nothing else is lost.`,
    },
  );
}

/** The machine that encrypted a token, if it is not this one. */
export const otherHost = (madeWith: MadeWith | undefined): string | undefined =>
  madeWith?.host === hostname() ? undefined : madeWith?.host;

/** What to do if another machine has the key. */
export const copyKey = (host: string, file: string): string =>
  `Copy secret.key from ${host} to ${file}, or set the same ENCRYPTION_KEY on both machines. If that key is lost: storyline-cli revoke-tokens <username> --local-only, then sign in again: storyline-cli instagram-auth. Nothing else is lost.`;
