import { constants } from 'node:fs';
import { access, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../../errors.ts';
import type { FileStore } from '../file-store.ts';
import { ifMissing, type LocalFolder } from './local-folder.ts';
import { entryAt, folderProblem, kindOf } from './plain-files.ts';

/**
 * Checks whether files can be written to a folder.
 *
 * @param probeName makes a name for a file that is written and removed; nobody else has one like it.
 */
export function createWriteCheck(
  { root, pathOf, create, remember, checkOpened }: LocalFolder,
  probeName: () => string,
): Pick<FileStore, 'prepare' | 'health'> {
  /** Permissions do not reveal a read-only medium or a share: only writing a file does. */
  const probe = async (folder: string): Promise<void> => {
    const path = join(folder, probeName());
    const handle = await open(path, 'wx');
    try {
      await checkOpened(path, handle.fd);
    } finally {
      await handle.close();
      await rm(path, { force: true });
    }
  };
  const cannotBeWritten = (folder: string, error: unknown): string =>
    `The media folder ${folder} cannot be written: ${error instanceof Error ? error.message : 'unknown error'}`;

  return {
    async prepare(folders = []) {
      let checked = root;
      try {
        await create(root);
        await access(root, constants.W_OK);
        const [first, ...others] = folders.map(pathOf);
        if (first === undefined) await probe(root);
        else {
          checked = first;
          await create(first);
          await probe(first);
        }
        for (const other of others) {
          checked = other;
          const problem = await folderProblem(root, other);
          if (problem) return problem;
          // A missing one is created later, in a folder that can be written.
          if (await entryAt(other)) await probe(other);
        }
        await remember();
        return undefined;
      } catch (error) {
        return error instanceof StorageError ? error.message : cannotBeWritten(checked, error);
      }
    },
    async health(folders = []) {
      const found = await stat(root).catch(ifMissing);
      if (!found) {
        const isLink = (await entryAt(root))?.isSymbolicLink();
        const problem = isLink ? `The media folder ${root} is a broken link` : await whyNotCreated(root);
        return { exists: false, problem };
      }
      if (!found.isDirectory()) return { exists: false, problem: `The media folder ${root} is ${kindOf(found)}` };
      for (const folder of [root, ...folders.map(pathOf)]) {
        const problem = await folderProblem(root, folder);
        if (problem) return { exists: true, problem };
        if (!(await entryAt(folder))) continue;
        const refused = await access(folder, constants.W_OK).catch((error: unknown) => error);
        if (refused instanceof Error) return { exists: true, problem: cannotBeWritten(folder, refused) };
      }
      return { exists: true, problem: undefined };
    },
  };
}

/** Why a missing folder could not be created; undefined if it could. Creates nothing. */
async function whyNotCreated(path: string): Promise<string | undefined> {
  const because = (reason: string) => `The media folder ${path} cannot be created: ${reason}`;
  for (let above = dirname(path); ; above = dirname(above)) {
    const found = await stat(above).catch(ifMissing);
    if (!found && above !== dirname(above)) continue;
    if (!found?.isDirectory()) return because(`${above} is not a folder`);
    const refused = await access(above, constants.W_OK).catch((error: Error) => error);
    // Such as /proc, which claims to be writable.
    if (!refused && (await statfs(above)).blocks === 0) return because(`${above} cannot hold files`);
    return refused ? because(refused.message) : undefined;
  }
}
