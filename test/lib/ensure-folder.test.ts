import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureFolder } from '../../src/lib/ensure-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storyline-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder and those above it are made, and found the second time', async () => {
  const path = join(folder, 'a', 'b', 'c');
  await ensureFolder(path, 0o700);
  await ensureFolder(path, 0o700);
  expect(statSync(path).isDirectory()).toBe(true);
});

test('a file in the way is an error', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(ensureFolder(join(folder, 'file', 'x'))).rejects.toThrow(/ENOTDIR/);
  await expect(ensureFolder(join(folder, 'file'))).rejects.toThrow(/EEXIST/);
});

test.runIf(process.platform === 'linux')('a place that takes no folders is an error, not an endless wait', async () => {
  await expect(ensureFolder('/proc/storyline/media')).rejects.toThrow(/ENOENT/);
});
