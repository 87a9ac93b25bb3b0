import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../../src/sandbox/generate-posts.ts';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import { call, signIn } from '../browser.ts';
import { useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const GRAPH = 'graph.facebook.com/v25.0';
const ours = generatePosts({ count: 12 });

describe('permissions', () => {
  const list = async (sandbox: Sandbox, token: string, user = 'me') =>
    (await call(sandbox, `${GRAPH}/${user}/permissions`, { token })).body;
  const remove = (sandbox: Sandbox, token: string, path: string) =>
    call(sandbox, `${GRAPH}/${path}`, { token, method: 'DELETE' });

  test('are listed, the declined ones too, also by the id of the person', async () => {
    const sandbox = await sandboxed();
    const scope = 'instagram_basic,pages_show_list';
    const token = await signIn(sandbox, 'facebook', { extra: { scope }, untick: ['pages_show_list'] });
    const data = [
      { permission: 'instagram_basic', status: 'granted' },
      { permission: 'public_profile', status: 'granted' },
      { permission: 'pages_show_list', status: 'declined' },
    ];
    expect(await list(sandbox, token)).toEqual({ data });
    expect(await list(sandbox, token, '10000000000000001')).toEqual({ data });
  });

  test.each(['me', '10000000000000001'])('removing the app by %s kills its tokens of that person', async (user) => {
    const sandbox = await sandboxed();
    const [one, two] = [await signIn(sandbox, 'facebook'), await signIn(sandbox, 'facebook')];
    const foreign = sandbox.issueToken({ flavour: 'facebook', appId: '123' });
    expect(await remove(sandbox, one, `${user}/permissions`)).toEqual({ status: 200, body: { success: true } });
    for (const dead of [one, two, sandbox.tokens.facebook])
      expect((await call(sandbox, `${GRAPH}/me`, { token: dead })).body.error).toMatchObject({
        code: 190,
        error_subcode: 458,
        message: `Error validating access token: The user has not authorized application ${sandbox.apps.facebook.id}.`,
      });
    for (const good of [foreign, await signIn(sandbox, 'facebook')])
      expect((await call(sandbox, `${GRAPH}/me`, { token: good })).status).toBe(200);
    const instagram = { token: sandbox.tokens.instagram };
    expect((await call(sandbox, 'graph.instagram.com/me', instagram)).status).toBe(200);
  });

  test('one alone can be taken back', async () => {
    const sandbox = await sandboxed();
    const token = await signIn(sandbox, 'facebook');
    expect((await remove(sandbox, token, 'me/permissions/instagram_basic')).body).toEqual({ success: true });
    expect((await list(sandbox, token)).data).toContainEqual({ permission: 'instagram_basic', status: 'declined' });
    expect((await call(sandbox, `${GRAPH}/${sandbox.account.id}/media`, { token })).body.error.code).toBe(10);
    expect((await remove(sandbox, token, 'me/permissions/instagram_basic')).status).toBe(400);
  });

  test('are no endpoint of Instagram Login', async () => {
    const sandbox = await sandboxed();
    const token = sandbox.tokens.instagram;
    const path = 'graph.instagram.com/v25.0/me/permissions';
    expect((await call(sandbox, path, { token })).body.error.code).toBe(100);
    expect((await call(sandbox, path, { token, method: 'DELETE' })).body.error).toMatchObject({
      code: 100,
      type: 'IGApiException',
      message: 'Unsupported request - method type: delete',
    });
    expect((await call(sandbox, 'graph.instagram.com/v25.0/me', { token })).status).toBe(200);
  });
});

describe('a token without the permission', () => {
  const usual = ['instagram_basic', 'pages_show_list', 'pages_read_engagement'];
  const edges = ['media', 'stories', 'collaborative_media'];
  const notAllowed = '(#10) Application does not have permission for this action';
  const needsEngagement = expect.stringContaining("requires the 'pages_read_engagement' permission");

  test.each([
    ['instagram_basic', [...edges, ''], notAllowed],
    ['pages_read_engagement', ['stories', ''], needsEngagement],
  ])('%s is refused', async (scope, refused, message) => {
    const sandbox = await sandboxed({ posts: ours });
    const token = sandbox.issueToken({ flavour: 'facebook', scopes: usual.filter((name) => name !== scope) });
    for (const edge of refused) {
      const { status, body } = await call(sandbox, `${GRAPH}/${sandbox.account.id}/${edge}`, { token });
      expect([edge, status]).toEqual([edge, 403]);
      expect(body.error).toMatchObject({ type: 'OAuthException', code: 10, message });
    }
    expect((await call(sandbox, `${GRAPH}/${ours[0]?.id}`, { token })).status).toBe(403);
  });

  test('media can be listed with pages_show_list in place of pages_read_engagement, and with neither not', async () => {
    const sandbox = await sandboxed({ posts: ours });
    const listed = async (scopes: readonly string[]) => {
      const token = sandbox.issueToken({ flavour: 'facebook', scopes });
      return (await call(sandbox, `${GRAPH}/${sandbox.account.id}/media`, { token })).status;
    };
    expect(await listed(['instagram_basic', 'pages_show_list'])).toBe(200);
    expect(await listed(['instagram_basic', 'pages_read_engagement'])).toBe(200);
    expect(await listed(['instagram_basic'])).toBe(403);
  });

  test.each(['me', 'me/media', 'me/stories'])('Instagram Login refuses /%s', async (path) => {
    const sandbox = await sandboxed();
    const token = sandbox.issueToken({ flavour: 'instagram', scopes: ['instagram_business_manage_insights'] });
    const { status, body } = await call(sandbox, `graph.instagram.com/v25.0/${path}`, { token });
    expect(status).toBe(403);
    expect(body.error).toMatchObject({
      code: 10,
      type: 'IGApiException',
      message: 'Application does not have permission for this action',
    });
  });
});

test('graph.instagram.com does not serve an account that is no longer professional', async () => {
  const sandbox = await sandboxed({ accountType: 'PERSONAL' });
  for (const path of ['me?fields=user_id,account_type', 'me/media'])
    expect(
      (await call(sandbox, `graph.instagram.com/v25.0/${path}`, { token: sandbox.tokens.instagram })).body.error,
    ).toMatchObject({
      code: 100,
      type: 'IGApiException',
      message: 'Unsupported request - method type: get',
    });
});

test.each(['constructor', 'toString', '__proto__'])('there is no edge %s', async (edge) => {
  const sandbox = await sandboxed();
  const token = sandbox.tokens.facebook;
  expect((await call(sandbox, `${GRAPH}/${sandbox.account.id}/${edge}`, { token })).body.error.code).toBe(100);
});
