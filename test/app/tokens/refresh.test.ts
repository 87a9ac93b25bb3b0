import { afterEach, describe, expect, test } from 'vitest';
import type { Account } from '../../../src/accounts/accounts.ts';
import { images } from '../../support/posts.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';

const DAY = 24 * 60 * 60 * 1000;
const START = new Date('2026-11-01T00:00:00Z');

let it: TestApp;
let now: Date;
let said: string[];
afterEach(() => it.close());

/** A token that was stored at the start and ends after so many days, used some days later. */
async function storeToken(
  flavour: 'facebook' | 'instagram',
  lifeDays: number,
  options: { withoutApps?: boolean } = {},
): Promise<Account> {
  now = START;
  said = [];
  it = await testApp({ posts: images(2), now: () => now, log: (line) => said.push(line), ...options });
  const [account] = await it.app.accounts.list();
  if (!account) throw new Error('the account is missing');
  const expiresAt = new Date(START.getTime() + lifeDays * DAY);
  await it.app.tokens.store(account, { value: it.sandbox.tokens[flavour], expiresAt });
  return account;
}
const later = (days: number) => {
  now = new Date(START.getTime() + days * DAY);
};
const refreshes = () => it.sandbox.requests.filter(({ path }) => path.endsWith('refresh_access_token'));

test('a token of Instagram Login near its end is refreshed before it is used', async () => {
  const account = await storeToken('instagram', 60);
  later(55);
  expect((await it.run()).report.downloaded).toBe(2);
  expect(refreshes()).toHaveLength(1);
  const info = await it.app.tokens.info(account);
  expect(info).toMatchObject({ issuedAt: START, lastRefreshedAt: now });
  expect((info?.expiresAt?.getTime() ?? 0) - now.getTime()).toBeGreaterThan(59 * DAY);
  await it.run();
  expect(refreshes()).toHaveLength(1);
});

test('the token that is refreshed travels in the header', async () => {
  await storeToken('instagram', 60);
  later(55);
  await it.run();
  expect(refreshes()[0]).toMatchObject({ authorization: true, query: { grant_type: 'ig_refresh_token' } });
});

test.each([
  ['far from its end', 'instagram', 60, 20],
  ['younger than a day', 'instagram', 5, 0.5],
  ['of Facebook Login', 'facebook', 60, 55],
] as const)('a token %s is used as it is', async (_, flavour, lifeDays, age) => {
  await storeToken(flavour, lifeDays);
  later(age);
  expect((await it.run()).report.downloaded).toBe(2);
  expect(refreshes()).toEqual([]);
});

test('a Facebook token near its end is told where no app is set up to exchange it', async () => {
  await storeToken('facebook', 60, { withoutApps: true });
  later(55);
  await it.run();
  expect(said.join('\n')).toMatch(
    /FACEBOOK_APP_ID.*It expires on 2026-12-31. Sign in again: storyline-cli instagram-auth/,
  );
});

test('a refresh that fails leaves the old token in place, and is told', async () => {
  const account = await storeToken('instagram', 60);
  later(55);
  it.sandbox.setFaults([{ kind: 'status', status: 403, match: { endpoint: 'account' } }]);
  expect((await it.run()).report.downloaded).toBe(2);
  expect(said.join('\n')).toContain('could not be renewed');
  expect(await it.app.tokens.valueFor(account)).toBe(it.sandbox.tokens.instagram);
  expect(said.join('\n')).not.toContain(it.sandbox.tokens.instagram);
});

describe('a Facebook sign-in', () => {
  const HOUR = 60 * 60 * 1000;
  const at = (milliseconds: number) => new Date(START.getTime() + milliseconds);

  /** An account with the person's token, and where told the Page's from it, both ending after so long. */
  async function signedIn(
    life: number,
    { withPage = false, dataAccess }: { withPage?: boolean; dataAccess?: Date } = {},
  ) {
    const account = await storeToken('facebook', 60);
    const { sandbox, app } = it;
    const person = {
      value: sandbox.issueToken({ flavour: 'facebook', lifeSeconds: life / 1000 }),
      kind: 'user',
      expiresAt: at(life),
      dataAccessExpiresAt: dataAccess,
    } as const;
    const page = { value: sandbox.tokens.facebook, kind: 'page', pageId: '1', expiresAt: at(life) } as const;
    await app.tokens.store(account, withPage ? page : person, withPage ? person : undefined);
    return account;
  }
  const exchanges = () => it.sandbox.requests.filter(({ path }) => path === '/oauth/access_token');

  test("a person's token that was kept short-lived is exchanged once the app is set up", async () => {
    const account = await signedIn(2 * HOUR);
    const before = await it.app.tokens.valueFor(account);
    expect((await it.run()).report.downloaded).toBe(2);
    const info = await it.app.tokens.info(account);
    expect((info?.expiresAt?.getTime() ?? 0) - now.getTime()).toBeGreaterThan(59 * DAY);
    expect([info?.kind, (await it.app.tokens.valueFor(account)) === before]).toEqual(['user', false]);
    await it.run();
    expect(exchanges()).toHaveLength(1);
  });

  test("a Page token that expires with the user's is renewed, and then does not expire", async () => {
    const account = await signedIn(2 * HOUR, { withPage: true });
    expect((await it.run()).report.downloaded).toBe(2);
    const [page, person] = [await it.app.tokens.info(account), await it.app.tokens.info(account, 'source')];
    expect([page?.kind, page?.expiresAt, page?.lastRefreshedAt]).toEqual(['page', undefined, now]);
    expect((person?.expiresAt?.getTime() ?? 0) - now.getTime()).toBeGreaterThan(59 * DAY);
    expect(await it.app.tokens.valueFor(account)).not.toBe(it.sandbox.tokens.facebook);
  });

  test('a long-lived token that Facebook gives no longer life is told before it ends', async () => {
    await signedIn(60 * DAY);
    later(55);
    await it.run();
    expect(said.join('\n')).toMatch(
      /warn: the token for @studio.example could not be renewed: Facebook does not extend it/,
    );
    expect(said.join('\n')).toContain('It expires on 2026-12-31');
  });

  test('a Page token that does not expire keeps working without a warning when the user token expires', async () => {
    const account = await signedIn(60 * DAY, { withPage: true });
    const { value, ...page } = { value: it.sandbox.tokens.facebook, kind: 'page', expiresAt: undefined } as const;
    await it.app.tokens.refreshed(account, { ...page, value });
    for (const days of [55, 70]) {
      later(days);
      expect((await it.run()).report.failed).toBe(0);
    }
    expect(said.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  test('the end of what Facebook allows to be read is announced', async () => {
    await signedIn(60 * DAY, { dataAccess: at(10 * DAY) });
    await it.run();
    expect(said.join('\n')).not.toContain('lets @studio.example be read');
    later(5);
    await it.run();
    expect(said.join('\n')).toContain('Facebook allows reading @studio.example until 2026-11-11');
  });
});
