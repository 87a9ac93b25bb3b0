import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cli, cli } from '../support/cli.ts';

let it: Cli;
beforeEach(async () => {
  it = await cli();
  expect((await it.run(['backfill-instagram', '--sandbox', '--quiet'])).exitCode).toBe(0);
});
afterEach(() => it.close());

const media = () => join(it.home, 'sandbox', 'media', 'instagram_backfill');
const pictures = async () => (await readdir(media())).filter((name) => name.endsWith('.jpg'));
const list = async () => {
  const { stdout } = await it.run(['list-media', '--sandbox', '--json', '--limit', '500']);
  return (JSON.parse(stdout).media as Record<string, unknown>[])
    .map((row) => [row.instagram_media_id, row.file_path, row.file_hash, row.caption])
    .toSorted();
};

test('damage is found, repaired, and gone', async () => {
  const [gone = '', altered = ''] = await pictures();
  const before = await readFile(join(media(), altered));
  await rm(join(media(), gone));
  await appendFile(join(media(), altered), 'more');

  const found = await it.run(['verify-library', '--sandbox']);
  expect(found.exitCode).toBe(3);
  expect(found.stdout).toContain(
    '2 problems found.\nTo fix what can be fixed: storyline-cli verify-library --repair --sandbox',
  );

  const repaired = await it.run(['verify-library', '--repair', '--sandbox']);
  expect([repaired.exitCode, repaired.stderr]).toEqual([0, '']);
  expect(repaired.stdout).toMatch(/Downloaded 2 files again\.\nThe library is complete\./);
  expect(await readFile(join(media(), altered))).toEqual(before);
  expect((await it.run(['verify-library', '--sandbox'])).exitCode).toBe(0);
});

test('with the media alone, a new database is given its rows again', async () => {
  const before = await list();
  for (const name of ['storyline.db', 'storyline.db-wal', 'storyline.db-shm']) {
    await rm(join(it.home, 'sandbox', name), { force: true });
  }
  expect((await it.run(['verify-library', '--sandbox'])).exitCode).toBe(3);
  const { exitCode, stdout } = await it.run(['verify-library', '--repair', '--sandbox', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ findings: [], error: null, mended: { rebuilt: before.length } });
  expect(await list()).toEqual(before);
});
