import { StorageError } from '../errors.ts';

/**
 * The parts of a key, or of the key of a folder, which may be empty.
 *
 * @throws {StorageError} for a key that could leave the store.
 */
export function partsOf(key: string): string[] {
  if (key === '') return [];
  const parts = key.split('/');
  const isSafe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
  // On Windows, a backslash separates folders and a colon begins a stream or follows a drive.
  if (!isSafe || (process.platform === 'win32' && /[\\:]/.test(key))) {
    throw new StorageError(`${JSON.stringify(key)} is not a valid key of a file store`);
  }
  return parts;
}

/** The key of the folder that a key is in; empty for the top. */
export const folderOf = (key: string): string => partsOf(key).slice(0, -1).join('/');

/** The last part of a key. */
export const nameOf = (key: string): string => partsOf(key).at(-1) ?? '';
