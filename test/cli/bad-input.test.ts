import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generateKey } from '../../src/accounts/fernet.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, settingsFor } from '../support/cli.ts';
import { images } from '../support/posts.ts';

let program: Cli;
beforeEach(async () => {
  program = await cli();
});
afterEach(() => program.close());

const backfill = (...args: string[]) => ['backfill-instagram', '--sandbox', ...args];

test.each<[string[], string]>([
  [backfill('--limit', '0'), '--limit'],
  [backfill('--limit', 'x'), '--limit'],
  [backfill('--limit', '1.5'), '--limit'],
  [backfill('--limit', '-3'), '--limit'],
  [backfill('--since', '2025-13-40'), '--since'],
  [backfill('--since', 'yesterday'), '--since'],
  [backfill('--until', '2025-02-30'), '--until'],
  [backfill('--since', '2025-02-01', '--until', '2025-01-01'), 'since must be a day before until'],
  [backfill('--media-type', 'reels'), 'Allowed choices are feed, stories, both'],
  [backfill('--concurrency', '0'), '--concurrency'],
  [backfill('--concurrency', '65'), '--concurrency'],
  [backfill('--nonsense'), "unknown option '--nonsense'"],
  [backfill('extra'), 'too many arguments'],
  [backfill('--account-id', 'nobody'), 'No account nobody'],
  [['bakfill-instagram'], 'Did you mean backfill-instagram?'],
  [['list-media', '--limit', 'many'], '--limit'],
  [['list-media', '--after', 'x'], '--after'],
  [['list-media', '--kind', 'sound'], 'Allowed choices are image, video'],
  [['sandbox', '--port', '70000'], '--port'],
  [['add-instagram-account', '--display-name', 'x', '--account-id', 'me', '--username', 'a'], '--account-id'],
  [
    ['add-instagram-account', '--display-name', 'x', '--account-id', '17841400000000001', '--username', 'a b'],
    '--username',
  ],
  [['add-instagram-account', '--display-name', 'x'], "required option '--account-id"],
  [['set-active-account', 'nobody'], 'No account nobody'],
  [['deactivate-instagram-account', '@nobody'], 'No account @nobody'],
])('%j leads to exit status 2 and says what is wrong', async (args, words) => {
  const { exitCode, stdout, stderr } = await program.run(args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(words);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(await readdir(join(program.home, 'sandbox', 'media')).catch(() => 'none')).toBe('none');
});

test.each<[Record<string, string>, string]>([
  [{ DATABASE_URL: 'mysql://x' }, 'Invalid DATABASE_URL'],
  [{ DATABASE_URL: 'postgres://' }, 'Invalid DATABASE_URL'],
  [{ DATABASE_URL: 'postgres://h/d?sslmode=perhaps' }, 'Invalid DATABASE_URL'],
  [{ DB_HOST: 'h' }, 'Invalid DB_NAME'],
  [{ DB_NAME: 'd', DB_PORT: '99999' }, 'Invalid DB_PORT'],
  [{ META_GRAPH_API_VERSION: '25' }, 'Invalid META_GRAPH_API_VERSION'],
  [{ META_GRAPH_BASE_URL: 'graph' }, 'Invalid META_GRAPH_BASE_URL'],
  [{ MEDIA_DOWNLOAD_HOSTS: 'ftp://x' }, 'Invalid MEDIA_DOWNLOAD_HOSTS'],
  [{ ADMIN_TELEGRAM_CHAT_ID: 'me' }, 'Invalid ADMIN_TELEGRAM_CHAT_ID'],
  [{ NETWORK_TIMEOUT_SECONDS: '0' }, 'Invalid NETWORK_TIMEOUT_SECONDS'],
  [{ LOG_LEVEL: 'loud' }, 'Invalid LOG_LEVEL'],
])('the invalid setting %j is named, with exit status 2, and nothing is written', async (environment, words) => {
  const { exitCode, stderr } = await program.run(['backfill-status'], { environment });
  expect([exitCode, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(words)]);
  await expect(stat(program.home)).rejects.toThrow('ENOENT');
});

test('a password in DATABASE_URL is in no error', async () => {
  for (const DATABASE_URL of [
    'postgres://u:hunter2secret@127.0.0.1:9/d',
    'postgres://u:hunter2%zz@h/d',
    'pg://u:hunter2secret@h/d',
  ]) {
    const { exitCode, stdout, stderr } = await program.run(['backfill-status', '--json'], {
      environment: { DATABASE_URL },
    });
    expect([1, 2]).toContain(exitCode);
    expect(stdout + stderr).not.toContain('hunter2');
  }
});

test('.env in the working directory is read, and the environment takes precedence', async () => {
  await writeFile(join(dirname(program.home), '.env'), 'LOG_LEVEL=loud\n');
  expect((await program.run(['backfill-status'])).stderr).toContain('Invalid LOG_LEVEL');
  expect((await program.run(['backfill-status'], { environment: { LOG_LEVEL: 'info' } })).exitCode).toBe(0);
});

test('with no account yet, the error says how to add one', async () => {
  const { exitCode, stderr } = await program.run(['backfill-instagram']);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/storyline-cli instagram-auth .*storyline-cli add-instagram-account/);
});

test('with no run yet, the status says so', async () => {
  const { exitCode, stdout } = await program.run(['backfill-status']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('No backfill runs recorded yet.');
  expect(stdout).toContain('--dry-run');
});

test('a file that is not a database is rejected, and not changed', async () => {
  await mkdir(program.home, { recursive: true });
  const file = join(program.home, 'storyline.db');
  await writeFile(file, 'This is a diary, not a database. '.repeat(50));
  const before = await stat(file);
  const { exitCode, stderr } = await program.run(['backfill-status']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('is not an SQLite database');
  expect((await stat(file)).size).toBe(before.size);
});

test('list-media ends quietly when its reader stops early', async () => {
  const { child, outcome } = program.start(['list-media', '--help']);
  child.stdout?.destroy();
  expect((await outcome).exitCode).toBe(0);
});

test.each([
  'backfill-instagram',
  'backfill-status',
  'add-instagram-account',
  'list-instagram-accounts',
  'instagram-status',
  'deactivate-instagram-account',
  'reactivate-instagram-account',
  'set-active-account',
  'rotate-keys',
  'revoke-tokens',
  'list-media',
  'migrate',
  'verify-library',
  'check-health',
  'sandbox',
])('%s has a help page', async (command) => {
  const { exitCode, stdout, stderr } = await program.run([command, '--help']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`Usage: storyline-cli ${command}`);
});

test('the help of backfill-instagram lists every option', async () => {
  const { stdout } = await program.run(['backfill-instagram', '--help']);
  for (const option of [
    '--limit <n>',
    '--media-type <type>',
    '--since <YYYY-MM-DD>',
    '--until <YYYY-MM-DD>',
    '--dry-run',
    '--account-id <id>',
    '--all-accounts',
    '--incremental',
    '--wait',
    '--collaborations',
    '--concurrency <n>',
    '--sandbox',
    '--json',
    '--quiet',
  ]) {
    expect(stdout).toContain(option);
  }
});

test('the version is that of the package', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect((await program.run(['--version'])).stdout).toBe(`${version}\n`);
});

let sandbox: Sandbox;
async function withAccount() {
  sandbox = await startSandbox({ posts: images(2) });
  Object.assign(program.environment, settingsFor(sandbox));
  const { account, tokens } = sandbox;
  await program.run(
    ['add-instagram-account', '--display-name', 'S', '--account-id', account.id, '--username', account.username],
    { input: tokens.facebook },
  );
}

test('a media folder that is not writable is named, with exit status 2, and nothing is written', async () => {
  await withAccount();
  await writeFile(join(program.home, 'in-the-way'), '');
  const MEDIA_DIR = join(program.home, 'in-the-way', 'media');
  const { exitCode, stderr } = await program.run(['backfill-instagram'], { environment: { MEDIA_DIR } });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`The media folder ${MEDIA_DIR} cannot be written`);
  expect(JSON.parse((await program.run(['backfill-status', '--json'])).stdout).last_run).toBeNull();
  await sandbox.close();
});

test.each<[Record<string, string>, string]>([
  [{ ENCRYPTION_KEY: generateKey() }, 'is lost'],
  [{ ENCRYPTION_KEY: 'short' }, 'not a Fernet key'],
])('a wrong key for the stored tokens is reported, with exit status 2', async (environment, words) => {
  await withAccount();
  const { exitCode, stderr } = await program.run(['backfill-instagram'], { environment });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(words);
  expect(JSON.parse((await program.run(['backfill-status', '--json'])).stdout).last_run).toBeNull();
  await sandbox.close();
});
