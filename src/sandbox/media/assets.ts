import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const loaded = new Map<string, Buffer>();

/** The bytes of a file in `assets/`, which scripts/make-sandbox-assets.ts made. Do not change them. */
export function readAsset(name: string): Buffer {
  const bytes = loaded.get(name) ?? readFileSync(new URL(name, folder()));
  loaded.set(name, bytes);
  return bytes;
}

/** The assets lie next to this module, or in `sandbox-assets/` next to the bundle that includes it. */
function folder(): URL {
  const places = ['./assets/', './sandbox-assets/'].map((place) => new URL(place, import.meta.url));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`The sandbox's assets are missing next to ${fileURLToPath(import.meta.url)}`);
  return found;
}
