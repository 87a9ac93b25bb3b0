import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { expect, test } from 'vitest';
import { forbiddenWords } from './support/plain-english.ts';

const FOLDERS = ['src', 'test', 'scripts', 'bench', 'docs'];
const KINDS = new Set(['.ts', '.tsx', '.mjs', '.js', '.css', '.html', '.grit', '.md', '.example']);

/** Folders and files whose words are still to be changed. Each goes away once it is clean; at the end, so does the list. */
const NOT_YET: readonly string[] = [
  // The sandbox
  'src/sandbox',
  'test/sandbox',
  // The command line
  'src/cli',
  'src/main.ts',
  'src/config.ts',
  'src/errors.ts',
  'src/app/health',
  'src/app/sign-in',
  'scripts/docs.ts',
  'docs/cli.md',
  'test/cli',
  'test/app/sign-in',
  // Build and Telegram
  'scripts/build-page.mjs',
  'scripts/screenshots.ts',
  'src/telegram',
  'test/telegram',
  // Web and gallery
  'src/web',
  'src/contract',
  'src/gallery',
  'test/web',
  'test/gallery',
  // Files and library
  'src/files',
  'src/library',
  'src/media',
  'src/app/repair.ts',
  'test/files',
  'test/library',
  'test/media',
  // Runs and backfill: names and words that other parts define
  'src/app/backfill/open-run.ts',
  'src/backfill/forecast.ts',
  'src/backfill/ports.ts',
  'src/backfill/retry-failed.ts',
  'test/app/tokens',
  'test/backfill/completeness.test.ts',
  // Instagram, accounts, database
  'src/instagram',
  'src/accounts',
  'src/app/tokens',
  'src/db',
  'src/lib',
  'src/catalogue',
  'test/instagram',
  'test/accounts',
  'test/db',
  'test/lib',
  'test/faults',
  'test/catalogue',
  'test/contract',
  // The rest
  'bench',
  'docs/architecture.md',
  'docs/benchmarks.md',
];

const pathsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`);
// The list and this test have to name the words; migrations that ran somewhere are not edited (SQL is not among the kinds).
const texts = [...readdirSync('.'), ...FOLDERS.flatMap(pathsIn)]
  .filter((path) => KINDS.has(extname(path)) && !path.includes('plain-english'))
  .filter((path) => !NOT_YET.some((part) => path === part || path.startsWith(`${part}/`)))
  .toSorted();

test('messages, comments, names and pages are in plain English', () => {
  const found = texts.flatMap((path) => forbiddenWords(path, `${readFileSync(path, 'utf8')}\n${path}`));
  expect(found.join('\n')).toBe('');
});

test.each([
  'Have it anew',
  'What is\n   * told at\n   * once',
  'const mendFiles = atOnce',
  'interface Asked {',
  'It is of no further use',
])('the words are found in: %s', (text) => {
  expect(forbiddenWords('example.ts', text)).not.toEqual([]);
});

test('words that only look like them are left alone', () => {
  const text =
    'We recommend to amend it. A file mistaken for another. The interface AskedBefore is newer than any moreover.';
  expect(forbiddenWords('example.ts', text)).toEqual([]);
});
