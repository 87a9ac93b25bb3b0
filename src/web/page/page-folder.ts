import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../errors.ts';

/** Next to the bundle that contains this module; or, if this module runs from its source, where the build puts it. */
const PLACES = ['./page/', '../../../dist/page/'].map((place) => fileURLToPath(new URL(place, import.meta.url)));

/**
 * The folder with the built page.
 *
 * @throws {UsageError} if the page was not built.
 */
export function findPageFolder(folders: readonly string[] = PLACES): string {
  const found = folders.find((folder) => existsSync(join(folder, 'index.html')));
  if (found !== undefined) return found;
  throw new UsageError(`The gallery's page is missing: no index.html in ${folders[0]}`, {
    hint: 'Build it with: npm run build. Or run without the gallery: --no-web.',
  });
}
