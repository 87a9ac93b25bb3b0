import { afterEach, expect, test } from 'vitest';
import type { NewToken } from '../../src/accounts/tokens.ts';
import type { TokenWish } from '../../src/sandbox/contract.ts';
import { SECOND, store, THIRD, threeAccounts } from '../support/accounts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const NOW = new Date('2026-11-01T12:00:00Z');
const DAY = 24 * 3600;
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY * 1000);

/** The second account has a token of that kind, and the app is set up or not. */
async function withToken(wish: TokenWish, facts: Partial<NewToken> = {}, { withApp = true, hasSource = false } = {}) {
  world = await testApp({ ...threeAccounts, now: () => NOW });
  const own = await world.app.accounts.find(world.sandbox.account.id);
  await world.app.accounts.setEnabled(own, false);
  const value = world.sandbox.issueToken({ pageId: '100000000000002', accountId: SECOND.id, ...wish });
  const person = world.sandbox.issueToken({ flavour: 'facebook', ageSeconds: 10 * DAY });
  await store(world, {
    token: { value, expiresAt: undefined, ...facts },
    ...(hasSource ? { source: { value: person, kind: 'user', expiresAt: inDays(50), issuedAt: inDays(-10) } } : {}),
  });
  const { facebook } = world.sandbox.apps;
  return withApp ? { FACEBOOK_APP_ID: facebook.id, FACEBOOK_APP_SECRET: facebook.secret } : NO_APP;
}
/** Nothing is set up. */
const NO_APP = { FACEBOOK_APP_ID: '', FACEBOOK_APP_SECRET: '' };
const status = async (environment: Record<string, string>, ...more: string[]) => {
  const { exitCode, stdout } = await world.type(['instagram-status', '--json', ...more], undefined, { environment });
  return { exitCode, ...JSON.parse(stdout).accounts[0] };
};

test.each([
  [
    'of Instagram Login',
    { flavour: 'instagram', ageSeconds: 20 * DAY },
    { expiresAt: inDays(40), issuedAt: inDays(-20), scopes: ['instagram_business_basic'] },
    {
      flavour: 'Instagram Login',
      token_kind: 'instagram',
      permissions: ['instagram_business_basic'],
      permissions_from: 'sign-in',
      days_left: 40,
      rule: expect.stringContaining('renewed automatically in its last 7 days'),
    },
  ],
  [
    'of a person',
    { flavour: 'facebook', ageSeconds: 20 * DAY },
    { expiresAt: inDays(40) },
    {
      flavour: 'Facebook Login',
      token_kind: 'user',
      permissions: expect.arrayContaining(['instagram_basic', 'pages_show_list', 'pages_read_engagement']),
      permissions_from: 'Facebook',
      missing_permissions: [],
      issued_at: inDays(-20).toISOString(),
      data_access_expires_at: inDays(70).toISOString(),
      days_left: 39,
      rule: expect.stringContaining('exchanged automatically for a new one in its last 7 days'),
    },
  ],
  [
    'of a Page',
    { flavour: 'facebook', kind: 'page' },
    {},
    {
      token_kind: 'page',
      expires_at: null,
      days_left: null,
      rule: expect.stringContaining('valid until the password changes, the role on the Page is lost'),
      persons_token: null,
    },
  ],
  [
    'of a system user',
    { flavour: 'facebook', kind: 'system' },
    {},
    { token_kind: 'system_user', expires_at: null, rule: expect.stringContaining('in the settings of the business') },
  ],
] as const)('a token %s is recognised', async (_, wish, facts, told) => {
  const apps = await withToken(wish, facts);
  expect(await status(apps)).toMatchObject({ exitCode: 0, healthy: true, health: 'ok', media_count: 3, ...told });
});

test('a Page token shows the expiry of the user token behind it', async () => {
  const apps = await withToken({ flavour: 'facebook', kind: 'page' }, { kind: 'page' }, { hasSource: true });
  expect(await status(apps)).toMatchObject({ persons_token: { days_left: 50, expires_at: inDays(50).toISOString() } });
  const { stdout } = await world.type(['instagram-status'], undefined, { environment: { ...apps } });
  const table = stdout.replace(/ +/g, ' ');
  expect(table).toContain('Its user token expires │ 2026-12-21, in 50 days │');
  expect(table).toContain('│ Token type │ Page token │');
  expect(table).toContain('│ Expires │ never │');
  expect(stdout).toContain('renewed with the user token behind it');
});

test('without the app secret, permissions are read with the user token', async () => {
  await withToken(
    { flavour: 'facebook', scopes: ['instagram_basic', 'pages_read_engagement'] },
    { kind: 'user' },
    { withApp: false },
  );
  expect(await status(NO_APP)).toMatchObject({
    exitCode: 0,
    permissions: ['instagram_basic', 'pages_read_engagement'],
    permissions_from: 'Facebook',
    missing_permissions: ['pages_show_list'],
  });
  await world.close();
  await withToken(
    { flavour: 'facebook', kind: 'page' },
    { kind: 'page', scopes: ['instagram_basic'] },
    { withApp: false },
  );
  expect(await status(NO_APP)).toMatchObject({
    permissions: ['instagram_basic'],
    permissions_from: 'sign-in',
    missing_permissions: ['pages_show_list', 'pages_read_engagement'],
  });
});

test('a token of an app other than the configured one is inspected with itself', async () => {
  const apps = await withToken({ flavour: 'facebook', appId: '999' });
  expect(await status(apps)).toMatchObject({ exitCode: 0, token_kind: 'user', permissions_from: 'Facebook' });
});

test.each([
  ['that was withdrawn', 458, /The app was removed/],
  ['after the password changed', 460, /The password was changed/],
] as const)('a token %s is unhealthy, with what to do', async (_, subcode, words) => {
  const apps = await withToken({ flavour: 'facebook' }, { kind: 'user', scopes: ['instagram_basic'] });
  world.sandbox.revokeToken(subcode);
  const found = await status(apps);
  expect(found).toMatchObject({
    exitCode: 1,
    healthy: false,
    token_kind: 'user',
    permissions_from: 'sign-in',
    hint: expect.stringMatching(words),
  });
  expect(found.hint).toContain('storyline-cli instagram-auth');
});

test('a token without the permission to read is unhealthy, and the permission is named', async () => {
  const apps = await withToken({ flavour: 'facebook', scopes: ['pages_show_list'] });
  expect(await status(apps)).toMatchObject({
    exitCode: 1,
    missing_permissions: ['instagram_basic', 'pages_read_engagement'],
    hint: expect.stringContaining('lacks a permission'),
  });
});

test('--account-id checks one account, even a deactivated one; without it all active ones are checked', async () => {
  const apps = await withToken({ flavour: 'facebook' });
  await store(world, { account: THIRD });
  const { stdout } = await world.type(['instagram-status', '--json'], undefined, { environment: { ...apps } });
  const names = JSON.parse(stdout).accounts.map(({ username }: { username: string }) => username);
  expect(names).toEqual(['second.example', 'third.example']);
  expect(await status(apps, '--account-id', '@studio.example')).toMatchObject({ username: 'studio.example' });
  expect((await world.type(['instagram-status', '--account-id', 'nobody'])).exitCode).toBe(2);
});

test('without an account it says how to sign in', async () => {
  world = await testApp();
  await world.app.db.query.deleteFrom('api_tokens').execute();
  await world.app.db.query.deleteFrom('instagram_accounts').execute();
  const { exitCode, stdout } = await world.type(['instagram-status']);
  expect([exitCode, stdout]).toEqual([
    0,
    'No accounts yet. Sign in with: storyline-cli instagram-auth (for scripts: storyline-cli add-instagram-account --help)\n',
  ]);
});
