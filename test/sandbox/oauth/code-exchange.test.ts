import { describe, expect, test } from 'vitest';
import type { Flavour } from '../../../src/sandbox/server.ts';
import { CALLBACK, call, consent, exchangeCode } from '../browser.ts';
import { useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const codeOf = async (...args: Parameters<typeof consent>) => (await consent(...args)).get('code') ?? '';
const oauthError = (message: string) => ({ error_type: 'OAuthException', code: 400, error_message: message });

test('Facebook: a code gives a short-lived user token', async () => {
  const sandbox = await sandboxed();
  const { status, body } = await exchangeCode(sandbox, 'facebook', await codeOf(sandbox, 'facebook'));
  expect(status).toBe(200);
  expect(body).toEqual({
    access_token: expect.stringMatching(/^EAA[A-Za-z0-9]{100,}$/),
    token_type: 'bearer',
    expires_in: 7200,
  });
  expect(body.access_token).not.toBe(sandbox.tokens.facebook);
  expect((await call(sandbox, `graph.facebook.com/v25.0/me?access_token=${body.access_token}`)).status).toBe(200);
});

test('Facebook takes the exchange by POST too', async () => {
  const sandbox = await sandboxed();
  const { id, secret } = sandbox.apps.facebook;
  const code = await codeOf(sandbox, 'facebook');
  const body = new URLSearchParams({ client_id: id, client_secret: secret, redirect_uri: CALLBACK, code });
  expect((await fetch(`${sandbox.facebookBaseUrl}/oauth/access_token`, { method: 'POST', body })).status).toBe(200);
});

test('Instagram: a code gives a token for an hour, with the app-scoped id and what was granted', async () => {
  const sandbox = await sandboxed();
  const { status, body } = await exchangeCode(sandbox, 'instagram', await codeOf(sandbox, 'instagram'));
  expect(status).toBe(200);
  expect(body).toEqual({
    access_token: expect.stringMatching(/^IGAA[A-Za-z0-9]{100,}$/),
    user_id: Number(sandbox.account.appScopedId),
    permissions: ['instagram_business_basic', 'instagram_business_manage_insights'],
  });
});

describe('Instagram takes the fields of a form', () => {
  const fieldsOf = async (sandbox: Awaited<ReturnType<typeof sandboxed>>) => ({
    client_id: sandbox.apps.instagram.id,
    client_secret: sandbox.apps.instagram.secret,
    grant_type: 'authorization_code',
    redirect_uri: CALLBACK,
    code: await codeOf(sandbox, 'instagram'),
  });

  test('in parts, as `curl -F` sends them', async () => {
    const sandbox = await sandboxed();
    const body = new FormData();
    for (const [name, value] of Object.entries(await fieldsOf(sandbox))) body.set(name, value);
    const response = await fetch(`${sandbox.instagramApiBaseUrl}/oauth/access_token`, { method: 'POST', body });
    expect(response.status).toBe(200);
  });

  test('not of the address', async () => {
    const sandbox = await sandboxed();
    const url = `${sandbox.instagramApiBaseUrl}/oauth/access_token?${new URLSearchParams(await fieldsOf(sandbox))}`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(400);
    expect(await (await fetch(url)).json()).toMatchObject({
      error: { message: 'Unsupported request - method type: get' },
    });
  });
});

describe('Facebook refuses', () => {
  const used = { code: 100, error_subcode: 36009, message: 'This authorization code has been used.' };
  const elsewhere = { code: 100, error_subcode: 36008, message: expect.stringContaining('redirect_uri is identical') };
  test.each([
    ['no app', { client_id: undefined }, { code: 101, message: 'Missing client_id parameter.' }],
    [
      'an unknown app',
      { client_id: '123' },
      { code: 101, message: expect.stringContaining('Error validating application.') },
    ],
    ['a wrong secret', { client_secret: 'no' }, { code: 1, message: 'Error validating client secret.' }],
    ['no secret', { client_secret: undefined }, { code: 1, message: 'Error validating client secret.' }],
    ['no address', { redirect_uri: undefined }, { code: 191, message: 'Missing redirect_uri parameter.' }],
    ['another address', { redirect_uri: `${CALLBACK}/` }, elsewhere],
    ['no code', { code: undefined }, { code: 1, message: 'Missing authorization code' }],
    ['a code that never was', { code: 'AQno' }, { code: 100, message: 'Invalid verification code format.' }],
    ['another grant', { grant_type: 'password' }, { code: 1 }],
  ])('%s, and the code stays good', async (_, extra, error) => {
    const sandbox = await sandboxed();
    const code = await codeOf(sandbox, 'facebook');
    const refused = await exchangeCode(sandbox, 'facebook', code, extra);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({ type: 'OAuthException', ...error });
    expect((await exchangeCode(sandbox, 'facebook', code)).status).toBe(200);
  });

  test('a code that was used', async () => {
    const sandbox = await sandboxed();
    const code = await codeOf(sandbox, 'facebook');
    await exchangeCode(sandbox, 'facebook', code);
    expect((await exchangeCode(sandbox, 'facebook', code)).body.error).toMatchObject(used);
  });
});

describe('Instagram refuses', () => {
  const noMatch = oauthError('Matching code was not found or was already used');
  test.each([
    ['an unknown app', { client_id: '123' }, oauthError('Invalid platform app')],
    ['the id of the Facebook app', { client_id: '1000000000000001' }, oauthError('Invalid platform app')],
    ['a wrong secret', { client_secret: 'no' }, oauthError('Error validating client secret.')],
    ['another grant', { grant_type: undefined }, oauthError('Invalid grant_type')],
    [
      'another address',
      { redirect_uri: `${CALLBACK}/` },
      oauthError(
        'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
      ),
    ],
    ['no code', { code: undefined }, noMatch],
    ['a code that never was', { code: 'AQno' }, noMatch],
  ])('%s, and the code stays good', async (_, extra, error) => {
    const sandbox = await sandboxed();
    const code = await codeOf(sandbox, 'instagram');
    expect(await exchangeCode(sandbox, 'instagram', code, extra)).toEqual({ status: 400, body: error });
    expect((await exchangeCode(sandbox, 'instagram', code)).status).toBe(200);
  });

  test('a code that was used, and one with the fragment of the redirect', async () => {
    const sandbox = await sandboxed();
    const code = await codeOf(sandbox, 'instagram');
    expect((await exchangeCode(sandbox, 'instagram', `${code}#_`)).body).toEqual(noMatch);
    await exchangeCode(sandbox, 'instagram', code);
    expect((await exchangeCode(sandbox, 'instagram', code)).body).toEqual(noMatch);
  });
});

test.each([
  ['facebook', 600, { error: { code: 100, error_subcode: 36007, message: 'This authorization code has expired.' } }],
  ['instagram', 3600, oauthError('Matching code was not found or was already used')],
] as const)('a code of %s dies after %i seconds', async (flavour: Flavour, life: number, error: object) => {
  let time = Date.parse('2026-05-01T00:00:00Z');
  const sandbox = await sandboxed({ now: () => new Date(time) });
  const [first, second] = [await codeOf(sandbox, flavour), await codeOf(sandbox, flavour)];
  time += life * 1000 - 1;
  expect((await exchangeCode(sandbox, flavour, first)).status).toBe(200);
  time += 1;
  const { status, body } = await exchangeCode(sandbox, flavour, second);
  expect(status).toBe(400);
  expect(body).toMatchObject(error);
});

test('a code of one way to sign in is none of the other', async () => {
  const sandbox = await sandboxed();
  expect((await exchangeCode(sandbox, 'instagram', await codeOf(sandbox, 'facebook'))).status).toBe(400);
  expect((await exchangeCode(sandbox, 'facebook', await codeOf(sandbox, 'instagram'))).status).toBe(400);
});

test('the app itself gets a token of its id and secret', async () => {
  const sandbox = await sandboxed();
  const { id, secret } = sandbox.apps.facebook;
  const query = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  expect((await call(sandbox, `graph.facebook.com/oauth/access_token?${query}`)).body).toEqual({
    access_token: `${id}|${secret}`,
    token_type: 'bearer',
  });
});

test('the log of requests has no secret in it', async () => {
  const sandbox = await sandboxed();
  const code = await codeOf(sandbox, 'facebook');
  const { body } = await exchangeCode(sandbox, 'facebook', code, { code_verifier: 'a verifier' });
  const { id, secret } = sandbox.apps.facebook;
  const token = String(body.access_token);
  await call(sandbox, `graph.facebook.com/debug_token?input_token=${token}&access_token=${id}|${secret}`);
  await call(sandbox, `graph.facebook.com/oauth/access_token?grant_type=fb_exchange_token&fb_exchange_token=${token}`);
  const log = JSON.stringify(sandbox.requests);
  for (const text of [code, token, secret, 'a verifier']) expect(log).not.toContain(text);
  expect(sandbox.requests.at(-1)?.query).toEqual({ grant_type: 'fb_exchange_token' });
});

test('faults strike the exchange: alone, if its path is named', async () => {
  const sandbox = await sandboxed({
    faults: [{ kind: 'error', code: 2, status: 500, match: { path: '/oauth/access_token' }, times: 1 }],
  });
  const code = await codeOf(sandbox, 'facebook');
  expect((await call(sandbox, 'graph.facebook.com/me', { token: sandbox.tokens.facebook })).status).toBe(200);
  expect((await exchangeCode(sandbox, 'facebook', code)).status).toBe(500);
});
