import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { expect, test } from 'vitest';
import { forbiddenWords } from './support/plain-english.ts';

const FOLDERS = ['src', 'test', 'scripts', 'bench', 'docs'];
const KINDS = new Set(['.ts', '.tsx', '.mjs', '.js', '.css', '.html', '.grit', '.md', '.example']);

/** Folders and files whose words are still to be changed. Each goes away once it is clean; at the end, so does the list. */
const NOT_YET: readonly string[] = [
  // The sandbox
  'test/sandbox',
  // The command line
  'src/cli',
  'test/cli',
  // Build and Telegram
  'test/telegram',
  'test/app/tokens',
  // Instagram, accounts, database
  'test/instagram',
  'test/accounts',
  'test/lib',
  'test/faults',
  // The rest
  'bench',
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
