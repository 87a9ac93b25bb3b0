import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, PROGRAM, settingsFor } from '../support/cli.ts';
import { images, video } from '../support/posts.ts';

let sandbox: Sandbox;
let it: Cli;
afterEach(async () => {
  await it.close();
  await sandbox.close();
});

async function start(environment: Record<string, string> = {}): Promise<void> {
  sandbox = await startSandbox({ posts: [...images(30).slice(0, 5), video(31)], stories: [] });
  it = await cli({ ...settingsFor(sandbox), ...environment });
  const { account, tokens } = sandbox;
  const args = ['--display-name', 'Studio', '--account-id', account.id, '--username', account.username];
  const added = await it.run(['add-instagram-account', ...args, '--access-token', tokens.facebook]);
  expect(added.exitCode).toBe(0);
}

const media = () => join(it.home, 'media', 'instagram_backfill');
const partials = () =>
  readdirSync(join(it.home, 'media'), { recursive: true }).filter((name) => `${name}`.endsWith('.part'));

/** Lets calls of the C library fail as they do on a network share: `REFUSED=futimens:1,fsync-folder:22`. */
const SHIM = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
static int refused(const char *name) {
  const char *all = getenv("REFUSED"), *found = all ? strstr(all, name) : 0;
  if (!found || found[strlen(name)] != ':') return 0;
  errno = atoi(found + strlen(name) + 1);
  return 1;
}
/* Of files of the library alone: SQLite syncs its own. */
static int isMedia(int fd, int folders) {
  char link[64], path[4096];
  struct stat s;
  if (fstat(fd, &s) || (S_ISDIR(s.st_mode) != 0) != folders) return 0;
  __builtin_sprintf(link, "/proc/self/fd/%d", fd);
  extern long readlink(const char *, char *, unsigned long);
  long n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return strstr(path, "/media") != 0;
}
int futimens(int fd, const struct timespec t[2]) {
  if (isMedia(fd, 0) && refused("futimens")) return -1;
  return ((int (*)(int, const struct timespec *))dlsym(RTLD_NEXT, "futimens"))(fd, t);
}
int fsync(int fd) {
  if (isMedia(fd, 0) && refused("fsync-file")) return -1;
  if (isMedia(fd, 1) && refused("fsync-folder")) return -1;
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
`;
const ERRNO = { EPERM: 1, EIO: 5, EACCES: 13, EISDIR: 21, EINVAL: 22, ENOSYS: 38, ENOTSUP: 95 };
const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

describe.skipIf(!hasCompiler)(
  `a share that refuses what is nice to have${hasCompiler ? '' : ' (skipped: no C compiler)'}`,
  () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'storyline-shim-'));
      writeFileSync(join(folder, 'shim.c'), SHIM);
      execFileSync('cc', ['-shared', '-fPIC', '-w', '-o', join(folder, 'shim.so'), join(folder, 'shim.c'), '-ldl']);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));
    const refusing = (REFUSED: string) => ({ LD_PRELOAD: join(folder, 'shim.so'), REFUSED });

    test.each([
      ...(['EPERM', 'ENOTSUP', 'EINVAL', 'ENOSYS', 'EACCES'] as const).map((code) => ['futimens', code] as const),
      ...(['EINVAL', 'EPERM', 'ENOTSUP', 'ENOSYS'] as const).map((code) => ['fsync-file', code] as const),
      ...(['EINVAL', 'EPERM', 'ENOTSUP', 'EACCES', 'EISDIR'] as const).map((code) => ['fsync-folder', code] as const),
    ])('%s: %s keeps every file, with one warning', async (call, code) => {
      await start();
      const run = await it.run(['backfill-instagram', '--quiet'], { environment: refusing(`${call}:${ERRNO[code]}`) });
      expect([run.exitCode, readdirSync(media()).filter((name) => /\.(jpg|mp4)$/.test(name)).length]).toEqual([0, 6]);
      expect(run.stderr.match(/^warn: the disk of /gm)).toHaveLength(1);
      expect((await it.run(['verify-library'])).exitCode).toBe(0);
      expect(partials()).toEqual([]);
    });

    test.each(['fsync-file', 'fsync-folder'])('%s: a disk that fails stops the run', async (call) => {
      await start();
      // The folders are there already, and were found good.
      await it.run(['backfill-instagram', '--quiet', '--limit', '1']);
      const run = await it.run(['backfill-instagram', '--quiet'], { environment: refusing(`${call}:${ERRNO.EIO}`) });
      expect([run.exitCode, run.stdout + run.stderr]).toEqual([
        1,
        expect.stringMatching(/The disk reports an error \(EIO\)/),
      ]);
      expect(partials()).toEqual([]);
      expect((await it.run(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
      expect((await it.run(['verify-library'])).exitCode).toBe(0);
    });
  },
);

/** Rights do not stop root: the program runs as somebody else. */
const NOBODY = 65_534;
const asNobody = ['--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups'];
const canBeNobody =
  spawnSync('setpriv', [...asNobody, process.execPath, PROGRAM, '--version'], { cwd: '/' }).status === 0;

describe.skipIf(!canBeNobody)(
  `folders of another owner${canBeNobody ? '' : ' (skipped: setpriv is not allowed here)'}`,
  () => {
    const own = (path: string) => chownSync(path, NOBODY, NOBODY);
    const run = async (...args: string[]) => {
      const env = { PATH: process.env.PATH, HOME: it.home, STORYLINE_HOME: it.home, ...it.environment };
      const done = promisify(execFile)('setpriv', [...asNobody, process.execPath, PROGRAM, ...args], { cwd: '/', env });
      return done.then(
        ({ stdout, stderr }) => ({ exitCode: 0, said: stdout + stderr }),
        ({ code, stdout, stderr }) => ({ exitCode: code as number, said: `${stdout}${stderr}` }),
      );
    };

    test.each(['', '.posts', '.covers'])('are named before anything is downloaded: %s', async (name) => {
      await start();
      chmodSync(dirname(it.home), 0o755);
      mkdirSync(join(media(), name), { recursive: true });
      for (const path of [
        it.home,
        join(it.home, 'media'),
        ...readdirSync(it.home).map((one) => join(it.home, one)),
        media(),
      ])
        own(path);
      const closed = join(media(), name);
      chownSync(closed, 0, 0);
      chmodSync(closed, 0o555);
      const before = sandbox.requests.length;
      const refused = await run('backfill-instagram', '--quiet');
      expect([refused.exitCode, sandbox.requests.length - before]).toEqual([2, 0]);
      expect(refused.said).toMatch(new RegExp(`${closed} cannot be written: EACCES`));
      const health = await run('check-health', '--offline');
      expect([health.exitCode, health.said.includes('EACCES')]).toEqual([1, true]);
      own(closed);
      chmodSync(closed, 0o755);
      expect((await run('backfill-instagram', '--quiet')).exitCode).toBe(0);
      expect(statSync(media()).uid).toBe(NOBODY);
    });
  },
);
