import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** What each part of the program may import, by folder; a file at the top is a part of its own. Types count too. */
const ALLOWED: Record<string, readonly string[]> = {
  lib: [],
  sandbox: [],
  errors: ['lib'],
  version: [],
  media: ['errors'],
  backfill: ['media', 'errors', 'lib'],
  storage: ['errors', 'lib'],
  db: ['errors', 'lib'],
  instagram: ['backfill', 'media', 'errors', 'lib'],
  library: ['backfill', 'media', 'errors', 'lib', 'storage', 'db'],
  accounts: ['errors', 'lib', 'db', 'media'],
  runs: ['backfill', 'media', 'errors', 'lib', 'db'],
  config: ['errors', 'lib', 'db', 'instagram'],
  app: ['accounts', 'config', 'db', 'instagram', 'lib', 'library', 'runs', 'storage'],
  'current-token': ['app', 'accounts', 'errors', 'instagram'],
  gallery: ['db', 'errors', 'lib', 'library', 'media', 'storage'],
  'start-backfill': [
    'app',
    'accounts',
    'current-token',
    'backfill',
    'errors',
    'instagram',
    'lib',
    'library',
    'media',
    'runs',
    'storage',
    'token-answers',
  ],
  'token-answers': ['app', 'accounts', 'current-token', 'errors', 'instagram'],
  'backfill-wishes': ['errors', 'start-backfill'],
  'sign-in': ['app', 'accounts', 'current-token', 'errors', 'instagram', 'lib'],
  'token-status': ['app', 'accounts', 'current-token', 'errors', 'instagram', 'token-answers'],
  'revoke-tokens': ['app', 'accounts', 'current-token', 'errors', 'instagram', 'token-answers'],
  health: [
    'app',
    'accounts',
    'config',
    'current-token',
    'db',
    'errors',
    'instagram',
    'lib',
    'library',
    'media',
    'storage',
    'token-answers',
  ],
  telegram: [
    'app',
    'accounts',
    'backfill',
    'db',
    'errors',
    'health',
    'lib',
    'library',
    'media',
    'runs',
    'start-backfill',
  ],
  web: [
    'app',
    'accounts',
    'backfill',
    'backfill-wishes',
    'db',
    'errors',
    'gallery',
    'health',
    'lib',
    'library',
    'media',
    'runs',
    'sandbox',
    'sandbox-library',
    'start-backfill',
    'storage',
    'version',
  ],
  'repair-library': ['app', 'backfill', 'errors', 'lib', 'media', 'start-backfill'],
  'sandbox-library': ['app', 'config', 'sandbox'],
  cli: [
    'app',
    'accounts',
    'backfill',
    'backfill-wishes',
    'config',
    'db',
    'errors',
    'health',
    'instagram',
    'lib',
    'library',
    'media',
    'runs',
    'revoke-tokens',
    'sandbox',
    'sign-in',
    'repair-library',
    'sandbox-library',
    'start-backfill',
    'storage',
    'token-status',
    'telegram',
    'web',
  ],
  // What runs in the browser shares nothing with the program but the types of what they say to each other.
  page: [],
  main: ['cli', 'config', 'errors', 'lib', 'version'],
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path));
const partOf = (path: string) => path.split('/')[0]?.replace(/\.tsx?$/, '') ?? '';

const TYPES_OF_CONTRACT = /^import type \{[^}]*\} from '(?:\.\.\/)+web\/contract\.ts';$/gm;

function imports(path: string): string[] {
  const text = readFileSync(join('src', path), 'utf8').replaceAll(
    partOf(path) === 'page' ? TYPES_OF_CONTRACT : /$^/g,
    '',
  );
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target]) =>
    normalize(join(dirname(path), target ?? '')),
  );
}

test.each(files)('%s imports only what its part may know', (path) => {
  const part = partOf(path);
  const allowed = [part, ...(ALLOWED[part] ?? [])];
  const wrong = imports(path).filter((target) => !target.startsWith('..') && !allowed.includes(partOf(target)));
  expect(wrong).toEqual([]);
});

test('the program makes no outside call but through its own clients, and reads its settings in one place', () => {
  const touching = (pattern: RegExp) => files.filter((path) => pattern.test(readFileSync(join('src', path), 'utf8')));
  expect(touching(/process\.env/)).toEqual(['main.ts']);
  expect(touching(/\bfetch\(/).filter((path) => !path.startsWith('sandbox/'))).toEqual(['page/api.ts']);
  expect(touching(/\btmpdir\b|\bmkdtemp\b/)).toEqual([]);
});
