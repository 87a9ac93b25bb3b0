import { closeSync, constants, fstatSync, lstatSync, open, type Stats } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { BackfillError, StorageError } from '../../errors.ts';

/**
 * The rules for what lies below a folder that others may be able to write to: only regular files in real folders are
 * opened. A link there could lead to a file of the user's that has nothing to do with the library, and opening a pipe
 * would wait for ever.
 */

const openDescriptor = promisify(open);

/** Windows has neither flag; there the look before and after has to do. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What to do about a folder that is a link; the same words wherever one is met. */
export const LINKED_FOLDER_HINT =
  'It must be a real folder: links below the media folder are not followed. Set MEDIA_DIR to the folder that holds the real one, or use a bind mount (mount --bind).';

/** What is at this path itself, without following a link; undefined if there is nothing. */
export function standing(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** What it is, for people: `a link`. */
export function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}

/**
 * Why a folder below `root` cannot be used: it, or one above it up to `root`, is there but is not a real folder. Nothing
 * where all are, or are missing. The root itself may be a link: the user named it.
 */
export function folderProblem(root: string, folder: string): string | undefined {
  let path = root;
  for (const part of relative(root, folder).split(sep).filter(Boolean)) {
    path = `${path === sep ? '' : path}${sep}${part}`;
    const found = standing(path);
    if (!found) return undefined;
    if (found.isDirectory()) continue;
    return `${path} is ${kindOf(found)}, not a folder${found.isSymbolicLink() ? '' : ' (ENOTDIR)'}`;
  }
  return undefined;
}

/** @throws {StorageError} for what {@link folderProblem} finds: every file in the folder would meet it. */
export function checkFolder(root: string, folder: string): void {
  const problem = folderProblem(root, folder);
  if (problem) throw new StorageError(problem, { hint: LINKED_FOLDER_HINT });
}

/** The file at this path below `root`, if it is a regular one in real folders. */
export function plainFile(root: string, path: string): Stats | undefined {
  if (folderProblem(root, dirname(path))) return undefined;
  const found = standing(path);
  return found?.isFile() ? found : undefined;
}

/**
 * Opens a file below `root` for reading. The descriptor is the caller's to close.
 *
 * @throws {BackfillError} for anything but a regular file in real folders, and what the file system says.
 */
export async function openPlain(root: string, path: string): Promise<number> {
  // A look first: merely opening a device can have an effect.
  const before = plainFile(root, path);
  if (!before) throw notPlain(root, path);
  const descriptor = await openDescriptor(path, READ).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? notPlain(root, path) : error;
  });
  try {
    checkOpened(root, path, descriptor);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * Makes sure that what was opened is what lies at the path: somebody may have put a link there between the look and the
 * opening.
 *
 * @throws {BackfillError}
 */
export function checkOpened(root: string, path: string, descriptor: number): void {
  const opened = fstatSync(descriptor);
  const there = plainFile(root, path);
  if (opened.isFile() && there?.ino === opened.ino && there.dev === opened.dev) return;
  throw notPlain(root, path);
}

function notPlain(root: string, path: string): Error {
  const problem = folderProblem(root, dirname(path));
  if (problem) return new StorageError(problem, { hint: LINKED_FOLDER_HINT });
  const found = standing(path);
  if (!found) return Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
  return obstacle(path, found);
}

/** The error for something that stands where a file should be. */
export const obstacle = (path: string, found: Stats): BackfillError =>
  new BackfillError(`${path} is ${kindOf(found)}, where a file should be`, {
    hint: 'Move it away, then run the same command again.',
  });
