import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { cli, settingsFor } from '../support/cli.ts';
import { image, video } from '../support/posts.ts';

const GIB = 1024 ** 3;
/** What the program takes with small files, and what downloads may hold, with room to spare. */
const MEMORY = 300 * 1024 ** 2;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const { bavail, bsize } = statfsSync(tmpdir());
const hasRoom = bavail * bsize > 2 * GIB;
const canMeasure = existsSync('/proc/self/status');

test.skipIf(!hasRoom)(
  `a video of 1 GiB is kept whole, in little memory${hasRoom ? '' : ' (skipped: too little room in the temporary folder)'}`,
  async () => {
    const sandbox = await startSandbox({ posts: [image(2), video(1, { media: { bytes: GIB } })], stories: [] });
    const it = await cli(settingsFor(sandbox));
    closing.push(it.close, sandbox.close);
    const { account, tokens } = sandbox;
    await it.run(
      ['add-instagram-account', '--display-name', 'Studio', '--account-id', account.id, '--username', account.username],
      { input: tokens.facebook },
    );

    const { child, outcome } = it.start(['backfill-instagram', '--quiet', '--json']);
    let peak = 0;
    const timer = setInterval(() => {
      if (canMeasure) peak = Math.max(peak, peakOf(child.pid ?? 0));
    }, 50);
    const { exitCode, stdout } = await outcome;
    clearInterval(timer);

    expect([exitCode, JSON.parse(stdout).result.downloaded]).toEqual([0, 2]);
    expect(peak).toBeLessThan(MEMORY);
    const listed = JSON.parse((await it.run(['list-media', '--json'])).stdout);
    const [film] = listed.media.filter((one: { file_size: number }) => one.file_size > 1e6);
    const expected = sandbox.expectedItems().find(({ kind }) => kind === 'video');
    expect(film).toMatchObject({ file_size: GIB, file_hash: expected?.sha256 });
  },
);

/** The most memory that a process has taken so far, in bytes; 0 once it is gone. */
function peakOf(pid: number): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
