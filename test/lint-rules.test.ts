import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Code, the file that it would stand in, and whether a rule of scripts/lint refuses it there. */
const CASES: readonly (readonly [
  rule: RegExp,
  code: string,
  files: Readonly<Record<string, 'refused' | 'allowed'>>,
])[] = [
  [/process\.env/, 'process.env.HOME', { 'src/app/a.ts': 'refused', 'src/main.ts': 'allowed', 'test/a.ts': 'allowed' }],
  [/process\.env/, 'const { env } = process', { 'src/lib/a.ts': 'refused' }],
  [/process\.env/, "process['env']", { 'src/lib/a.ts': 'refused' }],
  [
    /global fetch/,
    "fetch('https://example.org', { method: 'POST' })",
    { 'src/web/a.ts': 'refused', 'src/page/api.ts': 'allowed', 'src/sandbox/a.ts': 'allowed', 'bench/a.ts': 'allowed' },
  ],
  [/global fetch/, 'globalThis.fetch', { 'src/page/a.ts': 'refused' }],
  [/global fetch/, "client.fetch('https://example.org')", { 'src/web/a.ts': 'allowed' }],
  [/another disk/, 'tmpdir()', { 'src/files/a.ts': 'refused', 'test/a.ts': 'allowed' }],
  [/another disk/, "os.tmpdir() + '/a'", { 'src/sandbox/a.ts': 'refused' }],
  [/another disk/, "await mkdtemp('a')", { 'src/files/a.ts': 'refused', 'scripts/a.ts': 'allowed' }],
  [/another disk/, "fs.mkdtempSync('a')", { 'src/files/a.ts': 'refused' }],
  [/never deleted/, "query.deleteFrom('media_items').execute()", { 'src/catalogue/a.ts': 'refused' }],
  [/never deleted/, "query.updateTable('media_items')", { 'src/catalogue/a.ts': 'allowed' }],
  [/never deleted/, "query.deleteFrom('login_tries')", { 'src/catalogue/a.ts': 'allowed' }],
  [/category_post_case_mix/, "query.insertInto('category_post_case_mix')", { 'src/catalogue/a.ts': 'refused' }],
  [/category_post_case_mix/, "db.query.updateTable('category_post_case_mix')", { 'src/app/a.ts': 'refused' }],
  [/category_post_case_mix/, "query.deleteFrom('category_post_case_mix')", { 'src/runs/a.ts': 'refused' }],
  [/category_post_case_mix/, "query.selectFrom('category_post_case_mix')", { 'src/runs/a.ts': 'allowed' }],
  [
    /error codes/,
    "new RateLimitError('a', details)",
    { 'src/backfill/a.ts': 'refused', 'src/instagram/graph/errors.ts': 'allowed', 'test/a.ts': 'allowed' },
  ],
  [/error codes/, "new TooMuchDataError('a')", { 'src/instagram/feed/a.ts': 'refused' }],
  [
    /linkSignals/,
    'AbortSignal.any([])',
    { 'src/lib/a.ts': 'refused', 'bench/a.ts': 'refused', 'scripts/a.ts': 'refused', 'test/a.ts': 'allowed' },
  ],
  [/linkSignals/, 'AbortSignal.timeout(5)', { 'src/lib/a.ts': 'refused' }],
];

const rows = CASES.flatMap(([rule, code, files]) =>
  Object.entries(files).map(([file, verdict]) => ({ rule, code, file, verdict })),
);

/** What the rules say of each file's lines; a file holds the code of all its cases, one a line. */
const messages = new Map<string, string[]>();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'storyline-lint-'));
  for (const { file, code } of rows) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    appendFileSync(join(folder, file), `${code};\n`);
  }
  cpSync('scripts/lint', join(folder, 'scripts/lint'), { recursive: true });
  const config = JSON.parse(readFileSync('biome.json', 'utf8'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
  const { stdout } = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['lint', '.', '--reporter=json', '--max-diagnostics=none'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  for (const { category, message, location } of JSON.parse(stdout).diagnostics) {
    if (category !== 'plugin') continue;
    const code = readFileSync(join(folder, location.path), 'utf8').split('\n')[location.start.line - 1];
    const key = `${location.path} ${code}`;
    messages.set(key, [...(messages.get(key) ?? []), message]);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('lint rules', () => {
  test.each(rows)('$code in $file is $verdict', ({ rule, code, file, verdict }) => {
    const expected = verdict === 'refused' ? [expect.stringMatching(rule)] : [];
    expect(messages.get(`${file} ${code};`) ?? []).toEqual(expected);
  });
});
