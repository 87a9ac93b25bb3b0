import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolderNow } from './sync-folder.ts';

/**
 * Makes a folder and those above it, where they are missing, so that a power cut does not take them away again with all
 * that is in them. Node's own recursive mkdir never returns where a parent is there but takes no folders, as /proc.
 *
 * @throws what the file system says.
 */
export function ensureFolder(path: string, mode?: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    ensureFolder(dirname(path), mode);
    makeLast(path, mode);
  }
  syncFolderNow(dirname(path));
}

function makeLast(path: string, mode: number | undefined): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    // Somebody else was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
