import { appendFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { idOf, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
beforeEach(async () => {
  world = await testApp({ posts: [video(5), ...images(4)] });
  expect((await world.type(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
});
afterEach(() => world.close());

const path = (day: number) =>
  join(world.config.mediaDir, 'instagram_backfill', `2026010${day}_120000_${idOf(day)}.jpg`);
const status = async () => (await world.type(['backfill-status'])).stdout;
const media = async () =>
  new Map(
    (JSON.parse((await world.type(['list-media', '--json'])).stdout).media as Record<string, string>[]).map((item) => [
      item.instagram_media_id,
      item.file_state,
    ]),
  );

test('a run reports the files it checked, what was missing, and what was changed', async () => {
  await rm(path(1));
  await appendFile(path(2), 'edited');
  const dry = await world.type(['backfill-instagram', '--dry-run', '--json', '--quiet']);
  expect(JSON.parse(dry.stdout).result).toMatchObject({
    downloaded: 1,
    files_checked: 5,
    missing_on_disk: 1,
    restored: 0,
    changed_on_disk: 1,
    posts: { whole: 3, missing: 1, partial: 1, lacking: { 'missing on disk': 1, 'changed on disk': 1 } },
  });
  const { stdout, exitCode } = await world.type(['backfill-instagram', '--quiet']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(
    '5 posts on Instagram · 4 complete · 1 incomplete (1 item changed on disk)\n' +
      '5 files of the listed posts checked: 3 on disk.\n' +
      '1 file was missing on disk and was downloaded again.\n' +
      '1 file was changed on disk, and left as it is.\n',
  );
  expect(stdout).toContain('Replace changed files: storyline-cli verify-library --repair\n');
  expect((await world.type(['verify-library', '--repair'])).exitCode).toBe(0);
  const last = await world.type(['backfill-instagram', '--quiet']);
  expect(last.stdout).toContain(
    '5 posts on Instagram · 5 complete\n5 files of the listed posts checked: all on disk.\n',
  );
});

test('an incremental run says nothing about files that it did not check', async () => {
  await rm(path(1));
  const { stdout } = await world.type(['backfill-instagram', '--incremental', '--limit', '1', '--quiet']);
  expect(stdout).not.toMatch(/complete|whole/);
});

test('backfill-status shows what was found, and when', async () => {
  expect(await status()).toMatch(/Files: 5 on disk \(checked 20\d\d-.* UTC\)/);
  await rm(path(1));
  await rename(path(2), `${path(2)}.away`);
  await appendFile(path(3), 'edited');
  expect((await world.type(['verify-library'])).exitCode).toBe(3);
  expect(await status()).toMatch(
    /Files: 2 on disk, 2 missing, 1 changed \(checked .* UTC\)\nTo download them again: storyline-cli verify-library --repair\n/,
  );
  await rename(`${path(2)}.away`, path(2));
  await world.type(['backfill-instagram', '--quiet']);
  const after = await status();
  expect(after).toMatch(/Files: 4 on disk, 1 changed \(checked/);
  expect(after).not.toContain('missing');
  await world.run({ until: new Date('2026-01-03T00:00:00Z') });
  expect(await status()).toMatch(/Files: 2 on disk \(2 of 5 checked .*\n.*\nKnown now: 1 file changed\n/);
  expect(JSON.parse((await world.type(['backfill-status', '--json'])).stdout).files).toMatchObject({
    missing: 0,
    changed: 1,
    checks: [
      { kind: 'run', files: 2, missing: 0, changed: 0 },
      { scope: 'library', kind: 'verify', files: 5 },
    ],
  });
  await world.type(['verify-library', '--repair']);
  expect(await status()).toMatch(/Files: 5 on disk \(checked/);
});

test('list-media checks the files that it lists', async () => {
  expect((await world.type(['list-media'])).stdout).not.toContain('On disk');
  expect(new Set((await media()).values())).toEqual(new Set(['there']));
  await rm(path(1));
  await appendFile(path(2), 'edited');
  const { stdout } = await world.type(['list-media']);
  expect(stdout).toContain('On disk');
  expect(stdout).toMatch(new RegExp(`${idOf(1)}.*missing`));
  expect(stdout).toMatch(new RegExp(`${idOf(2)}.*changed`));
  expect([(await media()).get(idOf(1)), (await media()).get(idOf(2)), (await media()).get(idOf(3))]).toEqual([
    'missing',
    'changed',
    'there',
  ]);
});
