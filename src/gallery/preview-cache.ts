import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkFolder, openPlain } from '../files/local/plain-files.ts';
import { ensureFolder } from '../lib/ensure-folder.ts';

/** Small files that are made again where they are missing: nothing here is worth waiting for the disk. */
export interface PreviewCache {
  /** Nothing where it is not there, or a power cut left it empty. */
  read(name: string): Promise<Buffer | undefined>;
  /** @throws what the file system says, as for a full disk; nothing is left behind then. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/**
 * Neither the folder nor the one above it may be a link, and none below is followed.
 *
 * @param folder may be missing, and may be deleted at any time.
 */
export function createPreviewCache(folder: string): PreviewCache {
  const home = dirname(dirname(folder));
  const placeOf = (name: string) => join(folder, name.slice(0, 2), name);
  let written = 0;
  return {
    async read(name) {
      // Whatever is wrong with it: another is made.
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
