import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import { call, signIn, toLong } from '../browser.ts';
import { useClockedSandboxes, useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const clocked = useClockedSandboxes();
const HOUR = 3600;
const DAY = 24 * HOUR;
const SIXTY_DAYS = 5_183_944;

function debug(sandbox: Sandbox, token: string, viewer?: string) {
  const { id, secret } = sandbox.apps.facebook;
  const query = new URLSearchParams({ input_token: token, access_token: viewer ?? `${id}|${secret}` });
  return call(sandbox, `graph.facebook.com/v25.0/debug_token?${query}`);
}

describe('debug_token', () => {
  test('tells of a short-lived token, and of a long-lived one also when it was issued', async () => {
    const { sandbox, seconds } = await clocked();
    const token = await signIn(sandbox, 'facebook', { extra: { scope: 'instagram_basic,pages_show_list' } });
    const facts = {
      app_id: sandbox.apps.facebook.id,
      type: 'USER',
      application: sandbox.apps.facebook.name,
      is_valid: true,
      expires_at: seconds() + 2 * HOUR,
      data_access_expires_at: seconds() + 90 * DAY,
      scopes: ['instagram_basic', 'pages_show_list', 'public_profile'],
      granular_scopes: [
        { scope: 'instagram_basic', target_ids: [sandbox.account.id] },
        { scope: 'pages_show_list', target_ids: ['100000000000001'] },
      ],
      user_id: '10000000000000001',
    };
    expect((await debug(sandbox, token)).body).toEqual({ data: facts });
    expect((await debug(sandbox, token, token)).body).toEqual({ data: facts });
    const long = (await toLong(sandbox, 'facebook', token)).body.access_token;
    expect((await debug(sandbox, long)).body.data).toEqual({
      ...facts,
      issued_at: seconds(),
      expires_at: seconds() + SIXTY_DAYS,
    });
  });

  test.each([
    ['page', { type: 'PAGE', profile_id: '100000000000001', expires_at: 0, is_valid: true }],
    ['system', { type: 'SYSTEM_USER', user_id: '10000000000000002', expires_at: 0, is_valid: true }],
  ] as const)('tells of a %s token', async (kind, facts) => {
    const sandbox = await sandboxed();
    expect((await debug(sandbox, sandbox.issueToken({ flavour: 'facebook', kind }))).body.data).toMatchObject(facts);
  });

  test('says why a token is dead', async () => {
    const sandbox = await sandboxed();
    const expired = sandbox.issueToken({ flavour: 'facebook', ageSeconds: 61 * DAY });
    expect((await debug(sandbox, expired)).body.data).toMatchObject({
      app_id: sandbox.apps.facebook.id,
      is_valid: false,
      error: { code: 190, subcode: 463, message: expect.stringContaining('Session has expired') },
    });
    sandbox.revokeToken(458);
    expect((await debug(sandbox, sandbox.tokens.facebook)).body.data).toMatchObject({
      is_valid: false,
      error: { code: 190, subcode: 458 },
    });
  });

  test.each(['EAAnothing', 'of Instagram'])('cannot make anything of a token that is none here: %s', async (given) => {
    const sandbox = await sandboxed();
    const token = given === 'of Instagram' ? sandbox.tokens.instagram : given;
    expect((await debug(sandbox, token)).body).toEqual({
      data: { error: { code: 190, message: 'Invalid OAuth access token.' }, is_valid: false, scopes: [] },
    });
  });

  test("another app's token is not told of, but to itself", async () => {
    const sandbox = await sandboxed();
    const foreign = sandbox.issueToken({ flavour: 'facebook', appId: '123' });
    expect((await debug(sandbox, foreign)).body.error).toMatchObject({
      code: 100,
      message: '(#100) The App_id in the input_token did not match the Viewing App',
    });
    expect((await debug(sandbox, foreign, foreign)).body.data).toMatchObject({ app_id: '123', is_valid: true });
  });

  test.each([
    ['no token', '', 190],
    ['an app that there is not', '123|secret', 190],
    ['a wrong secret', '1000000000000001|no', 190],
    ['a token that is none', 'EAAnothing', 190],
    ['a Page token', 'page', 100],
  ])('is not for %s', async (_, viewer, code) => {
    const sandbox = await sandboxed();
    const given = viewer === 'page' ? sandbox.issueToken({ flavour: 'facebook', kind: 'page' }) : viewer;
    const { status, body } = await debug(sandbox, sandbox.tokens.facebook, given);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.error.code).toBe(code);
  });

  test('wants a token to look at', async () => {
    const sandbox = await sandboxed();
    const { body } = await call(sandbox, 'graph.facebook.com/debug_token', { token: sandbox.tokens.facebook });
    expect(body.error.code).toBe(100);
  });
});
