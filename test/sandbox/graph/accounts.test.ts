import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../../src/sandbox/generate-posts.ts';
import { ask, mediaPath, useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const posts = generatePosts({ count: 60, childrenPerAlbum: 3 });
const ids = posts.map(({ id }) => id);

describe('accounts and tokens', () => {
  test('the token opens by header and by query', async () => {
    const sandbox = await sandboxed({ posts });
    const url = `${sandbox.facebookBaseUrl}/${sandbox.account.id}/media`;
    expect((await fetch(`${url}?access_token=${sandbox.tokens.facebook}`)).status).toBe(200);
    expect((await fetch(url, { headers: { authorization: `Bearer ${sandbox.tokens.facebook}` } })).status).toBe(200);
    expect((await fetch(url)).status).toBe(400);
  });

  test("the other flavour's token cannot be parsed", async () => {
    const sandbox = await sandboxed();
    const response = await fetch(`${sandbox.facebookBaseUrl}/me?access_token=${sandbox.tokens.instagram}`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: { code: 190, message: 'Invalid OAuth access token - Cannot parse access token' },
    });
  });

  test('after a password change every token is dead', async () => {
    const sandbox = await sandboxed();
    sandbox.revokeToken();
    expect((await ask(sandbox, mediaPath(sandbox))).body.error).toMatchObject({ code: 190, error_subcode: 460 });
  });

  test('tokens are the same at every start', async () => {
    expect((await sandboxed()).tokens).toEqual((await sandboxed()).tokens);
  });

  test('Facebook Login finds the account by its Page, Instagram Login by /me', async () => {
    const sandbox = await sandboxed({ posts });
    const pages = await ask(
      sandbox,
      '/me/accounts?fields=id,name,access_token,instagram_business_account{id,username}',
    );
    expect(pages.body.data[0].instagram_business_account).toEqual({
      id: sandbox.account.id,
      username: sandbox.account.username,
    });
    const me = await ask(sandbox, '/me?fields=id,user_id,username,account_type,media_count', 'instagram');
    expect(me.body).toEqual({
      id: sandbox.account.appScopedId,
      user_id: sandbox.account.id,
      username: sandbox.account.username,
      account_type: 'BUSINESS',
      media_count: 60,
    });
    const own = await ask(sandbox, '/me/media?limit=2', 'instagram');
    expect(own.body.data).toHaveLength(2);
    expect(own.body.paging.next).toContain(`/graph.instagram.com/v25.0/${sandbox.account.id}/media?`);
  });

  test('the account shows its media by field expansion', async () => {
    const sandbox = await sandboxed({ posts });
    const { body } = await ask(sandbox, `/${sandbox.account.id}?fields=username,media.limit(3){id,media_type}`);
    expect(body.media.data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 3));
  });

  test('collaborations are an edge of Facebook Login alone', async () => {
    const collaborations = [{ id: '17955555555555555', mediaType: 'IMAGE' }];
    const sandbox = await sandboxed({ collaborations });
    const path = `/${sandbox.account.id}/collaborative_media`;
    expect((await ask(sandbox, path)).body.data).toEqual([{ id: '17955555555555555' }]);
    expect((await ask(sandbox, path, 'instagram')).status).toBe(400);
  });
});

describe('limits', () => {
  test('usage headers come after the first calls, and count each id', async () => {
    const sandbox = await sandboxed({ posts, callBudget: 100, usageHeadersAfter: 2 });
    expect((await ask(sandbox, mediaPath(sandbox))).headers.has('x-app-usage')).toBe(false);
    const { headers } = await ask(sandbox, `/?ids=${ids.slice(0, 30).join(',')}`);
    expect(JSON.parse(headers.get('x-app-usage') ?? '')).toMatchObject({ call_count: 31 });
    const business = JSON.parse(headers.get('x-business-use-case-usage') ?? '');
    expect(business[sandbox.account.id]).toEqual([
      { type: 'instagram', call_count: 31, total_time: 28, total_cputime: 25, estimated_time_to_regain_access: 0 },
    ]);
  });

  test('beyond the budget calls answer 80002 until the window ends', async () => {
    let time = Date.parse('2026-05-01T00:00:00Z');
    const sandbox = await sandboxed({
      posts,
      callBudget: 2,
      callWindowSeconds: 3600,
      usageHeadersAfter: 0,
      now: () => new Date(time),
    });
    for (const status of [200, 200, 400]) expect((await ask(sandbox, mediaPath(sandbox))).status).toBe(status);
    time += 20 * 60_000;
    const { body, headers } = await ask(sandbox, mediaPath(sandbox));
    expect(body.error.code).toBe(80002);
    const business = JSON.parse(headers.get('x-business-use-case-usage') ?? '');
    expect(business[sandbox.account.id][0].estimated_time_to_regain_access).toBe(40);
    time += 41 * 60_000;
    expect((await ask(sandbox, mediaPath(sandbox))).status).toBe(200);
  });
});

test('requests are recorded without their token', async () => {
  const sandbox = await sandboxed({ posts });
  await fetch(
    `${sandbox.facebookBaseUrl}/v25.0/${sandbox.account.id}/media?limit=3&access_token=${sandbox.tokens.facebook}`,
  );
  expect(sandbox.requests).toMatchObject([
    {
      kind: 'graph',
      flavour: 'facebook',
      method: 'GET',
      version: 'v25.0',
      path: `/${sandbox.account.id}/media`,
      query: { limit: '3' },
      authorization: false,
      status: 200,
    },
  ]);
  expect(JSON.stringify(sandbox.requests)).not.toContain(sandbox.tokens.facebook);
  sandbox.resetRequests();
  expect(sandbox.graphCalls()).toBe(0);
});
