import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { StorageError } from '../../src/errors.ts';
import {
  type Fault,
  type FaultMatch,
  type Sandbox,
  type SandboxOptions,
  type SandboxPost,
  startSandbox,
} from '../../src/sandbox/server.ts';
import { type Cli, cli, settingsFor } from '../support/cli.ts';
import { idOf, image, images, video } from '../support/posts.ts';
import { checkSound } from '../support/sound.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one.close();
});
const closed = <T extends { close(): Promise<void> }>(one: T): T => {
  closing.push(one);
  return one;
};

describe('the media folder', () => {
  test('that vanishes in mid-run stops it, and is not made anew in the wrong place', async () => {
    // Slowly: when the first is kept, most of them are still to come.
    const it = closed(await testApp({ posts: images(20), mediaLatencyMs: 30 }));
    const { events } = await startBackfill(it.app, { ...ASK, concurrency: 1 }, new AbortController().signal);
    let last: unknown;
    for await (const event of events) {
      if (event.type === 'kept' && !existsSync(`${it.config.mediaDir}.away`)) {
        renameSync(it.config.mediaDir, `${it.config.mediaDir}.away`);
        mkdirSync(it.config.mediaDir);
      }
      last = event;
    }
    expect(last).toMatchObject({ type: 'ended', stoppedBy: expect.any(StorageError) });
    expect(await readdir(it.config.mediaDir)).toEqual([]);

    const refused = await it.type(['backfill-instagram', '--quiet']);
    expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(
      /files should be in .*instagram_backfill, but there is no such folder\nIs the disk mounted/,
    );
    rmdirSync(it.config.mediaDir);
    renameSync(`${it.config.mediaDir}.away`, it.config.mediaDir);
    expect((await it.type(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
    await expectWhole(it, images(20));
  });

  test('that is gone for good comes again with verify-library --repair', async () => {
    const it = closed(await testApp({ posts: images(3) }));
    await it.run();
    renameSync(it.config.mediaDir, `${it.config.mediaDir}.away`);
    expect((await it.type(['backfill-instagram'])).exitCode).toBe(2);
    expect((await it.type(['verify-library', '--repair'])).exitCode).toBe(0);
    await expectWhole(it, images(3));
  });

  test('in which one place cannot be written costs that one item', async () => {
    const it = closed(await testApp({ posts: images(3) }));
    const blocked = join(it.config.mediaDir, 'instagram_backfill', `20260102_120000_${idOf(2)}.jpg`);
    mkdirSync(blocked, { recursive: true });
    const { exitCode, stdout } = await it.type(['backfill-instagram', '--quiet']);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(new RegExp(`The file could not be written: EISDIR.*\\(media_id: ${idOf(2)}\\)`));
    rmdirSync(blocked);
    expect((await it.type(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
    await expectWhole(it, images(3));
  });

  test('whose name is taken by a file is refused before anything happens', async () => {
    const it = closed(await testApp({ posts: images(3) }));
    writeFileSync(it.config.mediaDir, 'not a folder');
    const { exitCode, stderr } = await it.type(['backfill-instagram', '--quiet']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/The media folder .* cannot be written.*\nSet MEDIA_DIR/);
    expect(await it.app.runs.recent(1)).toEqual([]);
  });
});

async function expectWhole(it: TestApp, posts: SandboxPost[]): Promise<void> {
  expect(Object.keys((await checkSound(it, posts)).kept)).toHaveLength(posts.length);
}

/** A file system of its own takes a user namespace, which some machines do not allow. */
const hasNamespaces = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']).status === 0;

describe.skipIf(!hasNamespaces)(`a small disk${hasNamespaces ? '' : ' (skipped: unshare is not allowed here)'}`, () => {
  const posts = Array.from({ length: 20 }, (_, n) =>
    image(20 - n, { caption: 'word '.repeat(400), media: { seed: n, width: 64, height: 64, bytes: 100_000 } }),
  );
  const program = `${process.execPath} ${resolve('dist/storyline-cli.js')}`;

  /** Types commands with a folder on a disk of that size; `grow` makes it larger, `freeze` read-only. */
  async function onSmallDisk(it: Cli, folder: string, size: string, commands: readonly string[]): Promise<Outcome[]> {
    mkdirSync(folder, { recursive: true });
    const script = [
      'exec 2>&1',
      `mount -t tmpfs -o size=${size} storyline '${folder}'`,
      `grow() { mount -o remount,size=100m '${folder}'; }`,
      `freeze() { mount -o remount,ro '${folder}'; }`,
      ...commands.map((command) => `${command}; printf '<<%s>>' $?`),
    ].join('\n');
    const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script], {
      env: { PATH: process.env.PATH, HOME: it.home, STORYLINE_HOME: it.home, ...it.environment },
    });
    return [...stdout.matchAll(/([\s\S]*?)<<(\d+)>>/g)].map(([, said = '', code]) => ({
      said,
      exitCode: Number(code),
    }));
  }
  interface Outcome {
    said: string;
    exitCode: number;
  }

  async function start(options: SandboxOptions = { posts }): Promise<{ it: Cli; sandbox: Sandbox; add: string }> {
    const sandbox = closed(await startSandbox({ stories: [], ...options }));
    const it = closed(await cli(settingsFor(sandbox)));
    const { account, tokens } = sandbox;
    const add = `echo ${tokens.facebook} | ${program} add-instagram-account --display-name Studio --account-id ${account.id} --username ${account.username}`;
    return { it, sandbox, add };
  }

  test('that fills up with media stops the run with what to free; with room the next one completes it', async () => {
    const { it, add } = await start();
    const media = join(it.home, 'media');
    const [added, stopped, partial, verified, , completed, whole] = await onSmallDisk(it, media, '1m', [
      add,
      `${program} backfill-instagram --quiet`,
      `find '${media}' -name '*.part'`,
      `${program} verify-library --json`,
      'grow',
      `${program} backfill-instagram --quiet`,
      `${program} verify-library`,
    ]);
    expect(added?.exitCode).toBe(0);
    expect(stopped?.exitCode).toBe(1);
    expect(stopped?.said).toMatch(/Stopped: The disk is full\nFree some space in the media folder, or set MEDIA_DIR/);
    expect(partial?.said).toBe('');
    expect(JSON.parse(/\{[\s\S]*\}/.exec(verified?.said ?? '')?.[0] ?? '')).toMatchObject({ findings: [] });
    expect(completed).toMatchObject({
      exitCode: 0,
      said: expect.stringContaining('20 posts on Instagram · 20 complete'),
    });
    expect(whole?.exitCode).toBe(0);
  });

  test('that fills up with the database stops the run, and the next one completes it', async () => {
    const { it, add } = await start();
    it.environment.MEDIA_DIR = `${it.home}.media`;
    const [added, stopped, , completed, whole] = await onSmallDisk(it, it.home, '880k', [
      add,
      `${program} backfill-instagram --quiet`,
      'grow',
      `${program} backfill-instagram --quiet`,
      `${program} verify-library`,
    ]);
    expect(added?.exitCode).toBe(0);
    expect(stopped).toMatchObject({ exitCode: 1, said: expect.stringContaining('No space is left for the database') });
    expect(completed).toMatchObject({
      exitCode: 0,
      said: expect.stringContaining('20 posts on Instagram · 20 complete'),
    });
    expect(whole?.exitCode).toBe(0);
  });

  test('that can be read only is refused before anything happens', async () => {
    const { it, add } = await start();
    const media = join(it.home, 'media');
    const [, , refused] = await onSmallDisk(it, media, '1m', [add, 'freeze', `${program} backfill-instagram --quiet`]);
    expect(refused?.exitCode).toBe(2);
    expect(refused?.said).toMatch(/The media folder .* cannot be written: EROFS.*\nSet MEDIA_DIR/);
  });

  const MIB = 1024 ** 2;
  const at = (...days: number[]): FaultMatch => ({ endpoint: 'download', ids: days.map(idOf) });

  test.each<[string, Fault[], number, RegExp]>([
    [
      'one file says that it is larger than the disk',
      [{ kind: 'endless', announced: 40 * MIB, match: at(11) }],
      1,
      /Not enough disk space: the file needs 40\.0 MiB, and [\d.]+ MiB are free, of which [\d.]+ MiB can be used/,
    ],
    [
      'one file does not end, and says no length',
      [{ kind: 'endless', match: at(11) }],
      1,
      /Not enough disk space: after [\d.]+ MiB of the file, [\d.]+ MiB are free/,
    ],
    [
      'five files do not end at the same time',
      [{ kind: 'endless', match: at(12, 11, 10, 9, 8) }],
      5,
      /Not enough disk space: after/,
    ],
    [
      'one file lies about its length, and ends',
      [{ kind: 'endless', announced: 15 * MIB, match: at(11) }],
      0,
      /20 posts on Instagram/,
    ],
  ])('%s: that costs the file, and the others come', async (_, faults, failed, words) => {
    const { it, add } = await start({ posts, faults });
    const media = join(it.home, 'media');
    const [, ended, partial, verified] = await onSmallDisk(it, media, '20m', [
      add,
      `${program} backfill-instagram --quiet`,
      `find '${media}' -name '*.part'`,
      `${program} verify-library --json`,
    ]);
    expect(ended?.said).toMatch(words);
    expect(ended?.said).toMatch(new RegExp(`Downloaded\\W+${20 - failed}\\b`));
    expect(ended?.exitCode).toBe(failed > 0 ? 3 : 0);
    expect(partial?.said).toBe('');
    expect(JSON.parse(/\{[\s\S]*\}/.exec(verified?.said ?? '')?.[0] ?? '')).toMatchObject({ findings: [] });
  });

  test('of videos that together are too large as many come as fit, one after the other; a reserve stays free', async () => {
    const films = Array.from({ length: 16 }, (_unused, n) =>
      video(40 - n, { media: { seed: n, width: 64, height: 64, seconds: 1, bytes: 3 * MIB }, withoutThumbnail: true }),
    );
    const { it, add } = await start({ posts: [...films, ...images(10)] });
    const media = join(it.home, 'media');
    const [, ended, free] = await onSmallDisk(it, media, '20m', [
      add,
      `${program} backfill-instagram --quiet`,
      `df --output=avail -k '${media}' | tail -1`,
    ]);
    // Six of 3 MiB fit on 20 MiB, of which a twentieth is left free; so do the pictures.
    expect(ended?.said).toMatch(/Downloaded\W+16\b/);
    expect(ended?.said).toMatch(/Failed\W+10\b/);
    expect(ended?.said).toMatch(/Not enough disk space: the file needs 3\.0 MiB/);
    expect(ended?.exitCode).toBe(3);
    expect(Number(free?.said)).toBeGreaterThan(1000);
  });
});
