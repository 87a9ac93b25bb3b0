import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { SECOND, store, THIRD, threeAccounts } from '../support/accounts.ts';
import { PROGRAM, settingsFor } from '../support/cli.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

let it: TestApp;
afterEach(() => it.close());

const DAY = 24 * 3600;

/** The sandbox's own account and the second by the same person, each with their Page's token; the third by Instagram Login. */
async function signedIn() {
  it = await testApp(threeAccounts);
  const { sandbox } = it;
  const own = await it.app.accounts.find(sandbox.account.id);
  const person = { value: sandbox.tokens.facebook, kind: 'user', expiresAt: undefined } as const;
  const pageToken = (pageId: string) => ({
    value: sandbox.issueToken({ flavour: 'facebook', kind: 'page', pageId }),
    kind: 'page' as const,
    expiresAt: undefined,
  });
  await it.app.tokens.store(own, pageToken('100000000000001'), person);
  const second = await store(it, { token: pageToken('100000000000002'), source: person });
  const third = await store(it, {
    account: THIRD,
    token: {
      value: sandbox.issueToken({ flavour: 'instagram', accountId: THIRD.id }),
      kind: 'instagram',
      expiresAt: undefined,
    },
  });
  return { own, second, third };
}
const revoke = (...args: string[]) => it.type(['revoke-tokens', ...args]);
const asked = () =>
  it.sandbox.requests.filter(({ method }) => method === 'DELETE').map(({ path, status }) => [path, status]);
const has = async (...accounts: { id: string }[]) => {
  const rows = await it.app.db.query.selectFrom('api_tokens').select('instagram_account_id').execute();
  return accounts.map(({ id }) => rows.some((row) => row.instagram_account_id === id));
};

test('with Facebook Login the person is revoked, the tokens are forgotten, and others that died are named', async () => {
  const { own, second, third } = await signedIn();
  await it.type(['backfill-instagram', '--quiet', '--account-id', own.id]);
  const { exitCode, stdout } = await revoke('@studio.example', '--yes');
  expect(exitCode).toBe(0);
  expect(asked()).toEqual([['/me/permissions', 200]]);
  expect(stdout).toContain('@studio.example: its token is taken back at Facebook, and forgotten here.');
  expect(stdout).toContain('Facebook refuses the token of @second.example now as well');
  expect(stdout).not.toContain('@third.example');
  expect(await has(own, second, third)).toEqual([false, true, true]);

  expect(await it.files()).toHaveLength(3);
  const next = await it.type(['backfill-instagram', '--account-id', own.id]);
  expect([next.exitCode, next.stderr]).toEqual([
    2,
    'Error: No token is stored for @studio.example\nSign in with: storyline-cli instagram-auth\n',
  ]);
  expect((await it.type(['list-instagram-accounts'])).stdout).toContain('@studio.example');
});

test('--all takes back those that are left too, though their person is gone already', async () => {
  const { own, second, third } = await signedIn();
  const { exitCode, stdout } = await revoke('--all', '--yes');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('@second.example: Facebook had ended its token already; it is forgotten here.');
  expect(stdout).toContain('https://www.instagram.com/accounts/manage_access');
  expect(await has(own, second, third)).toEqual([false, false, false]);
  expect((await revoke('--all', '--yes')).stdout).toContain('there is nothing to take back');
});

test.each([
  [
    'of Instagram Login',
    'instagram',
    'instagram',
    /@second\.example: its token is forgotten here\. A token of Instagram Login cannot be revoked/,
  ],
  ["of a Page without the person's", 'facebook', 'page', /A Page token cannot be revoked without the user token/],
  ['of a Page that nobody noted as one', 'facebook', undefined, /facebook\.com → Settings → Business integrations/],
  ['of a system user', 'facebook', 'system_user', /settings of the business/],
] as const)(
  'a token %s is forgotten here, and it says where the owner removes the app',
  async (_, flavour, kind, words) => {
    it = await testApp(threeAccounts);
    const issued = kind === 'system_user' ? 'system' : flavour === 'instagram' ? 'instagram' : 'page';
    const value = it.sandbox.issueToken({ flavour, kind: issued, accountId: SECOND.id });
    const second = await store(it, { token: { value, kind, expiresAt: undefined } });
    const { exitCode, stdout } = await revoke(SECOND.username, '--yes');
    expect([exitCode, await has(second)]).toEqual([0, [false]]);
    expect(stdout).toMatch(words);
  },
);

test('a token that is over cannot be taken back either', async () => {
  it = await testApp(threeAccounts);
  const value = it.sandbox.issueToken({ flavour: 'facebook', ageSeconds: 61 * DAY });
  const expiresAt = new Date(Date.now() - 1000);
  await store(it, { token: { value, kind: 'user', expiresAt } });
  const { exitCode, stdout } = await revoke(SECOND.username, '--yes');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('It has expired already: the owner removes the app at facebook.com');
});

test('where Meta cannot be asked nothing is forgotten, unless by --local-only', async () => {
  const { own, second } = await signedIn();
  it.sandbox.setFaults([{ kind: 'status', status: 503, match: { endpoint: 'account' } }]);
  const { exitCode, stderr } = await revoke('studio.example', '--yes');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('could not be taken back at Meta, and is kept here');
  expect(stderr).toContain('storyline-cli revoke-tokens studio.example --local-only');
  expect(await has(own)).toEqual([true]);

  it.sandbox.resetRequests();
  const local = await revoke('studio.example', '--local-only', '--yes');
  expect([local.exitCode, it.sandbox.requests.length, await has(own, second)]).toEqual([0, 0, [false, true]]);
  expect(local.stdout).toContain('stays good at Meta until the owner removes the app at facebook.com');
});

test.each<[string, string[], string]>([
  ['without --yes, where nobody can be asked', ['studio.example'], '--yes is needed'],
  ['without a name, of several accounts', ['--yes'], 'Name one of @studio.example, @second.example, @third.example'],
  ['of a name and --all', ['studio.example', '--all', '--yes'], 'not both'],
  ['of an unknown name', ['nobody', '--yes'], 'No account nobody'],
])('%s it does nothing', async (_, args, words) => {
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
      env: { PATH: process.env.PATH, STORYLINE_HOME: it.config.home, ...settingsFor(it.sandbox) },
    },
  );
  let said = '';
  terminal.stdout.on('data', (text) => {
    said += text;
  });
  await until('it asks', () => said.includes('Take back the token of @studio.example at Meta'));
  expect(await has(own)).toEqual([true]);
  terminal.stdin.write(answer);
  expect(await once(terminal, 'close')).toEqual([exitCode, null]);
  expect([await has(own), asked().length]).toEqual([[stays], stays ? 0 : 1]);
});
