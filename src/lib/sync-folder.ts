import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** A pipe in the place of a folder is not waited for. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Makes names in a folder last: after this returns true, a power cut does not take back what was made or renamed in it.
 * False where the file system cannot do that.
 *
 * @throws what the file system says of a disk that fails or is full.
 */
export async function syncFolder(path: string): Promise<boolean> {
  const handle = await open(path, READ).catch(() => undefined);
  if (!handle) return false;
  try {
    await handle.sync();
    return true;
  } catch (error) {
    if (isFailure(error)) throw error;
    return false;
  } finally {
    await handle.close();
  }
}

/**
 * True for an error that means lost bytes. Any other one says that this file system does not sync folders, or does not let
 * us: Windows has no handles to folders, and network shares answer as they like (EINVAL, EPERM, ENOTSUP, EACCES, EISDIR).
 */
export const isFailure = (error: unknown): boolean =>
  ['EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'ENODEV', 'ENXIO', 'ESTALE'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
