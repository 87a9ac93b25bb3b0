import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ask } from '../../src/cli/ask.ts';
import type { TokenWish } from '../../src/sandbox/contract.ts';
import type { Fault, SandboxOptions } from '../../src/sandbox/server.ts';
import { click } from '../sandbox/browser.ts';
import type { Outcome } from '../support/cli.ts';
import { images } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

const DAY = 24 * 60 * 60 * 1000;

let world: TestApp;
let now: Date;
beforeEach(() => {
  now = new Date();
});
afterEach(() => world?.close());

const open = async (options: SandboxOptions & { withoutApps?: boolean; environment?: Record<string, string> } = {}) => {
  world = await testApp({ posts: images(3), now: () => now, ...options });
  const [account] = await world.app.accounts.list();
  if (!account) throw new Error('the account is missing');
  // What the library has is to come from the sign-in alone.
  await world.app.tokens.forget(account);
};

const stored = async () => {
  const { query } = world.app.db;
  const tokens = await query.selectFrom('api_tokens').selectAll().orderBy('token_type').execute();
  const accounts = await world.app.accounts.list({ all: true });
  return { tokens, accounts, activeId: await world.app.accounts.activeId() };
};
const nothingStored = async () => {
  const { tokens, accounts } = await stored();
  expect([tokens, accounts.length]).toEqual([[], 1]);
};

type Clicks = Parameters<typeof click>[1];

/** Signs in and acts as the browser: opens the printed address, clicks, and follows the redirect. */
async function byBrowser(
  args: readonly string[],
  clicks: Clicks = {},
  before?: (back: URL) => Promise<void>,
): Promise<Outcome> {
  let shown = '';
  let browsing: Promise<unknown> | undefined;
  const browse = async (address: string) => {
    const response = await click(address, clicks);
    const back = new URL(response.headers.get('location') ?? '');
    await before?.(back);
    await fetch(back);
  };
  const outcome = await world.type(['instagram-auth', '--no-open', ...args], undefined, {
    heard: (text) => {
      shown += text;
      const address = /^ {2}(http\S+)\n/m.exec(shown)?.[1];
      if (address && !browsing) browsing = browse(address);
    },
  });
  await browsing;
  return outcome;
}

const byToken = (token: string, ...args: string[]) =>
  world.type(['instagram-auth', '--manual', ...args], undefined, { input: async () => `${token}\n` });

const failing = (outcome: Outcome, exitCode: number, ...words: RegExp[]) => {
  expect(outcome.exitCode).toBe(exitCode);
  expect(outcome.stdout).toBe('');
  for (const word of words) expect(outcome.stderr).toMatch(word);
  expect(outcome.stderr).not.toMatch(/ {4}at /);
};

describe('in the browser', () => {
  test('Facebook Login stores a Page token that does not expire, and the user token behind it', async () => {
    await open();
    const { exitCode, stdout } = await byBrowser(['--login', 'facebook']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('@studio.example · 3 posts · newest 2026-01-03');
    expect(stdout).toContain('the first page has 3 posts with 3 files');
    const { tokens, accounts, activeId } = await stored();
    expect(tokens.map(({ token_type, expires_at }) => [token_type, expires_at === null])).toEqual([
      ['access_token', true],
      ['refresh_token', false],
    ]);
    expect(tokens[0]?.token_metadata).toMatchObject({ kind: 'page', app_id: world.sandbox.apps.facebook.id });
    expect(tokens[0]?.scopes).toContain('instagram_basic');
    expect(activeId).toBe(accounts[0]?.id);
    expect((await world.run()).report.downloaded).toBe(3);
  });

  test('Instagram Login stores a token for sixty days', async () => {
    await open();
    const { stdout, exitCode } = await byBrowser(['--login', 'instagram', '--port', '0', '--json']);
    expect(exitCode).toBe(0);
    const { login, accounts } = JSON.parse(stdout);
    expect([login, accounts[0].username, accounts[0].token.kind]).toEqual(['instagram', 'studio.example', 'instagram']);
    expect(Math.round((Date.parse(accounts[0].token.expires_at) - now.getTime()) / DAY)).toBe(60);
    expect((await world.run()).report.downloaded).toBe(3);
  });

  test('only the needed permissions are requested, with a state, and for Facebook a PKCE challenge', async () => {
    await open();
    await byBrowser(['--login', 'facebook']);
    const asked = world.sandbox.requests.find(({ kind }) => kind === 'web');
    expect(asked?.query).toMatchObject({
      scope: 'instagram_basic,pages_show_list,pages_read_engagement',
      code_challenge_method: 'S256',
    });
    expect(asked?.query.state).toMatch(/^[\w-]{32}$/);
    world.sandbox.resetRequests();
    await byBrowser(['--login', 'facebook', '--business']);
    expect(world.sandbox.requests.find(({ kind }) => kind === 'web')?.query.scope).toMatch(/,business_management$/);
  });

  test.each(['facebook', 'instagram'])('without consent at %s it says so, and nothing is stored', async (login) => {
    await open();
    failing(
      await byBrowser(['--login', login, '--port', '0'], { button: 'Cancel' }),
      1,
      /Consent was not given/,
      /Nothing was stored/,
    );
    await nothingStored();
  });

  test('an answer with another state is rejected, and the right one is still accepted', async () => {
    await open();
    const turned: number[] = [];
    const outcome = await byBrowser(['--login', 'facebook'], {}, async (back) => {
      const forged = new URL(back);
      forged.searchParams.set('state', 'forged');
      forged.searchParams.set('code', 'forged');
      turned.push((await fetch(forged)).status);
      forged.searchParams.delete('state');
      turned.push((await fetch(forged)).status);
      turned.push((await fetch(new URL('/', back))).status);
      turned.push((await fetch(back, { method: 'POST' })).status);
    });
    expect([outcome.exitCode, turned]).toEqual([0, [400, 400, 404, 405]]);
  });

  test('the page that the browser lands on does not leak its address', async () => {
    await open();
    let headers: Headers | undefined;
    await byBrowser(['--login', 'facebook'], { button: 'Cancel' }, async (back) => {
      headers = (await fetch(new URL('/favicon.ico', back))).headers;
    });
    expect(headers?.get('referrer-policy')).toBe('no-referrer');
    expect(headers?.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers?.get('cache-control')).toBe('no-store');
  });

  test('a wrong app secret is reported, and nothing is stored', async () => {
    await open({ environment: { FACEBOOK_APP_SECRET: 'b'.repeat(32), INSTAGRAM_APP_SECRET: 'b'.repeat(32) } });
    failing(await byBrowser(['--login', 'facebook']), 1, /client secret/, /FACEBOOK_APP_SECRET/);
    failing(await byBrowser(['--login', 'instagram', '--port', '0']), 1, /client secret/, /INSTAGRAM_APP_SECRET/);
    await nothingStored();
  });

  test('an expired code is reported', async () => {
    await open();
    const outcome = await byBrowser(['--login', 'facebook'], {}, async () => {
      now = new Date(now.getTime() + 3_600_000);
    });
    failing(outcome, 1, /code has expired/, /start again/);
    await nothingStored();
  });

  test('permissions that were not granted are named, and nothing is stored', async () => {
    await open();
    failing(
      await byBrowser(['--login', 'facebook'], { untick: ['pages_show_list'] }),
      1,
      /no Facebook Page/,
      /pages_show_list/,
    );
    failing(await byBrowser(['--login', 'facebook'], { untick: ['instagram_basic'] }), 1, /instagram_basic/);
    failing(
      await byBrowser(['--login', 'facebook'], { untick: ['pages_read_engagement', 'pages_show_list'] }),
      1,
      /Page/,
    );
    await nothingStored();
  });

  test('for a personal account it says how to switch to a professional one', async () => {
    await open({ accountType: 'PERSONAL' });
    failing(await byToken(world.sandbox.tokens.instagram), 1, /personal account/, /professional account/);
    await nothingStored();
  });

  test('without a Meta app it says what to set', async () => {
    await open({ withoutApps: true });
    failing(
      await world.type(['instagram-auth', '--login', 'instagram']),
      2,
      /INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET/,
      /connect-instagram/,
    );
    failing(await world.type(['instagram-auth', '--login', 'facebook']), 2, /FACEBOOK_APP_ID/);
  });

  test('a port in use is reported', async () => {
    await open();
    const taken = new URL(world.sandbox.url).port;
    failing(
      await world.type(['instagram-auth', '--login', 'facebook', '--no-open', '--port', taken]),
      2,
      /EADDRINUSE/,
      /--port/,
    );
  });

  test('Ctrl-C while it waits for the browser leaves nothing behind', async () => {
    await open();
    const stop = new AbortController();
    const outcome = await world.type(['instagram-auth', '--login', 'facebook', '--no-open'], stop.signal, {
      heard: (text) => {
        if (text.includes('in your browser')) stop.abort();
      },
    });
    failing(outcome, 130);
    await nothingStored();
  });
});

describe('with a registered https address', () => {
  const REDIRECT = 'https://storyline.example/back';

  /** Consents, and pastes what the browser ended on. */
  async function pasting(login: string, change: (ended: string) => string = (ended) => ended): Promise<Outcome> {
    let shown = '';
    return world.type(['instagram-auth', '--login', login, '--no-open', '--redirect-uri', REDIRECT], undefined, {
      heard: (text) => {
        shown += text;
      },
      input: async () => {
        const address = /^ {2}(http\S+)\n/m.exec(shown)?.[1] ?? '';
        return change((await click(address)).headers.get('location') ?? '');
      },
    });
  }

  test.each(['facebook', 'instagram'])('%s Login accepts the address that is pasted back', async (login) => {
    await open({ refuseLoopbackRedirects: true });
    expect((await pasting(login)).exitCode).toBe(0);
    expect((await world.run()).report.downloaded).toBe(3);
  });

  test.each<[string, (ended: string) => string, RegExp]>([
    ['something else', () => 'hello', /not an address/],
    ['nothing', () => '', /not an address/],
    [
      'the address of another sign-in',
      (ended) => ended.replace(/state=[^&#]*/, 'state=another'),
      /does not belong to this sign-in/,
    ],
    ['an address without a code', (ended) => ended.replace(/code=[^&#]*&?/, ''), /no code/],
    ['a wrong code', (ended) => ended.replace(/code=[^&#]*/, 'code=AQwrong'), /code/],
  ])('%s is rejected', async (_, change, words) => {
    await open();
    failing(await pasting('instagram', change), 1, words);
    await nothingStored();
  });

  test('Instagram Login requires it, because Meta does not redirect to a plain http address', async () => {
    await open();
    failing(await world.type(['instagram-auth', '--login', 'instagram']), 2, /https address/, /--redirect-uri/);
  });
});

describe('with a token', () => {
  const issue = (wish: TokenWish) => world.sandbox.issueToken(wish);

  test('a short-lived one of Facebook is exchanged, and the Page token is stored', async () => {
    await open();
    expect((await byToken(issue({ flavour: 'facebook', lifeSeconds: 3600 }))).exitCode).toBe(0);
    const { tokens } = await stored();
    expect(
      tokens.map(({ expires_at }) => expires_at && Math.round((expires_at.getTime() - now.getTime()) / DAY)),
    ).toEqual([null, 60]);
  });

  test('a short-lived one of Instagram is exchanged', async () => {
    await open();
    expect((await byToken(issue({ flavour: 'instagram', lifeSeconds: 3600 }))).exitCode).toBe(0);
    const [token] = (await stored()).tokens;
    expect(Math.round(((token?.expires_at?.getTime() ?? 0) - now.getTime()) / DAY)).toBe(60);
  });

  test('a long-lived one of Instagram is stored as it is, with the expiry that was entered', async () => {
    await open();
    const token = issue({ flavour: 'instagram', ageSeconds: 20 * 86_400 });
    expect((await byToken(token, '--expires-days', '40')).exitCode).toBe(0);
    const [account] = await world.app.accounts.list();
    expect(account && (await world.app.tokens.valueFor(account))).toBe(token);
    const [row] = (await stored()).tokens;
    expect(Math.round(((row?.expires_at?.getTime() ?? 0) - now.getTime()) / DAY)).toBe(40);
  });

  test.each(['page', 'system'] as const)('a %s token is stored as it is: it does not expire', async (kind) => {
    await open();
    const token = issue({ flavour: 'facebook', kind });
    const { exitCode, stdout } = await byToken(token);
    expect([exitCode, stdout.includes('does not expire')]).toEqual([0, true]);
    const [account] = await world.app.accounts.list();
    expect(account && (await world.app.tokens.valueFor(account))).toBe(token);
    expect((await stored()).tokens).toHaveLength(1);
    expect((await world.run()).report.downloaded).toBe(3);
  });

  test('without an app a short-lived one is stored with its expiry, and it says how to get a longer one', async () => {
    await open({ withoutApps: true });
    const { exitCode, stdout } = await byToken(issue({ flavour: 'facebook', lifeSeconds: 3600 }));
    expect([exitCode, stdout.includes('FACEBOOK_APP_SECRET')]).toEqual([0, true]);
    const [access] = (await stored()).tokens;
    expect((access?.expires_at?.getTime() ?? 0) - now.getTime()).toBeLessThanOrEqual(3_600_000);
  });

  test.each<[string, () => string, number, RegExp]>([
    ['no token at all', () => 'hello there', 2, /not an access token/],
    ['nothing', () => '', 2, /not an access token/],
    [
      'an expired one',
      () => issue({ flavour: 'facebook', ageSeconds: 7200, lifeSeconds: 3600 }),
      1,
      /expired|no longer valid/,
    ],
    [
      'an expired one of Instagram',
      () => issue({ flavour: 'instagram', ageSeconds: 7200, lifeSeconds: 3600 }),
      1,
      /expired/,
    ],
    ['an unknown one', () => `EAA${'x'.repeat(60)}`, 1, /no longer valid|rejected the token/],
    ['an unknown one of Instagram', () => `IGAA${'x'.repeat(60)}`, 1, /rejected the token/],
    ['one of another app', () => issue({ flavour: 'facebook', appId: '999' }), 2, /another app|app 999/],
    ['one without permissions', () => issue({ flavour: 'facebook', scopes: ['public_profile'] }), 1, /pages_show_list/],
    ['one without permissions of Instagram', () => issue({ flavour: 'instagram', scopes: [] }), 1, /permission/],
  ])('%s is rejected with a clear message, and nothing is stored', async (_, make, exitCode, words) => {
    await open();
    failing(await byToken(make()), exitCode, words);
    await nothingStored();
  });

  test('a revoked one is reported as such', async () => {
    await open();
    world.sandbox.revokeToken(458);
    failing(await byToken(world.sandbox.tokens.instagram), 1, /app was removed/, /instagram-auth/);
    await nothingStored();
  });

  test('a token of the other login method is rejected', async () => {
    await open();
    failing(await byToken(world.sandbox.tokens.instagram, '--login', 'facebook'), 2, /token for Instagram Login/);
  });

  test('if Meta does not answer it says so, and nothing is stored', async () => {
    await open();
    const faults: Fault[] = [{ kind: 'reset', match: { endpoint: 'account' } }];
    world.sandbox.setFaults(faults);
    failing(await byToken(world.sandbox.tokens.facebook), 1, /connection lost/);
    await nothingStored();
  });
});

describe('if a token reaches several accounts', () => {
  const own = { id: '1', name: 'Studio', instagram: 'own' } as const;
  const other = {
    id: '2',
    name: 'Second Page',
    instagram: {
      account: { id: '17841400000000002', username: 'second.example', name: 'Second', appScopedId: '2602' },
      posts: images(2),
    },
  };
  const pages = [
    own,
    other,
    { id: '3', name: 'A Page alone' },
    { id: '4', name: 'Of a business', isOwnedByBusiness: true },
  ];
  const usernames = async () => (await stored()).accounts.map(({ username }) => username);

  test('they are named if there is no terminal', async () => {
    await open({ pages });
    failing(
      await byToken(world.sandbox.tokens.facebook),
      2,
      /2 accounts: @studio.example \(Page Studio\), @second.example/,
      /--account-id/,
    );
    await nothingStored();
  });

  test('one is chosen by its name', async () => {
    await open({ pages });
    expect(
      (await byToken(world.sandbox.tokens.facebook, '--account-id', '@Second.example', '--display-name', 'Two'))
        .exitCode,
    ).toBe(0);
    const { accounts, activeId, tokens } = await stored();
    const second = accounts.find(({ username }) => username === 'second.example');
    expect([second?.displayName, activeId]).toEqual(['Two', second?.id]);
    expect(new Set(tokens.map(({ instagram_account_id }) => instagram_account_id))).toEqual(new Set([second?.id]));
    expect((await world.run()).report.downloaded).toBe(2);
  });

  test('all of them are stored, and with --keep-active the active one stays', async () => {
    await open({ pages });
    await byToken(world.sandbox.tokens.facebook, '--account-id', '17841400000000002');
    const { activeId } = await stored();
    const { stdout } = await byToken(world.sandbox.tokens.facebook, '--all', '--keep-active', '--json');
    expect(JSON.parse(stdout).accounts).toHaveLength(2);
    expect((await stored()).activeId).toBe(activeId);
    expect(new Set(await usernames())).toEqual(new Set(['studio.example', 'second.example']));
  });

  test('the user chooses among them', async () => {
    await open({ pages });
    const questions: string[] = [];
    const ask: Ask = {
      choose: async (question, [, , third]) => {
        questions.push(question);
        return third?.value as never;
      },
      chooseSome: async (question, choices) => {
        questions.push(question, ...choices.map(({ label }) => label));
        return choices.slice(1).map(({ value }) => value);
      },
      text: async () => '',
      confirm: async () => false,
      secret: async () => world.sandbox.tokens.facebook,
    };
    const { exitCode, stderr } = await world.type(['instagram-auth'], undefined, { ask });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('two ways to sign in');
    expect(questions.join('\n')).toContain('@second.example (Page Second Page)');
    expect((await stored()).tokens.map(({ instagram_account_id }) => instagram_account_id)).toHaveLength(2);
  });

  test('one that it does not reach is rejected', async () => {
    await open({ pages });
    failing(
      await byToken(world.sandbox.tokens.facebook, '--account-id', 'nobody'),
      2,
      /does not reach nobody/,
      /@second.example/,
    );
  });

  test('if one of them does not work, none is stored', async () => {
    await open({ pages });
    world.sandbox.setFaults([{ kind: 'error', code: 10, status: 403, match: { endpoint: 'media-edge', nth: 2 } }]);
    failing(await byToken(world.sandbox.tokens.facebook, '--all'), 1, /permission/);
    await nothingStored();
  });

  test('Pages without an account are named', async () => {
    await open({ pages: [{ id: '3', name: 'A Page alone' }] });
    failing(await byToken(world.sandbox.tokens.facebook), 1, /linked to A Page alone/);
    await nothingStored();
  });

  test('if a Page belongs to a business, the permission for it is named', async () => {
    await open({ pages: [{ ...own, isOwnedByBusiness: true }] });
    failing(await byBrowser(['--login', 'facebook']), 1, /no Facebook Page/, /--business/);
    expect((await byBrowser(['--login', 'facebook', '--business'])).exitCode).toBe(0);
  });
});

test('signing in again keeps the name, and reactivates a deactivated account', async () => {
  await open();
  const [account] = await world.app.accounts.list();
  await world.type(['deactivate-instagram-account', 'studio.example']);
  await byToken(world.sandbox.tokens.instagram, '--display-name', 'Mine');
  await byToken(world.sandbox.tokens.facebook);
  const [again] = await world.app.accounts.list();
  expect(again).toMatchObject({ id: account?.id, displayName: 'Mine', isActive: true });
});

test('no secret is shown or logged, even with --verbose', async () => {
  await open({ environment: { LOG_LEVEL: 'debug' } });
  const said: string[] = [];
  const secrets = new Set<string>();
  for (const login of ['facebook', 'instagram']) {
    const outcome = await byBrowser(['--login', login, '--port', '0'], {}, async (back) => {
      secrets.add(back.searchParams.get('code') ?? '');
    });
    said.push(outcome.stdout, outcome.stderr);
    const [account] = await world.app.accounts.list();
    if (account) secrets.add(await world.app.tokens.valueFor(account));
    const source = account && (await world.app.tokens.sourceFor(account));
    if (source) secrets.add(source);
  }
  for (const { secret } of Object.values(world.sandbox.apps)) secrets.add(secret);
  expect(secrets.size).toBeGreaterThan(5);
  for (const secret of secrets) expect(said.join('\n')).not.toContain(secret);
  const rows = JSON.stringify(await stored());
  for (const secret of secrets) expect(rows).not.toContain(secret);
});
