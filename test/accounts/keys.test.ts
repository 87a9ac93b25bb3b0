import { chmod, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createFernet, generateKey } from '../../src/accounts/fernet.ts';
import { store, THIRD, threeAccounts } from '../support/accounts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let it: TestApp;
afterEach(() => it.close());

const keyFile = () => it.config.keyFile;
const keys = async () => (await readFile(keyFile(), 'utf8')).trim().split('\n');
const storedTokens = async () => {
  const rows = await it.app.db.query.selectFrom('api_tokens').select('token_value').orderBy('id').execute();
  return rows.map(({ token_value }) => token_value);
};
/** A Page's token with the person's behind it, and a token of Instagram Login. */
async function withTokens(environment: Record<string, string> = {}) {
  it = await testApp({ ...threeAccounts, environment });
  const { sandbox } = it;
  const person = sandbox.tokens.facebook;
  const page = sandbox.issueToken({ flavour: 'facebook', kind: 'page', pageId: '100000000000002' });
  await store(it, {
    token: { value: page, kind: 'page', expiresAt: undefined },
    source: { value: person, kind: 'user', expiresAt: undefined },
  });
  const instagram = sandbox.issueToken({ flavour: 'instagram', accountId: THIRD.id });
  await store(it, { account: THIRD, token: { value: instagram, kind: 'instagram', expiresAt: undefined } });
  return [person, page, person, instagram];
}
const opened = async (key: string) => (await storedTokens()).map((token) => createFernet(key).decrypt(token));

describe('rotate-keys', () => {
  test('round after round leaves one key, with which every token opens', async () => {
    const tokens = await withTokens();
    const seen = new Set(await keys());
    for (let round = 1; round <= 3; round++) {
      expect((await it.type(['rotate-keys'])).stdout).toContain('Encrypted 4 tokens');
      const [key = '', ...others] = await keys();
      expect(others).toEqual([]);
      seen.add(key);
      expect((await opened(key)).toSorted()).toEqual(tokens.toSorted());
    }
    expect(seen.size).toBe(4);
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect((await it.type(['backfill-instagram', '--all-accounts', '--dry-run'])).exitCode).toBe(0);
  });

  test('goes on where it was cut short: with tokens under several keys of the file', async () => {
    const tokens = await withTokens();
    const [old = ''] = await keys();
    const next = generateKey();
    await writeFile(keyFile(), `${next}\n${old}\n`);
    const [first = ''] = await storedTokens();
    const moved = createFernet(next).encrypt(createFernet(old).decrypt(first) ?? '');
    await it.app.db.query
      .updateTable('api_tokens')
      .set({ token_value: moved })
      .where('token_value', '=', first)
      .execute();
    expect((await it.type(['backfill-instagram', '--all-accounts', '--dry-run'])).exitCode).toBe(0);
    expect((await it.type(['rotate-keys'])).exitCode).toBe(0);
    const [key = '', ...others] = await keys();
    expect([others, [old, next].includes(key)]).toEqual([[], false]);
    expect((await opened(key)).toSorted()).toEqual(tokens.toSorted());
  });

  test('with keys from the environment takes the newest, round after round', async () => {
    const ring = [generateKey()];
    const tokens = await withTokens({ ENCRYPTION_KEYS: ring.join(',') });
    // The test's own program reads no keys again: each round is typed with the keys of its time.
    for (let round = 1; round <= 3; round++) {
      ring.unshift(generateKey());
      const environment = { ENCRYPTION_KEYS: ring.slice(0, 2).join(','), ENCRYPTION_KEY: '' };
      expect((await it.type(['rotate-keys'], undefined, { environment })).stdout).toContain('Encrypted 4 tokens');
      expect((await opened(ring[0] ?? '')).toSorted()).toEqual(tokens.toSorted());
    }
  });

  test('changes nothing where a token opens with no key, and names whose it is', async () => {
    await withTokens();
    const before = await keys();
    const [, foreign = ''] = await storedTokens();
    const row = await it.app.db.query
      .selectFrom('api_tokens')
      .innerJoin('instagram_accounts', 'instagram_accounts.id', 'api_tokens.instagram_account_id')
      .select('api_tokens.id')
      .where('instagram_username', '=', THIRD.username)
      .executeTakeFirstOrThrow();
    await it.app.db.query
      .updateTable('api_tokens')
      .set({ token_value: createFernet(generateKey()).encrypt('lost') })
      .where('id', '=', row.id)
      .execute();
    const tokens = await storedTokens();
    const { exitCode, stderr } = await it.type(['rotate-keys']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The key is lost for the token of @third.example; nothing was changed');
    expect([await keys(), await storedTokens(), foreign.length > 0]).toEqual([before, tokens, true]);

    expect((await it.type(['revoke-tokens', THIRD.username, '--local-only', '--yes'])).exitCode).toBe(0);
    expect((await it.type(['rotate-keys'])).stdout).toContain('Encrypted 3 tokens');
  });
});

describe('a lost key', () => {
  const NEEDING = [
    ['backfill-instagram', '--quiet'],
    ['backfill-instagram', '--dry-run', '--quiet'],
    ['verify-library', '--repair'],
    ['revoke-tokens', 'studio.example', '--yes'],
    ['rotate-keys'],
  ];

  test.each<[string, () => Promise<void>]>([
    ['that is new', async () => writeFile(keyFile(), `${generateKey()}\n`, { mode: 0o600 })],
    ['whose file is empty', async () => writeFile(keyFile(), '')],
    ['whose file is gone', async () => rm(keyFile())],
  ])('%s is told in one line, and signing in again is the way back', async (_, lose) => {
    it = await testApp(threeAccounts);
    await it.type(['backfill-instagram', '--quiet']);
    const [file = ''] = await it.files();
    await lose();
    // What verify-library --repair would have to fetch.
    await rm(`${it.config.mediaDir}/instagram_backfill/${file}`);
    for (const command of NEEDING) {
      const { exitCode, stderr } = await it.type(command);
      expect(exitCode, command.join(' ')).not.toBe(0);
      expect(stderr.match(/lost/g), command.join(' ')).not.toBeNull();
      expect(stderr, command.join(' ')).toContain('storyline-cli instagram-auth');
    }
    const refused = await it.type(['backfill-instagram', '--quiet']);
    expect(refused.stderr).toMatch(
      /^Error: The key for the token of @studio\.example is lost: .*\n.*Nothing else is lost\.\n$/,
    );

    const status = JSON.parse((await it.type(['instagram-status', '--json'])).stdout);
    expect(status.accounts[0]).toMatchObject({ healthy: false, health: expect.stringContaining('is lost') });
    const health = await it.type(['check-health']);
    expect([health.exitCode, health.stdout.includes('is lost')]).toEqual([1, true]);
    for (const command of ['backfill-status', 'list-media', 'list-instagram-accounts']) {
      expect((await it.type([command])).exitCode, command).toBe(0);
    }
    expect((await it.type(['verify-library'])).exitCode).toBe(3);

    await signInAgain();
    expect((await it.type(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
    expect((await it.type(['verify-library', '--repair'])).exitCode).toBe(0);
    expect((await it.type(['check-health'])).exitCode).toBe(0);
    expect((await it.type(['rotate-keys'])).stdout).toContain('Encrypted 1 token');
    expect((await readdir(it.config.home)).filter((name) => /\.(next|empty)$/.test(name))).toEqual([]);
  });

  test("also replaces the person's token behind a Page's", async () => {
    await withTokens();
    const own = await it.app.accounts.find(it.sandbox.account.id);
    const token = { value: it.sandbox.tokens.facebook, expiresAt: undefined };
    await it.app.tokens.store(own, token, token);
    await writeFile(keyFile(), generateKey());
    await signInAgain();
    expect(await it.app.tokens.sourceFor(own)).toBeUndefined();
    const names = await it.app.tokens.unreadable();
    expect(names.toSorted()).toEqual([
      'the token of @second.example',
      'the token of @third.example',
      'the user token behind @second.example',
    ]);
  });

  const signInAgain = async () => {
    const { account, tokens } = it.sandbox;
    const args = ['--display-name', 'Studio', '--account-id', account.id, '--username', account.username];
    const added = await it.type(['add-instagram-account', ...args, '--access-token', tokens.facebook]);
    expect([added.exitCode, added.stderr]).toEqual([0, '']);
  };
});

test('a key file that others can read is warned of, once in a command, and still serves', async () => {
  it = await testApp(threeAccounts);
  await store(it);
  await chmod(keyFile(), 0o644);
  const { exitCode, stderr } = await it.type(['backfill-instagram', '--all-accounts', '--dry-run']);
  expect(exitCode).toBe(0);
  expect(stderr.match(/can be read by other users/g)).toHaveLength(1);
  expect(stderr).toContain(`(mode 644): chmod 600 ${keyFile()}`);
  await chmod(keyFile(), 0o600);
  expect((await it.type(['backfill-instagram', '--all-accounts', '--dry-run'])).stderr).not.toContain('other users');
});

describe('two machines that share a database', () => {
  /** As the other machine stored it: this one has another name. */
  const storedOn = (host: string) => it.app.db.query.updateTable('token_keys').set({ host }).execute();
  const add = () => {
    const { account, tokens } = it.sandbox;
    const args = ['--display-name', 'Studio', '--account-id', account.id, '--username', account.username];
    return it.type(['add-instagram-account', ...args, '--access-token', tokens.facebook]);
  };

  test.each<[string, () => Promise<void>]>([
    ['no key', () => rm(keyFile())],
    ['an empty key file', () => writeFile(keyFile(), '')],
    ['a key of its own', () => writeFile(keyFile(), generateKey(), { mode: 0o600 })],
  ])('with %s here: the key of the other is named, and no second one is made', async (_, lose) => {
    it = await testApp(threeAccounts);
    await store(it);
    const { fingerprint } = await it.app.db.query
      .selectFrom('token_keys')
      .select('fingerprint')
      .executeTakeFirstOrThrow();
    const key = await readFile(keyFile(), 'utf8');
    await lose();
    await storedOn('desk');
    const tokens = await storedTokens();
    const left = await readFile(keyFile(), 'utf8').catch(() => undefined);
    for (const command of [
      ['backfill-instagram', '--account-id', it.sandbox.account.id],
      ['rotate-keys'],
      ['instagram-auth', '--manual'],
    ]) {
      const { exitCode, stderr } = await it.type(command);
      expect([command, exitCode]).toEqual([command, 2]);
      expect(stderr).toContain(`the key ${fingerprint} on desk`);
    }
    const refused = await add();
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('Copy secret.key from desk to')]);
    const health = await it.type(['check-health', '--offline']);
    expect([health.exitCode, health.stdout.includes(`${fingerprint} on desk`)]).toEqual([1, true]);
    expect([await storedTokens(), await readFile(keyFile(), 'utf8').catch(() => undefined)]).toEqual([tokens, left]);

    await writeFile(keyFile(), key, { mode: 0o600 });
    expect((await it.type(['backfill-instagram', '--quiet', '--account-id', it.sandbox.account.id])).exitCode).toBe(0);
    expect((await it.type(['rotate-keys'])).exitCode).toBe(0);
    const noted = await it.app.db.query.selectFrom('token_keys').select('fingerprint').distinct().execute();
    expect([noted.length, noted[0]?.fingerprint === fingerprint]).toEqual([1, false]);
  });

  test('where the key is gone for good, the tokens are forgotten and stored again', async () => {
    it = await testApp(threeAccounts);
    await rm(keyFile());
    await storedOn('desk');
    expect((await it.type(['revoke-tokens', it.sandbox.account.username, '--local-only', '--yes'])).exitCode).toBe(0);
    expect((await add()).exitCode).toBe(0);
  });

  test('a token of an older version is noted when it is first opened, and one that was replaced is not mistaken', async () => {
    it = await testApp(threeAccounts);
    await it.app.db.query.deleteFrom('token_keys').execute();
    const account = await it.app.accounts.find(it.sandbox.account.id);
    await it.app.tokens.valueFor(account);
    expect(await it.app.db.query.selectFrom('token_keys').select('host').execute()).toEqual([{ host: null }]);
    await it.app.db.query
      .updateTable('api_tokens')
      .set({ token_value: createFernet(generateKey()).encrypt('other') })
      .execute();
    await expect(it.app.tokens.valueFor(account)).rejects.toThrow(/does not decrypt it/);
  });
});

test('a key file that is a link serves, and is neither replaced nor written through', async () => {
  it = await testApp(threeAccounts);
  const elsewhere = join(it.config.home, 'elsewhere');
  await rename(keyFile(), elsewhere);
  await symlink(elsewhere, keyFile());
  const key = await readFile(elsewhere, 'utf8');
  expect((await it.type(['backfill-instagram', '--dry-run', '--quiet'])).exitCode).toBe(0);
  const refused = await it.type(['rotate-keys']);
  expect([refused.exitCode, refused.stderr.includes('is a link')]).toEqual([2, true]);
  expect(await readFile(elsewhere, 'utf8')).toBe(key);
  await writeFile(elsewhere, '');
  await it.app.db.query.deleteFrom('api_tokens').execute();
  await expect(store(it)).rejects.toThrow(/is a link/);
  expect(await readFile(elsewhere, 'utf8')).toBe('');
});
