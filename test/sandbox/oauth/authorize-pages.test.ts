import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Flavour } from '../../../src/sandbox/server.ts';
import { authorizeUrl, CALLBACK, call, click, consent, exchangeCode } from '../browser.ts';
import { useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const BOTH = ['facebook', 'instagram'] as const satisfies readonly Flavour[];

describe.each(BOTH)('the authorise page of %s', (flavour) => {
  test('shows who asks for what, in HTML', async () => {
    const sandbox = await sandboxed({ apps: { [flavour]: { name: 'Photos & <Co>' } } });
    const response = await fetch(authorizeUrl(sandbox, flavour));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const html = await response.text();
    expect(html).toContain('<h1>Photos &amp; &lt;Co&gt; asks for access</h1>');
    expect(html).toContain(
      flavour === 'facebook' ? 'value="instagram_basic" checked' : 'value="instagram_business_basic"',
    );
  });

  test('Continue leads back with a code and the state', async () => {
    const redirect_uri = `${CALLBACK}?from=here`;
    const sandbox = await sandboxed({ apps: { [flavour]: { redirectUris: [redirect_uri] } } });
    const response = await click(authorizeUrl(sandbox, flavour, { redirect_uri }));
    expect(response.status).toBe(302);
    const url = new URL(response.headers.get('location') ?? '');
    expect(`${url.origin}${url.pathname}`).toBe(CALLBACK);
    expect(url.searchParams.get('from')).toBe('here');
    expect(url.searchParams.get('state')).toBe('a state');
    expect(url.searchParams.get('code')).toMatch(/^AQ[\w-]{90,}$/);
    expect(url.hash).toBe(flavour === 'facebook' ? '#_=_' : '#_');
  });

  test('the redirect calls the app that waits for it, as a browser follows it', async () => {
    const calls: string[] = [];
    const app = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      response.end('signed in');
    });
    await once(app.listen(0, '127.0.0.1'), 'listening');
    try {
      const redirect_uri = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`;
      const location = (await click(authorizeUrl(await sandboxed(), flavour, { redirect_uri }))).headers.get(
        'location',
      );
      expect(await (await fetch(location ?? '')).text()).toBe('signed in');
      expect(calls).toEqual([expect.stringMatching(/^GET \/callback\?code=AQ[\w-]+&state=a\+state$/)]);
    } finally {
      app.close();
    }
  });

  test('Cancel leads back with the refusal and the state', async () => {
    const answer = await consent(await sandboxed(), flavour, { button: 'Cancel' });
    expect(Object.fromEntries(answer)).toEqual({
      error: 'access_denied',
      error_reason: 'user_denied',
      error_description: flavour === 'facebook' ? 'Permissions error' : 'The user denied your request',
      ...(flavour === 'facebook' && { error_code: '200' }),
      state: 'a state',
    });
  });

  test('a state that was not sent does not come back', async () => {
    expect((await consent(await sandboxed(), flavour, { extra: { state: undefined } })).has('state')).toBe(false);
  });

  test.each([
    ['an unknown app', { client_id: '123' }],
    ['no app', { client_id: undefined }],
    ['an address that is not registered', { redirect_uri: 'https://elsewhere.example/callback' }],
    ['a registered address with more in its query', { redirect_uri: `${CALLBACK}?next=elsewhere` }],
    ['an address that only begins as a registered one', { redirect_uri: 'http://localhost.elsewhere.example/' }],
    ['no address', { redirect_uri: undefined }],
    ['another type of response', { response_type: 'token' }],
    ['a scope that there is not', { scope: 'instagram_basics' }],
    ['the scopes of the other way', { scope: flavour === 'facebook' ? 'instagram_business_basic' : 'instagram_basic' }],
  ])('%s is an error page, not a redirect', async (_, extra) => {
    const sandbox = await sandboxed();
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? new URLSearchParams({ decision: 'continue' }) : null;
      const response = await fetch(authorizeUrl(sandbox, flavour, extra), { method, body, redirect: 'manual' });
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
      expect(response.headers.get('content-type')).toContain('text/html');
    }
  });

  test.each(['http://localhost:1/a', 'http://127.0.0.1:65535/b/c', 'http://localhost/', 'https://localhost:8443/x'])(
    '%s is registered from the start',
    async (redirect_uri) => {
      const answer = await consent(await sandboxed(), flavour, { extra: { redirect_uri } });
      expect(answer.has('code')).toBe(true);
    },
  );

  test('Meta may take https addresses alone', async () => {
    const registered = 'https://photos.example/oauth/callback';
    const sandbox = await sandboxed({
      refuseLoopbackRedirects: true,
      apps: { [flavour]: { redirectUris: [registered, CALLBACK] } },
    });
    expect((await fetch(authorizeUrl(sandbox, flavour))).status).toBe(400);
    expect((await fetch(authorizeUrl(sandbox, flavour, { redirect_uri: `${registered}/` }))).status).toBe(400);
    expect((await consent(sandbox, flavour, { extra: { redirect_uri: registered } })).has('code')).toBe(true);
  });

  test('what the person unticks is not granted', async () => {
    const sandbox = await sandboxed();
    const declined = flavour === 'facebook' ? 'pages_read_engagement' : 'instagram_business_manage_insights';
    const code = (await consent(sandbox, flavour, { untick: [declined] })).get('code') ?? '';
    const { body } = await exchangeCode(sandbox, flavour, code);
    if (flavour === 'instagram') expect(body.permissions).toEqual(['instagram_business_basic']);
    else
      expect(
        (await call(sandbox, 'graph.facebook.com/v25.0/me/permissions', { token: body.access_token })).body.data,
      ).toContainEqual({ permission: declined, status: 'declined' });
  });

  test('permissions can be declined from the start', async () => {
    const declined = flavour === 'facebook' ? 'business_management' : 'instagram_business_basic';
    const sandbox = await sandboxed({ declinedPermissions: [declined] });
    expect(await (await fetch(authorizeUrl(sandbox, flavour))).text()).toContain(`value="${declined}">`);
    const body = new URLSearchParams({ decision: 'continue' });
    for (const code of [
      (await consent(sandbox, flavour)).get('code') ?? '',
      // A client that does not read the form leaves the ticks as they are.
      await fetch(authorizeUrl(sandbox, flavour), { method: 'POST', body, redirect: 'manual' }).then(
        (response) => new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '',
      ),
    ]) {
      const { access_token } = (await exchangeCode(sandbox, flavour, code)).body;
      const token = String(access_token);
      const address =
        flavour === 'facebook' ? 'graph.facebook.com/v25.0/me/permissions' : 'graph.instagram.com/v25.0/me';
      const answer = await call(sandbox, address, { token });
      if (flavour === 'facebook') expect(answer.body.data).toContainEqual({ permission: declined, status: 'declined' });
      else expect(answer.body.error).toMatchObject({ code: 10, type: 'IGApiException' });
    }
  });

  test('other addresses there are no pages', async () => {
    const sandbox = await sandboxed();
    const base = flavour === 'facebook' ? sandbox.facebookWebBaseUrl : sandbox.instagramWebBaseUrl;
    expect((await fetch(`${base}/login`)).status).toBe(404);
    const url = new URL(authorizeUrl(sandbox, flavour));
    const host = (url.pathname.split('/')[1] ?? '').replace(
      /www\.\w+/,
      flavour === 'facebook' ? 'www.instagram' : 'www.facebook',
    );
    expect(
      (await fetch(`${sandbox.url}/${host}/${url.pathname.split('/').slice(2).join('/')}${url.search}`)).status,
    ).toBe(404);
  });

  test('is no call of the Graph API, and the log leaves out what is secret', async () => {
    const sandbox = await sandboxed();
    await consent(sandbox, flavour, { extra: { code_challenge: 'secret' } });
    expect(sandbox.graphCalls()).toBe(0);
    expect(sandbox.requests).toMatchObject([
      { kind: 'web', flavour, method: 'GET', status: 200 },
      { kind: 'web', flavour, method: 'POST', status: 302 },
    ]);
    expect(sandbox.requests[0]?.query).toMatchObject({ state: 'a state', redirect_uri: CALLBACK });
    expect(JSON.stringify(sandbox.requests)).not.toContain('secret');
  });

  test('a fault of the wire faultPlan it', async () => {
    const path = flavour === 'facebook' ? '/dialog/oauth' : '/oauth/authorize';
    const sandbox = await sandboxed({ faults: [{ kind: 'status', status: 503, match: { path } }] });
    expect((await fetch(authorizeUrl(sandbox, flavour))).status).toBe(503);
  });
});
