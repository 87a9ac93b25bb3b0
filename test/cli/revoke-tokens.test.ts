import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { SECOND, store, THIRD, threeAccounts } from '../support/accounts.ts';
import { PROGRAM, settingsFor } from '../support/cli.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

let world: TestApp;
afterEach(() => world.close());

const DAY = 24 * 3600;

/** The sandbox's own account and the second by the same person, each with their Page's token; the third by Instagram Login. */
async function signedIn() {
  world = await testApp(threeAccounts);
  const { sandbox } = world;
  const own = await world.app.accounts.find(sandbox.account.id);
  const person = { value: sandbox.tokens.facebook, kind: 'user', expiresAt: undefined } as const;
  const pageToken = (pageId: string) => ({
    value: sandbox.issueToken({ flavour: 'facebook', kind: 'page', pageId }),
    kind: 'page' as const,
    expiresAt: undefined,
  });
  await world.app.tokens.store(own, pageToken('100000000000001'), person);
  const second = await store(world, { token: pageToken('100000000000002'), source: person });
  const third = await store(world, {
    account: THIRD,
    token: {
      value: sandbox.issueToken({ flavour: 'instagram', accountId: THIRD.id }),
      kind: 'instagram',
      expiresAt: undefined,
    },
  });
  return { own, second, third };
}
const revoke = (...args: string[]) => world.type(['revoke-tokens', ...args]);
const asked = () =>
  world.sandbox.requests.filter(({ method }) => method === 'DELETE').map(({ path, status }) => [path, status]);
const has = async (...accounts: { id: string }[]) => {
  const rows = await world.app.db.query.selectFrom('api_tokens').select('instagram_account_id').execute();
  return accounts.map(({ id }) => rows.some((row) => row.instagram_account_id === id));
};

test("with Facebook Login the person's consent is revoked, the tokens are deleted, and others that stop working are named", async () => {
  const { own, second, third } = await signedIn();
  await world.type(['backfill-instagram', '--quiet', '--account-id', own.id]);
  const { exitCode, stdout } = await revoke('@studio.example', '--yes');
  expect(exitCode).toBe(0);
  expect(asked()).toEqual([['/me/permissions', 200]]);
  expect(stdout).toContain('@studio.example: revoked its token at Facebook, and deleted it locally.');
  expect(stdout).toContain('Facebook now rejects the token of @second.example too');
  expect(stdout).not.toContain('@third.example');
  expect(await has(own, second, third)).toEqual([false, true, true]);

  expect(await world.files()).toHaveLength(3);
  const next = await world.type(['backfill-instagram', '--account-id', own.id]);
  expect([next.exitCode, next.stderr]).toEqual([
    2,
    'Error: No token is stored for @studio.example\nSign in with: storyline-cli instagram-auth\n',
  ]);
  expect((await world.type(['list-instagram-accounts'])).stdout).toContain('@studio.example');
});

test('--all revokes the remaining tokens too, although the consent is already revoked', async () => {
  const { own, second, third } = await signedIn();
  const { exitCode, stdout } = await revoke('--all', '--yes');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('@second.example: Facebook had already revoked its token; deleted it locally.');
  expect(stdout).toContain('https://www.instagram.com/accounts/manage_access');
  expect(await has(own, second, third)).toEqual([false, false, false]);
  expect((await revoke('--all', '--yes')).stdout).toContain('nothing to revoke');
});

test.each([
  [
    'of Instagram Login',
    'instagram',
    'instagram',
    /@second\.example: deleted its token locally\. A token of Instagram Login cannot be revoked/,
  ],
  ['of a Page without the user token', 'facebook', 'page', /A Page token cannot be revoked without the user token/],
  ['of a Page that is not known as one', 'facebook', undefined, /facebook\.com → Settings → Business integrations/],
  ['of a system user', 'facebook', 'system_user', /settings of the business/],
] as const)(
  'a token %s is deleted locally, and it says where the owner removes the app',
  async (_, flavour, kind, words) => {
    world = await testApp(threeAccounts);
    const issued = kind === 'system_user' ? 'system' : flavour === 'instagram' ? 'instagram' : 'page';
    const value = world.sandbox.issueToken({ flavour, kind: issued, accountId: SECOND.id });
    const second = await store(world, { token: { value, kind, expiresAt: undefined } });
    const { exitCode, stdout } = await revoke(SECOND.username, '--yes');
    expect([exitCode, await has(second)]).toEqual([0, [false]]);
    expect(stdout).toMatch(words);
  },
);

test('an expired token cannot be revoked either', async () => {
  world = await testApp(threeAccounts);
  const value = world.sandbox.issueToken({ flavour: 'facebook', ageSeconds: 61 * DAY });
  const expiresAt = new Date(Date.now() - 1000);
  await store(world, { token: { value, kind: 'user', expiresAt } });
  const { exitCode, stdout } = await revoke(SECOND.username, '--yes');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('The owner can remove the app at facebook.com');
});

test('if Meta cannot be asked no token is deleted, except with --local-only', async () => {
  const { own, second } = await signedIn();
  world.sandbox.setFaults([{ kind: 'status', status: 503, match: { endpoint: 'account' } }]);
  const { exitCode, stderr } = await revoke('studio.example', '--yes');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('could not revoke its token at Meta, so it is kept here');
  expect(stderr).toContain('storyline-cli revoke-tokens studio.example --local-only');
  expect(await has(own)).toEqual([true]);

  world.sandbox.resetRequests();
  const local = await revoke('studio.example', '--local-only', '--yes');
  expect([local.exitCode, world.sandbox.requests.length, await has(own, second)]).toEqual([0, 0, [false, true]]);
  expect(local.stdout).toContain('stays valid at Meta until the owner removes the app at facebook.com');
});

test.each<[string, string[], string]>([
  ['without --yes and without a terminal', ['studio.example'], '--yes is required'],
  ['without a name, for several accounts', ['--yes'], 'Name one of @studio.example, @second.example, @third.example'],
  ['with a name and --all', ['studio.example', '--all', '--yes'], 'not both'],
  ['with an unknown name', ['nobody', '--yes'], 'No account nobody'],
])('%s nothing is revoked', async (_, args, words) => {
  const { own, second, third } = await signedIn();
  const { exitCode, stderr } = await revoke(...args);
  expect([exitCode, asked(), await has(own, second, third)]).toEqual([2, [], [true, true, true]]);
  expect(stderr).toContain(words);
});

const hasTerminals = process.platform === 'linux' && existsSync('/usr/bin/script');

test.skipIf(!hasTerminals).each([
  ['yes', 'y', 0, false],
  ['no', 'n', 130, true],
] as const)('on a terminal it asks first: %s', async (_, answer, exitCode, stays) => {
  const { own } = await signedIn();
  const terminal = spawn(
    'script',
    ['-qec', `stty cols 100; '${process.execPath}' '${PROGRAM}' revoke-tokens studio.example`, '/dev/null'],
    {
      env: { PATH: process.env.PATH, STORYLINE_HOME: world.config.home, ...settingsFor(world.sandbox) },
    },
  );
  let said = '';
  terminal.stdout.on('data', (text) => {
    said += text;
  });
  await until('it asks', () => said.includes('Revoke the token of @studio.example at Meta'));
  expect(await has(own)).toEqual([true]);
  terminal.stdin.write(answer);
  expect(await once(terminal, 'close')).toEqual([exitCode, null]);
  expect([await has(own), asked().length]).toEqual([[stays], stays ? 0 : 1]);
});
