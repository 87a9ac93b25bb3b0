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
  'telegram/answers.ts -> accounts',
  'telegram/answers.ts -> catalogue',
  'telegram/chat-runs.ts -> accounts',
  'telegram/conversation.ts -> accounts',
]);

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .toSorted();
const partOf = (path: string) => path.split('/')[0]?.replace(/\.tsx?$/, '') ?? '';

const known = new Set(files);

function imports(path: string): string[] {
  if (!known.has(path)) return [];
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

test('docs/architecture.md shows the same table', () => {
  const rows = readFileSync('docs/architecture.md', 'utf8').matchAll(
    /^\| `src\/(\w+)(?:\/|\.ts)` \|[^|]*\| ([^|]*) \|$/gm,
  );
  const shown = [...rows].map(([, part, imported]) => [part, imported?.replace('nothing', '').replaceAll(',', '')]);
  expect(shown).toEqual(Object.entries(ALLOWED));
});

test('no file imports itself through others, types included', () => {
  const finished = new Set<string>();
  const circleFrom = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const next of imports(path)) {
      const circle = circleFrom(next, [...trail, path]);
      if (circle) return circle;
    }
    finished.add(path);
    return undefined;
  };
  expect(files.flatMap((path) => circleFrom(path, []) ?? [])).toEqual([]);
});

test.each(files)('%s imports only what its part may know', (path) => {
  const allowed = new Set(ALLOWED[partOf(path)]?.split(' '));
  const wrong = arrowsOf(path).filter((arrow) => !allowed.has(arrow.split(' -> ')[1] ?? '') && !STILL_THERE.has(arrow));
  expect(wrong).toEqual([]);
});

test('no exception is listed for longer than it is needed', () => {
  const arrows = new Set(files.flatMap(arrowsOf));
  expect([...STILL_THERE].filter((arrow) => !arrows.has(arrow))).toEqual([]);
});
