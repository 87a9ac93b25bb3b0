import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, PROGRAM, settingsFor } from '../support/cli.ts';
import { images } from '../support/posts.ts';
import { until } from '../support/until.ts';

/** How a run is stopped from outside: signals, a terminal that closes, a reader that has enough. */

let program: Cli;
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ posts: images(30), stories: [], maxPageSize: 10 });
  program = await cli(settingsFor(sandbox));
  const { account, tokens } = sandbox;
  await program.run(
    ['add-instagram-account', '--display-name', 'Studio', '--account-id', account.id, '--username', account.username],
    { input: tokens.facebook },
  );
  // The twelfth download and those after it never end.
  sandbox.setFaults([{ kind: 'stalled', afterBytes: 10, match: { endpoint: 'download', from: 12 } }]);
});
afterEach(async () => {
  await program.close();
  await sandbox.close();
});

const media = () => join(program.home, 'media', 'instagram_backfill');
const files = () => (existsSync(media()) ? readdirSync(media()).filter((name) => !name.startsWith('.')) : []);
const someAreKept = () => until('some files are kept', () => files().length >= 11);

async function halfWay() {
  const { child, outcome } = program.start(['backfill-instagram']);
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  await someAreKept();
  return { child, outcome, hears: (words: string) => until(`"${words}" is said`, () => said.includes(words)) };
}

/** No partial file is left, the run is recorded as interrupted, and the next one resumes. */
async function expectGoingOn(): Promise<void> {
  const kept = files();
  expect(kept.filter((name) => name.endsWith('.part'))).toEqual([]);
  const status = await program.run(['backfill-status', '--json']);
  expect(JSON.parse(status.stdout).last_run.status).toBe('interrupted');
  sandbox.setFaults([]);
  const next = await program.run(['backfill-instagram', '--quiet', '--json']);
  expect(next.exitCode).toBe(0);
  const { downloaded, adopted, skipped_duplicate } = JSON.parse(next.stdout).result;
  expect(downloaded + skipped_duplicate).toBe(30);
  expect(skipped_duplicate).toBeGreaterThanOrEqual(kept.length);
  expect(adopted).toBeLessThanOrEqual(8);
  expect((await program.run(['verify-library'])).exitCode).toBe(0);
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s closes the run, with exit status 130', async (signal) => {
  const { child, outcome } = await halfWay();
  child.kill(signal);
  const { exitCode, stdout, stderr } = await outcome;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('Stopping… (press Ctrl-C again to quit immediately)');
  expect(stderr).toMatch(/Stopped: Interrupted\nIt is safe to run the same command again/);
  expect(stdout).toMatch(/Downloaded\s*│\s*\d\d/);
  await expectGoingOn();
});

test('a Ctrl-C that npx forwards counts once', async () => {
  const { child, outcome } = await halfWay();
  child.kill('SIGINT');
  child.kill('SIGINT');
  const { exitCode, stderr } = await outcome;
  expect([exitCode, stderr.includes('Stopped: Interrupted')]).toEqual([130, true]);
  await expectGoingOn();
});

test('a second Ctrl-C quits immediately', async () => {
  const { child, outcome, hears } = await halfWay();
  // Another program keeps the database to itself: the run cannot write its own end.
  const other = await openDatabase({ kind: 'sqlite', path: join(program.home, 'storyline.db') });
  const blocked = other.query.transaction().execute(async () => {
    child.kill('SIGINT');
    await hears('Stopping');
    await sleep(700);
    child.kill('SIGINT');
    return outcome;
  });
  const { exitCode, stderr } = await blocked;
  await other.close();
  expect(exitCode).toBe(130);
  expect(stderr).not.toContain('Stopped:');
  await expectGoingOn();
});

test('a reader that stops early does not break the run', async () => {
  sandbox.setFaults([]);
  const { child, outcome } = program.start(['backfill-instagram']);
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect((await outcome).exitCode).toBe(0);
  expect(files()).toHaveLength(30);
});

const hasTerminals = process.platform === 'linux' && existsSync('/usr/bin/script');

test.skipIf(!hasTerminals)('a terminal that is closed closes the run as interrupted', async () => {
  const command = `'${process.execPath}' '${PROGRAM}' backfill-instagram`;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: program.home, STORYLINE_HOME: program.home, ...program.environment },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await someAreKept();
  terminal.kill('SIGKILL');
  await once(terminal, 'close');
  await until('the run is closed', async () => {
    const { stdout } = await program.run(['backfill-status', '--json']);
    return JSON.parse(stdout).last_run.status === 'interrupted';
  });
  await expectGoingOn();
});
