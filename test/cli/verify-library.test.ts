import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cli, cli } from '../support/cli.ts';

let program: Cli;
beforeEach(async () => {
  program = await cli();
  expect((await program.run(['backfill-instagram', '--sandbox', '--quiet'])).exitCode).toBe(0);
});
afterEach(() => program.close());

const media = () => join(program.home, 'sandbox', 'media', 'instagram_backfill');
const pictures = async () => (await readdir(media())).filter((name) => name.endsWith('.jpg'));
const list = async () => {
  const { stdout } = await program.run(['list-media', '--sandbox', '--json', '--limit', '500']);
  return (JSON.parse(stdout).media as Record<string, unknown>[])
    .map((row) => [row.instagram_media_id, row.file_path, row.file_hash, row.caption])
    .toSorted();
};

test('damage is found and repaired', async () => {
  const [gone = '', altered = ''] = await pictures();
  const before = await readFile(join(media(), altered));
  await rm(join(media(), gone));
  await appendFile(join(media(), altered), 'more');

  const found = await program.run(['verify-library', '--sandbox']);
  expect(found.exitCode).toBe(3);
  expect(found.stdout).toContain(
    '2 problems found.\nTo fix what can be fixed: storyline-cli verify-library --repair --sandbox',
  );

  const repaired = await program.run(['verify-library', '--repair', '--sandbox']);
  expect([repaired.exitCode, repaired.stderr]).toEqual([0, '']);
  expect(repaired.stdout).toMatch(/Downloaded 2 files again\.\nThe library is complete\./);
  expect(await readFile(join(media(), altered))).toEqual(before);
  expect((await program.run(['verify-library', '--sandbox'])).exitCode).toBe(0);
});

test('the records of a new database are rebuilt from the media folder', async () => {
  const before = await list();
  for (const name of ['storyline.db', 'storyline.db-wal', 'storyline.db-shm']) {
    await rm(join(program.home, 'sandbox', name), { force: true });
  }
  expect((await program.run(['verify-library', '--sandbox'])).exitCode).toBe(3);
  const { exitCode, stdout } = await program.run(['verify-library', '--repair', '--sandbox', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ findings: [], error: null, mended: { rebuilt: before.length } });
  expect(await list()).toEqual(before);
});
