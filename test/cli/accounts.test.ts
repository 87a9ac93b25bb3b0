import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFernet, generateKey } from '../../src/accounts/fernet.ts';
import { openDatabase } from '../../src/db/open.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, settingsFor } from '../support/cli.ts';
import { images } from '../support/posts.ts';

let sandbox: Sandbox;
let program: Cli;
beforeEach(async () => {
  sandbox = await startSandbox({ posts: images(3) });
  program = await cli(settingsFor(sandbox));
});
afterEach(async () => {
  await sandbox.close();
  await program.close();
});

const add = (
  token: string,
  { id = sandbox.account.id, username = sandbox.account.username, more = [] as string[] } = {},
) =>
  program.run(
    ['add-instagram-account', '--display-name', 'Studio', '--account-id', id, '--username', username, ...more],
    {
      input: token,
    },
  );

const list = async (...more: string[]) =>
  JSON.parse((await program.run(['list-instagram-accounts', '--json', ...more])).stdout).accounts;

async function storedTokens(): Promise<string[]> {
  const db = await openDatabase({ kind: 'sqlite', path: join(program.home, 'storyline.db') });
  const rows = await db.query.selectFrom('api_tokens').select('token_value').execute();
  await db.close();
  return rows.map(({ token_value }) => token_value);
}

test.each(['facebook', 'instagram'] as const)('a token of %s login is stored encrypted, and works', async (flavour) => {
  const token = sandbox.tokens[flavour];
  const added = await add(token);
  expect(added).toMatchObject({ exitCode: 0, stderr: '' });
  expect(added.stdout).not.toContain(token);
  const bytes = await readFile(join(program.home, 'storyline.db'), 'latin1');
  expect(bytes).not.toContain(token);
  const key = (await readFile(join(program.home, 'secret.key'), 'utf8')).trim();
  expect((await stat(join(program.home, 'secret.key'))).mode & 0o777).toBe(0o600);
  const [stored = ''] = await storedTokens();
  expect(createFernet(key).decrypt(stored)).toBe(token);
  expect((await program.run(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
  const status = JSON.parse((await program.run(['instagram-status', '--json'])).stdout);
  expect(status.accounts).toEqual([
    expect.objectContaining({
      health: 'ok',
      media_count: 3,
      flavour: `${flavour === 'facebook' ? 'Facebook' : 'Instagram'} Login`,
    }),
  ]);
});

test('a token that Instagram rejects is not stored', async () => {
  sandbox.revokeToken(463);
  const { exitCode, stderr } = await add(sandbox.tokens.facebook);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('rejected the token');
  expect(await list('--all')).toEqual([]);
});

test.each([
  ['id', { id: '17841499999999999' }],
  ['username', { username: 'somebody.else' }],
])('if Instagram reports another %s, there is a warning', async (_, given) => {
  const { exitCode, stderr } = await add(sandbox.tokens.facebook, given);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`@${sandbox.account.username} with the id ${sandbox.account.id}`);
});

test.each(['', 'too short', 'EAA with spaces in it, which no token has'])(
  '%j is not accepted as a token',
  async (token) => {
    const { exitCode } = await add(token);
    expect(exitCode).toBe(2);
    expect(await list('--all')).toEqual([]);
  },
);

test('a token whose guessed expiry has passed is still used, with a warning', async () => {
  await add(sandbox.tokens.facebook, { more: ['--expires-days', '1'] });
  const db = await openDatabase({ kind: 'sqlite', path: join(program.home, 'storyline.db') });
  await db.query
    .updateTable('api_tokens')
    .set({ expires_at: new Date('2026-01-01T00:00:00Z') })
    .execute();
  await db.close();
  sandbox.resetRequests();
  const { exitCode, stderr } = await program.run(['backfill-instagram']);
  expect([exitCode, stderr.includes('Error')]).toEqual([0, false]);
  expect(stderr).toContain('Its stored expiry is 2026-01-01; trying it anyway');
  expect(stderr).toContain('storyline-cli instagram-auth');
  sandbox.setFaults([{ kind: 'token-revoked', subcode: 463 }]);
  const refused = await program.run(['backfill-instagram']);
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining('The token has expired. Sign in again: storyline-cli instagram-auth'),
  ]);
});

test('for an account without a token it says what to do', async () => {
  await add(sandbox.tokens.facebook);
  const db = await openDatabase({ kind: 'sqlite', path: join(program.home, 'storyline.db') });
  await db.query.deleteFrom('api_tokens').execute();
  await db.close();
  const { exitCode, stderr } = await program.run(['backfill-instagram']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('No token is stored for @studio.example');
});

test('of several accounts the active one is used, or the one that is named', async () => {
  await add(sandbox.tokens.facebook);
  await add(sandbox.tokens.facebook, { id: '17841400000000002', username: 'second.example' });
  const unclear = await program.run(['backfill-instagram', '--dry-run']);
  expect(unclear.exitCode).toBe(2);
  expect(unclear.stderr).toContain('set-active-account');

  expect((await program.run(['set-active-account', '@Studio.Example'])).exitCode).toBe(0);
  expect((await list()).map(({ is_default }: { is_default: boolean }) => is_default)).toEqual([true, false]);
  const meant = JSON.parse((await program.run(['backfill-instagram', '--dry-run', '--json'])).stdout);
  expect(meant.account.username).toBe('studio.example');
  const [first] = await list();
  for (const name of [first.id, '@studio.example', sandbox.account.id]) {
    const { exitCode } = await program.run(['backfill-instagram', '--dry-run', '--account-id', name]);
    expect(exitCode).toBe(0);
  }
});

test('each chat uses its own account, and the default does not change', async () => {
  await add(sandbox.tokens.facebook);
  await add(sandbox.tokens.facebook, { id: '17841400000000002', username: 'second.example' });
  const admin = { environment: { ADMIN_TELEGRAM_CHAT_ID: '77' } };
  await program.run(['set-active-account', 'studio.example'], admin);
  expect((await program.run(['list-instagram-accounts'])).stdout).not.toContain('Chats');
  const chosen = await program.run(['set-active-account', 'second.example', '--chat', '-1001234567890']);
  expect(chosen).toMatchObject({
    exitCode: 0,
    stdout: 'The chat -1001234567890 now uses @second.example.\n',
  });

  const db = await openDatabase({ kind: 'sqlite', path: join(program.home, 'storyline.db') });
  await db.query.updateTable('chat_settings').set({ chat_name: 'Team' }).where('telegram_chat_id', '<', 0).execute();
  await db.close();
  for (const environment of [admin.environment, {}]) {
    const listed = JSON.parse(
      (await program.run(['list-instagram-accounts', '--json'], { environment })).stdout,
    ).accounts;
    expect(listed.map(({ is_default }: { is_default: boolean }) => is_default)).toEqual([true, false]);
    expect(listed[0].active_in_chats).toContainEqual({ chat_id: 77, chat_name: null });
    expect(listed[1].active_in_chats).toEqual([{ chat_id: -1001234567890, chat_name: 'Team' }]);
  }
  expect((await program.run(['list-instagram-accounts'])).stdout).toContain('Team (-1001234567890)');
  expect((await program.run(['set-active-account', 'second.example', '--chat', 'team'])).exitCode).toBe(2);
});

test('a deactivated account is skipped, and keeps its token when reactivated', async () => {
  await add(sandbox.tokens.facebook);
  expect((await program.run(['deactivate-instagram-account', 'studio.example'])).exitCode).toBe(0);
  expect(await list()).toEqual([]);
  expect(await list('--all')).toHaveLength(1);
  const refused = await program.run(['backfill-instagram', '--account-id', '@studio.example']);
  expect([refused.exitCode, refused.stderr.includes('reactivate-instagram-account')]).toEqual([2, true]);
  await program.run(['reactivate-instagram-account', 'studio.example']);
  expect((await program.run(['backfill-instagram', '--dry-run'])).exitCode).toBe(0);
});

test('rotate-keys generates a new key, encrypts all tokens with it, and deletes the old one', async () => {
  await add(sandbox.tokens.facebook);
  const file = join(program.home, 'secret.key');
  const before = await readFile(file, 'utf8');
  expect((await program.run(['rotate-keys'])).stdout).toContain('1 token');
  const after = await readFile(file, 'utf8');
  expect(after).not.toBe(before);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const [stored = ''] = await storedTokens();
  expect(createFernet(before.trim()).decrypt(stored)).toBeUndefined();
  expect(createFernet(after.trim()).decrypt(stored)).toBe(sandbox.tokens.facebook);
  expect((await program.run(['backfill-instagram', '--dry-run'])).exitCode).toBe(0);
});

test('rotate-keys with keys from the environment uses the first, and creates no key file', async () => {
  const [old, fresh] = [generateKey(), generateKey()];
  program.environment.ENCRYPTION_KEY = old;
  await add(sandbox.tokens.facebook);
  program.environment.ENCRYPTION_KEYS = `${fresh}, ${old}`;
  expect((await program.run(['rotate-keys'])).stdout).toContain('You can now remove the old keys from ENCRYPTION_KEYS');
  const [stored = ''] = await storedTokens();
  expect(createFernet(fresh).decrypt(stored)).toBe(sandbox.tokens.facebook);
  await expect(stat(join(program.home, 'secret.key'))).rejects.toThrow('ENOENT');
});

test('a token that no key decrypts stops rotate-keys, and nothing is changed', async () => {
  await add(sandbox.tokens.facebook);
  const before = await storedTokens();
  program.environment.ENCRYPTION_KEY = generateKey();
  expect((await program.run(['rotate-keys'])).exitCode).toBe(2);
  expect(await storedTokens()).toEqual(before);
});

test('check-health lists each check, and a remedy for each problem', async () => {
  await add(sandbox.tokens.facebook);
  const well = JSON.parse((await program.run(['check-health', '--json', '--offline'])).stdout);
  expect(well).toMatchObject({ healthy: true });
  expect(well.checks.map(({ name }: { name: string }) => name)).toEqual([
    'Database',
    'Key',
    'Account @studio.example',
    'Media folder',
    'Disk',
  ]);
  const broken = await program.run(['check-health', '--json', '--offline'], {
    environment: { DATABASE_URL: 'postgres://127.0.0.1:9/none', MEDIA_DIR: '/proc/none' },
  });
  expect(broken.exitCode).toBe(1);
  for (const check of JSON.parse(broken.stdout).checks)
    expect(check).toMatchObject({ state: 'broken', remedy: expect.any(String) });
});
