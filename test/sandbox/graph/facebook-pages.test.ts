import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../../src/sandbox/generate-posts.ts';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import { call, signIn } from '../browser.ts';
import { useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const GRAPH = 'graph.facebook.com/v25.0';
const WITH_ACCOUNT = 'fields=id,name,access_token,tasks,instagram_business_account{id,username}';
const other = { id: '17841400000000009', appScopedId: '7000000000000009', username: 'other.example', name: 'Other' };
const ours = generatePosts({ count: 12 });
const theirs = [{ id: '18000000000000009', mediaType: 'IMAGE', caption: 'Theirs' }];

const PAGES = [
  { id: '101', name: 'Studio', instagram: 'own', tasks: ['MANAGE', 'CREATE_CONTENT'] },
  { id: '102', name: 'Without' },
  { id: '103', name: 'Of a business', isOwnedByBusiness: true, instagram: { account: other, posts: theirs } },
] as const;

const paged = (options = {}) => sandboxed({ posts: ours, pages: PAGES, ...options });
const pagesOf = async (sandbox: Sandbox, token: string, query = WITH_ACCOUNT) =>
  (await call(sandbox, `${GRAPH}/me/accounts?${query}`, { token })).body;
const withAll = (sandbox: Sandbox) => signIn(sandbox, 'facebook');

describe('/me/accounts', () => {
  test('lists Pages with an Instagram account and without one', async () => {
    const sandbox = await paged();
    const { data } = await pagesOf(sandbox, await withAll(sandbox));
    const { id, username } = sandbox.account;
    expect(data.map(({ access_token, ...page }: { access_token: string }) => page)).toEqual([
      { id: '101', name: 'Studio', tasks: ['MANAGE', 'CREATE_CONTENT'], instagram_business_account: { id, username } },
      { id: '102', name: 'Without', tasks: expect.arrayContaining(['MANAGE']) },
      {
        id: '103',
        name: 'Of a business',
        tasks: expect.anything(),
        instagram_business_account: { id: other.id, username: other.username },
      },
    ]);
    expect(new Set(data.map((page: { access_token: string }) => page.access_token)).size).toBe(3);
  });

  test.each([
    ['business_management', ['101', '102']],
    ['pages_show_list', []],
    ['pages_read_engagement', ['101', '102', '103']],
  ])('without %s it leaves out what that shows, and says nothing', async (declined, ids) => {
    const sandbox = await paged();
    const { data } = await pagesOf(sandbox, await signIn(sandbox, 'facebook', { untick: [declined] }));
    expect(data.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  test('without instagram_basic no account is seen behind a Page', async () => {
    const sandbox = await paged();
    const { data } = await pagesOf(sandbox, await signIn(sandbox, 'facebook', { untick: ['instagram_basic'] }));
    expect(data).toHaveLength(3);
    expect(JSON.stringify(data)).not.toContain('instagram_business_account');
  });

  test('a personal account is linked to no Page', async () => {
    const sandbox = await paged({ accountType: 'PERSONAL' });
    const token = await withAll(sandbox);
    expect((await pagesOf(sandbox, token)).data[0]).not.toHaveProperty('instagram_business_account');
    expect((await call(sandbox, `${GRAPH}/${sandbox.account.id}/media`, { token })).body.error).toMatchObject({
      code: 100,
      error_subcode: 33,
    });
  });

  test('comes in pages', async () => {
    const sandbox = await paged();
    const token = await withAll(sandbox);
    const seen: string[] = [];
    const first = await pagesOf(sandbox, token, 'fields=id&limit=2');
    expect(first.paging).not.toHaveProperty('previous');
    for (let page = first; ; ) {
      seen.push(...page.data.map(({ id }: { id: string }) => id));
      if (!page.paging.next) {
        expect(page.paging.previous).toContain('before=');
        break;
      }
      page = await (await fetch(page.paging.next)).json();
    }
    expect(seen).toEqual(['101', '102', '103']);
    expect((await pagesOf(sandbox, token, `limit=2&before=${first.paging.cursors.after}`)).data).toHaveLength(1);
    expect((await pagesOf(sandbox, token, 'after=nowhere')).error.code).toBe(2642);
  });
});

describe('a Page token', () => {
  const tokenOf = async (sandbox: Sandbox, user: string, page = '101') =>
    (await call(sandbox, `${GRAPH}/${page}?fields=access_token`, { token: user })).body.access_token;

  test('of a long-lived user token never ends; of a short-lived one it ends with that', async () => {
    let time = Date.parse('2026-05-01T00:00:00Z');
    const sandbox = await paged({ now: () => new Date(time) });
    const short = await withAll(sandbox);
    const long = sandbox.issueToken({ flavour: 'facebook' });
    const [ofShort, ofLong] = [await tokenOf(sandbox, short), await tokenOf(sandbox, long)];
    time += 2 * 3600 * 1000 - 1000;
    expect((await call(sandbox, `${GRAPH}/me`, { token: ofShort })).status).toBe(200);
    time += 1000;
    expect((await call(sandbox, `${GRAPH}/me`, { token: ofShort })).body.error).toMatchObject({ error_subcode: 463 });
    time += 1000 * 24 * 3600 * 1000;
    expect((await call(sandbox, `${GRAPH}/me`, { token: ofLong })).body).toEqual({ id: '101' });
  });

  test('is the same at each call, and for the first Page of the start at each start', async () => {
    const tokens: string[] = [];
    for (const sandbox of [await sandboxed(), await sandboxed()])
      for (let i = 0; i < 2; i++) tokens.push((await pagesOf(sandbox, sandbox.tokens.facebook)).data[0].access_token);
    expect(new Set(tokens).size).toBe(1);
    const fresh = await sandboxed();
    expect((await call(fresh, `${GRAPH}/me`, { token: tokens[0] ?? '' })).status).toBe(200);
  });

  test('reads the account behind its Page, and no other', async () => {
    const sandbox = await paged();
    const token = await tokenOf(sandbox, await withAll(sandbox));
    expect((await call(sandbox, `${GRAPH}/${sandbox.account.id}/media`, { token })).status).toBe(200);
    expect((await call(sandbox, `${GRAPH}/${other.id}/media`, { token })).status).toBe(400);
    expect((await call(sandbox, `${GRAPH}/me/accounts`, { token })).body.error.code).toBe(100);
  });

  test('is dead with the app', async () => {
    const sandbox = await paged();
    const user = await withAll(sandbox);
    const token = await tokenOf(sandbox, user);
    await call(sandbox, `${GRAPH}/me/permissions`, { token: user, method: 'DELETE' });
    expect((await call(sandbox, `${GRAPH}/me`, { token })).body.error).toMatchObject({ code: 190, error_subcode: 458 });
  });
});

test('each account has a feed of its own', async () => {
  const sandbox = await paged();
  const token = await withAll(sandbox);
  const feed = async (id: string) =>
    (await call(sandbox, `${GRAPH}/${id}/media?fields=id,username`, { token })).body.data;
  expect(await feed(other.id)).toEqual([{ id: '18000000000000009', username: 'other.example' }]);
  expect((await feed(sandbox.account.id)).map(({ id }: { id: string }) => id)).toEqual(ours.map(({ id }) => id));
  const node = await call(sandbox, `${GRAPH}/18000000000000009?fields=caption,owner`, { token });
  expect(node.body).toEqual({ id: '18000000000000009', caption: 'Theirs', owner: { id: other.id } });
  const many = await call(sandbox, `${GRAPH}/?ids=18000000000000009,${ours[0]?.id},${other.id}&fields=username`, {
    token,
  });
  expect(Object.values(many.body).map((one) => (one as { username: string }).username)).toEqual([
    'other.example',
    sandbox.account.username,
    'other.example',
  ]);
});

test.each([
  [[], 400],
  [['ads_read'], 200],
  [['ads_management'], 200],
  [['business_management'], 200],
])("the account of a business's Page is read with %o besides: %i", async (more, expected) => {
  const sandbox = await paged();
  const scopes = ['instagram_basic', 'pages_show_list', 'pages_read_engagement', ...more];
  const token = sandbox.issueToken({ flavour: 'facebook', scopes });
  const { status, body } = await call(sandbox, `${GRAPH}/${other.id}/media`, { token });
  expect(status).toBe(expected);
  if (expected === 400) expect(body.error).toMatchObject({ code: 100, error_subcode: 33 });
  expect((await call(sandbox, `${GRAPH}/${sandbox.account.id}/media`, { token })).status).toBe(200);
});
