import { describe, expect, test } from 'vitest';
import type { Flavour, Sandbox } from '../../../src/sandbox/server.ts';
import { call, signIn, toLong } from '../browser.ts';
import { useClockedSandboxes, useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const clocked = useClockedSandboxes();
const HOUR = 3600;
const DAY = 24 * HOUR;
const SIXTY_DAYS = 5_183_944;
const BOTH = ['facebook', 'instagram'] as const satisfies readonly Flavour[];

const me = (sandbox: Sandbox, flavour: Flavour, token: string) =>
  call(sandbox, `graph.${flavour}.com/v25.0/me`, { token });

const refresh = (sandbox: Sandbox, token: string) =>
  call(sandbox, `graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&access_token=${token}`);

describe.each(BOTH)('a token of %s', (flavour) => {
  const short = flavour === 'facebook' ? 2 * HOUR : HOUR;

  test('of a sign-in is short-lived, and expires permanently', async () => {
    const { sandbox, pass } = await clocked();
    const token = await signIn(sandbox, flavour);
    pass(short - 1);
    expect((await me(sandbox, flavour, token)).status).toBe(200);
    pass(1);
    const { status, body } = await me(sandbox, flavour, token);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      type: 'OAuthException',
      code: 190,
      error_subcode: 463,
      message: `Error validating access token: Session has expired on Friday, 01-May-26 ${
        flavour === 'facebook' ? '07' : '06'
      }:00:00 PDT. The current time is Friday, 01-May-26 ${flavour === 'facebook' ? '07' : '06'}:00:00 PDT.`,
    });
    expect((await toLong(sandbox, flavour, token)).body.error).toMatchObject({ code: 190, error_subcode: 463 });
  });

  test('is exchanged for one of 60 days, and both are good', async () => {
    const { sandbox, pass } = await clocked();
    const token = await signIn(sandbox, flavour);
    const { status, body } = await toLong(sandbox, flavour, token);
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'bearer', SIXTY_DAYS]);
    expect(body.access_token).not.toBe(token);
    for (const good of [token, body.access_token]) expect((await me(sandbox, flavour, good)).status).toBe(200);
    pass(SIXTY_DAYS - 1);
    expect((await me(sandbox, flavour, body.access_token)).status).toBe(200);
    pass(1);
    expect((await me(sandbox, flavour, body.access_token)).body.error.error_subcode).toBe(463);
  });

  test('is exchanged by its own app alone', async () => {
    const sandbox = await sandboxed();
    const token = await signIn(sandbox, flavour);
    const wrong = await toLong(sandbox, flavour, token, { client_secret: 'no' });
    expect(wrong.body.error).toMatchObject({ code: 1, message: 'Error validating client secret.' });
    if (flavour === 'instagram') return;
    expect((await toLong(sandbox, flavour, token, { client_id: '123' })).body.error.code).toBe(101);
    const foreign = sandbox.issueToken({ flavour, appId: '123', lifeSeconds: HOUR });
    expect((await toLong(sandbox, flavour, foreign)).body.error.code).toBe(190);
  });

  test.each([
    [undefined, 'changed their password'],
    [458, 'has not authorized application'],
    [459, 'log in to www.facebook.com'],
    [460, 'changed their password'],
    [463, 'Session has expired'],
    [464, 'not a confirmed user'],
    [467, 'logged out'],
    [492, 'administrator of the page'],
  ])('revoked with the subcode %s is dead everywhere; a new one is good', async (subcode, words) => {
    const sandbox = await sandboxed();
    const token = await signIn(sandbox, flavour);
    sandbox.revokeToken(subcode);
    const error = { code: 190, error_subcode: subcode ?? 460, message: expect.stringContaining(words) };
    for (const dead of [token, sandbox.tokens[flavour]]) {
      expect((await me(sandbox, flavour, dead)).body.error).toMatchObject(error);
      expect((await toLong(sandbox, flavour, dead)).body.error).toMatchObject(error);
    }
    expect((await me(sandbox, flavour, await signIn(sandbox, flavour))).status).toBe(200);
    sandbox.restoreToken();
    for (const good of [token, sandbox.tokens[flavour]]) expect((await me(sandbox, flavour, good)).status).toBe(200);
  });

  test('can be issued by a test, with any age, life and scopes', async () => {
    const sandbox = await sandboxed();
    const expired = sandbox.issueToken({ flavour, ageSeconds: 61 * DAY });
    const nearly = sandbox.issueToken({ flavour, ageSeconds: 59 * DAY });
    const powerless = sandbox.issueToken({ flavour, scopes: [] });
    expect((await me(sandbox, flavour, expired)).body.error.error_subcode).toBe(463);
    expect((await me(sandbox, flavour, nearly)).status).toBe(200);
    expect((await call(sandbox, `graph.${flavour}.com/${sandbox.account.id}/media`, { token: powerless })).status).toBe(
      403,
    );
  });

  test('cannot be read at the other host', async () => {
    const sandbox = await sandboxed();
    const token = await signIn(sandbox, flavour);
    const other = flavour === 'facebook' ? 'instagram' : 'facebook';
    const error = { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' };
    expect((await me(sandbox, other, token)).body.error).toMatchObject(error);
    expect((await toLong(sandbox, other, token)).body.error).toMatchObject(error);
  });

  test('of the start is in its prime whenever it is', async () => {
    const { sandbox, pass } = await clocked();
    pass(1000 * DAY);
    expect((await me(sandbox, flavour, sandbox.tokens[flavour])).status).toBe(200);
  });
});

test('Facebook knows no refresh: a long-lived token comes back as it is, with what is left of it', async () => {
  const { sandbox, pass } = await clocked();
  const long = (await toLong(sandbox, 'facebook', await signIn(sandbox, 'facebook'))).body.access_token;
  pass(DAY);
  expect((await toLong(sandbox, 'facebook', long)).body).toMatchObject({
    access_token: long,
    expires_in: SIXTY_DAYS - DAY,
  });
  expect((await toLong(sandbox, 'facebook', sandbox.tokens.facebook)).body.access_token).toBe(sandbox.tokens.facebook);
});

test('Instagram exchanges no token twice', async () => {
  const sandbox = await sandboxed();
  const { status, body } = await toLong(sandbox, 'instagram', sandbox.tokens.instagram);
  expect([status, body.error.code]).toEqual([400, 452]);
  expect(body.error.message).toMatch(/^Session key invalid\./);
});

describe('a refresh', () => {
  test('gives a new token for another 60 days, once the old one is a day old', async () => {
    const { sandbox, pass } = await clocked();
    const long = (await toLong(sandbox, 'instagram', await signIn(sandbox, 'instagram'))).body.access_token;
    pass(DAY - 1);
    expect((await refresh(sandbox, long)).body.error).toMatchObject({ type: 'IGApiException', code: 100 });
    pass(1);
    const { status, body } = await refresh(sandbox, long);
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'bearer', SIXTY_DAYS]);
    expect(body.access_token).not.toBe(long);
    pass(SIXTY_DAYS - 1);
    expect((await me(sandbox, 'instagram', body.access_token)).status).toBe(200);
    expect((await me(sandbox, 'instagram', long)).body.error.error_subcode).toBe(463);
  });

  test('of the token of the start works immediately', async () => {
    const sandbox = await sandboxed();
    const { status, body } = await refresh(sandbox, sandbox.tokens.instagram);
    expect([status, body.access_token === sandbox.tokens.instagram]).toEqual([200, false]);
  });

  test.each([
    ['an expired token', { ageSeconds: 61 * DAY }, { code: 190, error_subcode: 463 }],
    ['a token of less than a day', { ageSeconds: DAY - 60 }, { code: 100, type: 'IGApiException' }],
    ['a short-lived token', { lifeSeconds: HOUR }, { code: 100, type: 'IGApiException' }],
    ['a token without the permission', { ageSeconds: 2 * DAY, scopes: [] }, { code: 10, type: 'IGApiException' }],
  ])('refuses %s', async (_, wish, error) => {
    const sandbox = await sandboxed();
    const { status, body } = await refresh(sandbox, sandbox.issueToken({ flavour: 'instagram', ...wish }));
    expect(status).toBe(400);
    expect(body.error).toMatchObject(error);
  });

  test('wants its grant named, and GET', async () => {
    const sandbox = await sandboxed();
    const token = sandbox.tokens.instagram;
    const address = 'graph.instagram.com/refresh_access_token';
    expect((await call(sandbox, address, { token })).status).toBe(400);
    expect((await call(sandbox, `${address}?grant_type=ig_refresh_token`, { token, method: 'POST' })).status).toBe(400);
    expect((await call(sandbox, `${address}?grant_type=ig_refresh_token`, { token })).status).toBe(200);
    expect((await call(sandbox, `${address}?grant_type=ig_refresh_token`)).body.error.code).toBe(190);
  });
});
