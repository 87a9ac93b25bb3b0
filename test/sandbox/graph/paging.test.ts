import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../../src/sandbox/generate-posts.ts';
import { ask, mediaPath, useSandboxes, walk } from '../support.ts';

const sandboxed = useSandboxes();
const posts = generatePosts({ count: 60, childrenPerAlbum: 3 });
const ids = posts.map(({ id }) => id);

describe('paging', () => {
  test.each([1, 7, 25, 60, 100])('pages of %i yield every post once and in order', async (limit) => {
    const sandbox = await sandboxed({ posts });
    const nodes = await walk(sandbox, `fields=id&limit=${limit}`);
    expect(nodes.map(({ id }) => id)).toEqual(ids);
    expect(sandbox.graphCalls()).toBe(Math.ceil(60 / limit));
  });

  test('a page has 25 posts unless told otherwise, and 100 at most', async () => {
    const sandbox = await sandboxed({ posts: generatePosts({ count: 130 }) });
    expect((await ask(sandbox, mediaPath(sandbox, ''))).body.data).toHaveLength(25);
    expect((await ask(sandbox, mediaPath(sandbox, 'limit=500'))).body.data).toHaveLength(100);
  });

  test('next contains the token, fields, limit and version, and is absent on the last page', async () => {
    const sandbox = await sandboxed({ posts });
    const { body } = await ask(sandbox, mediaPath(sandbox, 'fields=id,caption&limit=40'));
    const next = new URL(body.paging.next);
    expect(next.pathname).toBe(`/graph.facebook.com/v25.0/${sandbox.account.id}/media`);
    expect(Object.fromEntries(next.searchParams)).toEqual({
      access_token: sandbox.tokens.facebook,
      pretty: '0',
      fields: 'id,caption',
      limit: '40',
      after: body.paging.cursors.after,
    });
    const last = await ask(sandbox, mediaPath(sandbox, `limit=40&after=${body.paging.cursors.after}`));
    expect(last.body.paging.next).toBeUndefined();
    expect(last.body.paging.cursors.after).toMatch(/^QVFIU/);
    expect(last.body.paging.previous).toContain('before=');
  });

  test('before leads back to the page before', async () => {
    const sandbox = await sandboxed({ posts });
    const second = await ask(sandbox, mediaPath(sandbox, `limit=10&after=${await cursorAfter(10)}`));
    const first = await ask(sandbox, mediaPath(sandbox, `limit=10&before=${second.body.paging.cursors.before}`));
    expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 10));

    async function cursorAfter(count: number) {
      return (await ask(sandbox, mediaPath(sandbox, `limit=${count}`))).body.paging.cursors.after;
    }
  });

  test('an account without posts answers an empty list without paging', async () => {
    const sandbox = await sandboxed({ posts: [] });
    expect((await ask(sandbox, mediaPath(sandbox))).body).toEqual({ data: [] });
  });

  test('a cursor dies with its post', async () => {
    const sandbox = await sandboxed({ posts });
    const { body } = await ask(sandbox, mediaPath(sandbox, 'limit=10'));
    sandbox.remove(ids[9] ?? '');
    const after = await ask(sandbox, mediaPath(sandbox, `limit=10&after=${body.paging.cursors.after}`));
    expect(after.body.error.message).toBe('(#2642) Invalid cursors values');
  });

  test('a post published during the walk shifts no page, and stands at the top of the next walk', async () => {
    const sandbox = await sandboxed({ posts });
    const { body } = await ask(sandbox, mediaPath(sandbox, 'limit=10'));
    sandbox.publish({ id: '18999999999999999', mediaType: 'IMAGE' });
    const second = await ask(sandbox, mediaPath(sandbox, `limit=10&after=${body.paging.cursors.after}`));
    expect(second.body.data[0].id).toBe(ids[10]);
    expect((await walk(sandbox, 'limit=100'))[0].id).toBe('18999999999999999');
  });

  test('a pinned post comes first', async () => {
    const [first, ...others] = posts;
    const pinned = others.at(-1);
    if (!first || !pinned) throw new Error('no posts');
    const sandbox = await sandboxed({ posts: [first, ...others.slice(0, -1), { ...pinned, pinned: true }] });
    expect((await walk(sandbox, 'limit=100'))[0].id).toBe(pinned.id);
  });

  test('since and until narrow the feed', async () => {
    const sandbox = await sandboxed({ posts });
    const [since, until] = [posts[40]?.timestamp ?? '', posts[20]?.timestamp ?? ''].map(
      (text) => Date.parse(text) / 1000,
    );
    const nodes = await walk(sandbox, `since=${since}&until=${until}&limit=100`);
    expect(nodes.map(({ id }) => id)).toEqual(ids.slice(20, 41));
  });

  test('no more than the newest 10,000 posts are listed, though the account says how many it has', async () => {
    const many = Array.from({ length: 10_004 }, (_, i) => ({
      id: String(18_000_000_000_000_000n - BigInt(i)),
      mediaType: 'IMAGE',
    }));
    const sandbox = await sandboxed({ posts: many });
    expect(await walk(sandbox, 'fields=id&limit=100')).toHaveLength(10_000);
    const account = await ask(sandbox, `/${sandbox.account.id}?fields=media_count`);
    expect(account.body).toEqual({ id: sandbox.account.id, media_count: 10_004 });
  });
});
