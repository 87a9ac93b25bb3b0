import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, settingsFor } from '../support/cli.ts';
import { images } from '../support/posts.ts';

let program: Cli;
beforeEach(async () => {
  program = await cli();
});
afterEach(() => program.close());

/** Media alone: what is kept of the posts is in hidden folders next to them. */
const mediaFiles = async (folder: string) => (await readdir(folder)).filter((name) => !name.startsWith('.'));

describe('the trial run against the sandbox', () => {
  test('downloads the whole history, says where it is, and downloads nothing the second time', async () => {
    const first = await program.run(['backfill-instagram', '--sandbox']);
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toContain('Instagram Media Backfill (LIVE)');
    expect(first.stdout).toContain('stories are available for 24 hours only');
    expect(first.stdout).toMatch(/Failed\s*│\s*0 /);
    const folder = join(program.home, 'sandbox', 'media', 'instagram_backfill');
    expect(first.stdout).toContain(folder);
    const files = (await readdir(folder)).filter((name) => !name.startsWith('.'));
    expect(files.length).toBeGreaterThan(100);
    expect(new Set(files.map((name) => name.split('.').at(-1)))).toEqual(new Set(['jpg', 'mp4', 'png']));

    const second = await program.run(['backfill-instagram', '--sandbox', '--json']);
    expect([second.exitCode, second.stderr.includes('page 1')]).toEqual([0, true]);
    const { result } = JSON.parse(second.stdout);
    expect(result).toMatchObject({ downloaded: 0, skipped_duplicate: files.length, failed: 0 });
  });

  test('verify-library confirms a complete library, and reports damage', async () => {
    await program.run(['backfill-instagram', '--sandbox', '--limit', '4', '--quiet']);
    const whole = await program.run(['verify-library', '--sandbox']);
    expect([whole.exitCode, whole.stdout.includes('The library is complete.')]).toEqual([0, true]);
    const folder = join(program.home, 'sandbox', 'media', 'instagram_backfill');
    const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.jpg'));
    await rm(join(folder, name));
    const { exitCode, stdout } = await program.run(['verify-library', '--sandbox', '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ whole: 3, findings: [{ kind: 'missing', path: join(folder, name) }] });
  });

  test('the highest allowed concurrency causes no warning', async () => {
    const { exitCode, stderr } = await program.run([
      'backfill-instagram',
      '--sandbox',
      '--concurrency',
      '64',
      '--quiet',
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  test('a limit of 5 yields exactly 5', async () => {
    const { stdout, exitCode } = await program.run([
      'backfill-instagram',
      '--sandbox',
      '--limit',
      '5',
      '--json',
      '--quiet',
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).result.downloaded).toBe(5);
    const names = await readdir(join(program.home, 'sandbox', 'media', 'instagram_backfill'));
    expect(names.filter((name) => !name.startsWith('.'))).toHaveLength(5);
  });

  test('a dry run says what it would download, and leaves no media', async () => {
    const { stdout, exitCode } = await program.run([
      'backfill-instagram',
      '--sandbox',
      '--dry-run',
      '--media-type',
      'feed',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('DRY RUN');
    expect(stdout).toMatch(/Would download\s*│\s*\d+/);
    expect(await readdir(join(program.home, 'sandbox'))).not.toContain('media');
    const status = await program.run(['backfill-status', '--sandbox', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      total_backfilled: 0,
      last_run: { dry_run: true, status: 'completed' },
    });
  });

  test('without a terminal there are no colours and no changing lines', async () => {
    const { stdout, stderr } = await program.run(['backfill-instagram', '--sandbox', '--limit', '2']);
    expect(stdout + stderr).not.toContain('\u001b');
  });
});

describe('with an account', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({ posts: images(30), maxPageSize: 10 });
    Object.assign(program.environment, settingsFor(sandbox));
    const { account, tokens } = sandbox;
    const added = await program.run(
      ['add-instagram-account', '--display-name', 'Studio', '--account-id', account.id, '--username', account.username],
      { input: `${tokens.facebook}\n` },
    );
    expect(added).toMatchObject({ exitCode: 0, stderr: '' });
  });
  afterEach(() => sandbox.close());

  test('two commands are enough', async () => {
    const { exitCode, stdout } = await program.run(['backfill-instagram', '--quiet']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Downloaded\s*│\s*30/);
    expect(await mediaFiles(join(program.home, 'media', 'instagram_backfill'))).toHaveLength(30);
  });

  test('failed items lead to exit status 3, and are listed', async () => {
    const [item] = sandbox.expectedItems();
    sandbox.setFaults([{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [item?.id ?? ''] } }]);
    const { exitCode, stdout } = await program.run(['backfill-instagram', '--quiet']);
    expect(exitCode).toBe(3);
    expect(stdout).toContain(`  - Instagram media not found (media_id: ${item?.id})`);
    const status = await program.run(['backfill-status']);
    expect(status.stdout).toContain(`Instagram media not found (media_id: ${item?.id})`);
  });

  test('the rate limit leads to exit status 4, with the time at which it resets', async () => {
    sandbox.setFaults([{ kind: 'rate-limit', code: 80002, minutes: 40, match: { endpoint: 'media-edge', from: 2 } }]);
    const { exitCode, stdout, stderr } = await program.run(['backfill-instagram', '--json', '--quiet']);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { type: 'RateLimitError' },
      result: { downloaded: 10 },
      exit_status: 4,
    });
    expect(stderr).toMatch(/The limit resets at about \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  });

  test('a rejected token leads to exit status 1, with one line and what to do', async () => {
    sandbox.revokeToken(460);
    const { exitCode, stderr } = await program.run(['backfill-instagram', '--quiet']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The password was changed');
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
    expect(stderr).not.toContain(sandbox.tokens.facebook);
  });

  test('without a network it says so', async () => {
    const { exitCode, stderr } = await program.run(['backfill-instagram', '--quiet'], {
      environment: { META_GRAPH_BASE_URL: 'http://127.0.0.1:9' },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('No response from 127.0.0.1:9');
    expect(stderr).toContain('Check the internet connection');
  });

  test('after kill -9 the next run completes the library', async () => {
    sandbox.setFaults([{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 12 } }]);
    const { child, outcome } = program.start(['backfill-instagram']);
    for await (const text of child.stderr ?? []) if (String(text).includes('page 2')) break;
    child.kill('SIGKILL');
    await outcome;
    sandbox.setFaults([]);
    const status = await program.run(['backfill-status', '--json']);
    expect(JSON.parse(status.stdout).last_run.status).toBe('interrupted');
    const { exitCode } = await program.run(['backfill-instagram', '--quiet']);
    expect(exitCode).toBe(0);
    const names = await mediaFiles(join(program.home, 'media', 'instagram_backfill'));
    expect(names).toHaveLength(30);
    const listed = await program.run(['list-media', '--limit', '100', '--json']);
    expect(JSON.parse(listed.stdout).media).toHaveLength(30);
  });

  test('a run in progress is visible to other commands, and a second run is refused', async () => {
    sandbox.setFaults([{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 12 } }]);
    const { child, outcome } = program.start(['backfill-instagram']);
    for await (const text of child.stderr ?? []) if (String(text).includes('page 2')) break;
    const [status, list, second] = await Promise.all([
      program.run(['backfill-status', '--json']),
      program.run(['list-media', '--json']),
      program.run(['backfill-instagram']),
    ]);
    expect(JSON.parse(status.stdout).last_run.status).toBe('running');
    expect(JSON.parse(list.stdout).media.length).toBeGreaterThan(0);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain(`already running: run ${JSON.parse(status.stdout).last_run.id}`);
    expect(status.stderr + list.stderr + second.stderr).not.toContain('locked');
    child.kill('SIGTERM');
    expect((await outcome).exitCode).toBe(130);
  });

  test('no token or signature is in any output, even at the most verbose level', async () => {
    sandbox.setFaults([{ kind: 'expired', match: { endpoint: 'download', share: 0.4 } }]);
    const { stdout, stderr } = await program.run(['backfill-instagram', '--verbose']);
    expect(stderr).toContain('debug:');
    expect(stdout + stderr).not.toMatch(/EAA\w|IGAA\w|oh=|oe=|Bearer/);
  });
});

test('the sandbox can be started on its own, and a client can use it', async () => {
  const { child, outcome } = program.start(['sandbox', '--port', '0']);
  let text = '';
  for await (const part of child.stdout ?? []) {
    text += String(part);
    if (text.includes('Try it:')) break;
  }
  const [, base] = /META_GRAPH_BASE_URL=(\S+)/.exec(text) ?? [];
  const [, token] = /Facebook Login:\s+(\S+)/.exec(text) ?? [];
  const [, id] = /id (\d+)/.exec(text) ?? [];
  const answer = await fetch(`${base}/v25.0/${id}/media?fields=id,media_type&limit=3`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(3);
  child.kill('SIGINT');
  expect((await outcome).exitCode).toBe(0);
});
