import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkFolder, openPlain } from '../files/local/plain-files.ts';
import { ensureFolder } from '../lib/ensure-folder.ts';

/** A cache of small files that can be made again, so writes are not synced to the disk. */
export interface PreviewCache {
  /** Undefined if the file is missing, or was left empty by a power cut. */
  read(name: string): Promise<Buffer | undefined>;
  /** @throws errors of the file system, such as a full disk; leaves no partial file. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/**
 * The folder and its parent must not be links, and links in the folder are not followed.
 *
 * @param folder may be missing, and may be deleted at any time.
 */
export function createPreviewCache(folder: string): PreviewCache {
  const home = dirname(dirname(folder));
  const placeOf = (name: string) => join(folder, name.slice(0, 2), name);
  let written = 0;
  return {
    async read(name) {
      // After any error, the file is made again.
      const bytes = await readPlain(home, placeOf(name)).catch(() => undefined);
      return bytes?.length ? bytes : undefined;
    },
    async write(name, bytes) {
      const place = placeOf(name);
      written += 1;
      const partial = `${place}.${process.pid}-${written}.part`;
      try {
        await checkFolder(home, dirname(place));
        await mkdir(dirname(place), { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') await ensureFolder(dirname(place), 0o700);
          else if (error.code !== 'EEXIST') throw error;
        });
        await checkFolder(home, dirname(place));
        await writeFile(partial, bytes, { mode: 0o600, flag: 'wx' });
        await rename(partial, place);
      } catch (error) {
        await rm(partial, { force: true }).catch(() => undefined);
        throw error;
      }
    },
  };
}

async function readPlain(home: string, path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of createReadStream('', { fd: await openPlain(home, path) })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
