import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../errors.ts';

/** One file of the page, ready to be sent. */
export interface PageFile {
  readonly type: string;
  /** True where its name changes with its bytes. */
  readonly isImmutable: boolean;
  /** Of the bytes as they are; each compression has its own, made of this. */
  readonly hash: string;
  readonly bodies: { readonly identity: Buffer; readonly br?: Buffer; readonly gzip?: Buffer };
}

/** What the browser gets of the page, all of it in memory. */
export interface PageFiles {
  readonly index: PageFile;
  /** @param path as it is asked for: `/assets/page-1a2b3c.js`. */
  find(path: string): PageFile | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
/** What the build compressed lies beside each file, under these ends of its name. */
const COMPRESSED = { br: '.br', gzip: '.gz' } as const;

/**
 * Reads all files of the built page, with what the build compressed of them.
 *
 * @throws {UsageError} where the page was not built.
 */
export async function readPageFiles(folder: string = pageFolder()): Promise<PageFiles> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const read = await Promise.all(
    names
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [asked(folder, path), await readFile(path)] as const;
      }),
  );
  const bytes = new Map<string, Buffer>(read);
  const files = new Map(
    read
      .filter(([path]) => !Object.values(COMPRESSED).some((end) => path.endsWith(end)))
      .map(([path, identity]) => [path, pageFile(path, identity, bytes)]),
  );
  const index = files.get('/index.html');
  if (!index) throw notBuilt(folder);
  return { index, find: (path) => files.get(path) };
}

/** A file's path as browsers ask for it. */
const asked = (folder: string, path: string): string => `/${relative(folder, path).replaceAll('\\', '/')}`;

function pageFile(path: string, identity: Buffer, bytes: ReadonlyMap<string, Buffer>): PageFile {
  const br = bytes.get(`${path}${COMPRESSED.br}`);
  const gzip = bytes.get(`${path}${COMPRESSED.gzip}`);
  return {
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    isImmutable: path.startsWith('/assets/'),
    hash: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    bodies: { identity, ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) },
  };
}

/** The page lies beside the bundle that this module became part of, or where the build puts it. */
function pageFolder(): string {
  const places = ['./page/', '../../dist/page/'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = places.find((place) => existsSync(join(place, 'index.html')));
  if (!found) throw notBuilt(places[0] ?? '');
  return found;
}

const notBuilt = (folder: string) =>
  new UsageError(`The gallery's page is missing: there is no index.html in ${folder}`, {
    hint: 'Build it with: npm run build. Or leave the gallery out with --no-web.',
  });
