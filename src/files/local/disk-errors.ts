import { BackfillError, StorageError, StorylineError } from '../../errors.ts';

const FREE_SPACE =
  'Free some space in the media folder, or move the library to a larger disk and set MEDIA_DIR to it; then run the same command again.';
const CHECK_DISK = 'Check the disk and its connection, then run the same command again.';

/** Errors that the next file would hit too. */
const STOPPING: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  ENOSPC: ['The disk is full', FREE_SPACE],
  EDQUOT: ['The disk quota is used up', FREE_SPACE],
  EROFS: ['The disk is read-only', CHECK_DISK],
  EIO: ['The disk reports an error (EIO)', CHECK_DISK],
  ENODEV: ['The disk is gone (ENODEV)', CHECK_DISK],
  ENXIO: ['The disk is gone (ENXIO)', CHECK_DISK],
  ESTALE: ['The network share is gone (ESTALE)', CHECK_DISK],
  EMFILE: ['Too many files are open (EMFILE)', 'Raise the limit (ulimit -n), or use a smaller --concurrency.'],
  ENFILE: [
    'Too many files are open on this machine (ENFILE)',
    'Close other programs, then run the same command again.',
  ],
};

/** An error of writing a file as the program's own: {@link StorageError} if it stops the run. */
export function asWriteError(error: unknown): unknown {
  const stopping = STOPPING[(error as NodeJS.ErrnoException).code ?? ''];
  if (stopping) {
    const [message, hint] = stopping;
    return new StorageError(message, { cause: error, hint });
  }
  if (error instanceof StorylineError || !(error instanceof Error)) return error;
  return new BackfillError(`The file could not be written: ${error.message}`, {
    cause: error,
    hint: 'Check the permissions of the media folder, then run the same command again.',
  });
}

/** An error of creating a file in a folder: a folder that takes no new file takes none of the next ones either. */
export function asFolderError(error: unknown, folder: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'ENOENT'].includes(code)) return error;
  return new StorageError(`No new file can be created in ${folder} (${code})`, {
    cause: error,
    hint: 'Check its owner and its permissions, then run the same command again.',
  });
}
