import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/**
 * The parts of the program, from the top down, and what each may import; types count too. A part is a folder of `src/`,
 * or a file at its top. docs/architecture.md shows the same table, and a test below compares the two.
 */
const ALLOWED: Readonly<Record<string, string>> = {
  main: 'cli errors lib version',
  cli: 'app backfill config errors lib media sandbox telegram web',
  telegram: 'app backfill errors lib media',
  web: 'app backfill contract errors gallery lib media version',
  page: 'contract',
  app: 'accounts backfill catalogue config db errors files instagram lib library media runs sandbox',
  gallery: 'accounts catalogue contract db errors files lib library media',
  library: 'backfill catalogue db errors files lib media',
  instagram: 'backfill errors lib media',
  accounts: 'db errors lib media',
  catalogue: 'backfill db errors lib media',
  backfill: 'errors lib media',
  runs: 'db errors lib media',
  files: 'errors lib media',
  db: 'errors lib',
  config: 'errors lib',
  contract: 'media',
  media: 'errors lib',
  sandbox: '',
  errors: 'lib',
  version: '',
  lib: '',
};

/** Imports that the table does not allow and that are still there. Shorten this list; never add to it. */
const STILL_THERE = new Set<string>([
  'telegram/access.ts -> accounts',
  'telegram/access.ts -> db',
  'telegram/admission.ts -> accounts',
  'telegram/answers.ts -> accounts',
  'telegram/answers.ts -> catalogue',
  'telegram/bot-trouble.ts -> db',
  'telegram/bot.ts -> accounts',
  'telegram/chat-runs.ts -> accounts',
  'telegram/conversation.ts -> accounts',
  'web/api/describe-run.ts -> accounts',
  'web/api/routes/library.ts -> accounts',
  'web/api/routes/library.ts -> catalogue',
]);

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .toSorted();
const partOf = (path: string) => path.split('/')[0]?.replace(/\.tsx?$/, '') ?? '';

function imports(path: string): string[] {
  const text = readFileSync(join('src', path), 'utf8');
  return [...text.matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].map(([, target]) =>
    normalize(join(dirname(path), target ?? '')),
  );
}

const arrowsOf = (path: string): string[] =>
  imports(path)
    .map(partOf)
    .filter((part) => part !== partOf(path) && part !== '..')
    .map((part) => `${path} -> ${part}`);

test.each(files)('%s imports only what its part may know', (path) => {
  const allowed = new Set(ALLOWED[partOf(path)]?.split(' '));
  const wrong = arrowsOf(path).filter((arrow) => !allowed.has(arrow.split(' -> ')[1] ?? '') && !STILL_THERE.has(arrow));
  expect(wrong).toEqual([]);
});

test('no exception is listed for longer than it is needed', () => {
  const arrows = new Set(files.flatMap(arrowsOf));
  expect([...STILL_THERE].filter((arrow) => !arrows.has(arrow))).toEqual([]);
});
