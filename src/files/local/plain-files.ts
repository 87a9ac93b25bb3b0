import { close, constants, fstat, lstat, open, type Stats } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { BackfillError, StorageError } from '../../errors.ts';

/**
 * The rules for a folder that others may be able to write to: only regular files in real folders are opened. A link could
 * lead to a file of the user's that has nothing to do with the library, and opening a pipe would block forever.
 */

const closeFile = promisify(close);
const statDescriptor = promisify(fstat);
const statLink = promisify(lstat);
const openFile = promisify(open);

/** Windows has neither flag; there the checks before and after opening have to do. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What to do about a folder that is a link. */
export const LINKED_FOLDER_HINT =
  'It must be a real folder: links below the media folder are not followed. Set MEDIA_DIR to the folder that holds the real one, or use a bind mount (mount --bind).';

/** What is at this path itself, without following a link; undefined if there is nothing. */
export async function entryAt(path: string): Promise<Stats | undefined> {
  try {
    return await statLink(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** For messages: `a link`. */
export function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}

/** The paths below `root` that lead to a folder, outermost first. */
function pathsTo(root: string, folder: string): string[] {
  const paths: string[] = [];
  let path = root === sep ? '' : root;
  for (const part of relative(root, folder).split(sep).filter(Boolean)) {
    path += sep + part;
    paths.push(path);
  }
  return paths;
}

/** Looks at the paths in parallel. The result for a path throws what looking at it threw. */
const lookAt = (paths: readonly string[]): Promise<(() => Stats | undefined)[]> =>
  Promise.all(
    paths.map((path) =>
      entryAt(path).then(
        (entry) => () => entry,
        (error: unknown) => () => {
          throw error;
        },
      ),
    ),
  );

/** The first that is not a real folder; undefined if all are, up to the first that is missing. */
function firstProblem(paths: readonly string[], looks: readonly (() => Stats | undefined)[]): string | undefined {
  for (const [index, path] of paths.entries()) {
    const entry = looks[index]?.();
    if (!entry) return undefined;
    if (entry.isDirectory()) continue;
    return `${path} is ${kindOf(entry)}, not a folder${entry.isSymbolicLink() ? '' : ' (ENOTDIR)'}`;
  }
  return undefined;
}

/**
 * Why a folder below `root` cannot be used: it, or one above it, exists but is not a real folder. Undefined if all are
 * real or missing. The root itself may be a link: the user named it.
 */
export async function folderProblem(root: string, folder: string): Promise<string | undefined> {
  const paths = pathsTo(root, folder);
  return firstProblem(paths, await lookAt(paths));
}

/** @throws {StorageError} for what {@link folderProblem} finds: it affects every file in the folder. */
export async function checkFolder(root: string, folder: string): Promise<void> {
  const problem = await folderProblem(root, folder);
  if (problem) throw new StorageError(problem, { hint: LINKED_FOLDER_HINT });
}

/** The file at this path below `root`, if it is a regular one in real folders. */
export async function plainFile(root: string, path: string): Promise<Stats | undefined> {
  const folders = pathsTo(root, dirname(path));
  const looks = await lookAt([...folders, path]);
  if (firstProblem(folders, looks)) return undefined;
  const entry = looks.at(-1)?.();
  return entry?.isFile() ? entry : undefined;
}

/**
 * Opens a file below `root` for reading. The caller closes the descriptor.
 *
 * @throws {BackfillError} for anything but a regular file in real folders, and the file system's errors.
 */
export async function openPlain(root: string, path: string): Promise<number> {
  // Merely opening a device can have an effect, so look first.
  const before = await plainFile(root, path);
  if (!before) throw await notPlain(root, path);
  const descriptor = await openFile(path, READ).catch(async (error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? await notPlain(root, path) : error;
  });
  try {
    await checkOpened(root, path, descriptor);
    return descriptor;
  } catch (error) {
    await closeFile(descriptor);
    throw error;
  }
}

/**
 * Makes sure that the opened file is the one at the path: somebody may have put a link there between looking and opening.
 *
 * @throws {BackfillError}
 */
export async function checkOpened(root: string, path: string, descriptor: number): Promise<void> {
  const [opened, there] = await Promise.all([statDescriptor(descriptor), plainFile(root, path)]);
  if (opened.isFile() && there?.ino === opened.ino && there.dev === opened.dev) return;
  throw await notPlain(root, path);
}

async function notPlain(root: string, path: string): Promise<Error> {
  const problem = await folderProblem(root, dirname(path));
  if (problem) return new StorageError(problem, { hint: LINKED_FOLDER_HINT });
  const entry = await entryAt(path);
  if (!entry) return Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
  return obstacleAt(path, entry);
}

/** The error for something other than a file in the place of a file. */
export const obstacleAt = (path: string, entry: Stats): BackfillError =>
  new BackfillError(`${path} is ${kindOf(entry)}, where a file should be`, {
    hint: 'Move it away, then run the same command again.',
  });
