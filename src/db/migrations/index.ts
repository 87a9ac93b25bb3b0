import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dialect } from '../dialect.ts';

export interface Migration {
  /** The file's name, without `.sql`. */
  readonly name: string;
  readonly number: number;
  readonly script: string;
  /** SHA-256 of the script, the same whatever a checkout did to its line ends. */
  readonly checksum: string;
}

/** Versions of the tables that the Python program shares: recorded in `schema_version`, which ends with these. */
export const readSharedMigrations = (kind: Dialect['kind']): Migration[] => readFolder(kind);

/** This program's own, recorded in `storyline_migrations`. */
export const readOwnMigrations = (kind: Dialect['kind']): Migration[] => readFolder(`${kind}/storyline`);

function readFolder(folder: string): Migration[] {
  const path = new URL(`${folder}/`, root());
  return readdirSync(path)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const script = readFileSync(new URL(file, path), 'utf8').replaceAll('\r\n', '\n');
      const name = file.slice(0, -'.sql'.length);
      const checksum = createHash('sha256').update(script).digest('hex');
      return { name, number: Number.parseInt(name, 10), script, checksum };
    });
}

/** The `.sql` files are next to this module, or in `migrations/` next to the bundle. */
function root(): URL {
  const places = ['./', './migrations/', '../migrations/'].map((place) => new URL(place, import.meta.url));
  const found = places.find((place) => existsSync(new URL('sqlite/012_baseline.sql', place)));
  if (!found) throw new Error(`the migrations are missing next to ${fileURLToPath(import.meta.url)}`);
  return found;
}
