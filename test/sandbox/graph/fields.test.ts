import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../../src/sandbox/generate-posts.ts';
import { ask, mediaPath, useSandboxes, walk } from '../support.ts';

const sandboxed = useSandboxes();
const posts = generatePosts({ count: 60, childrenPerAlbum: 3 });
const ids = posts.map(({ id }) => id);

describe('fields', () => {
  const album = {
    id: '17900000000000001',
    mediaType: 'CAROUSEL_ALBUM',
    caption: 'Two',
    timestamp: '2020-01-02T03:04:05+0000',
    children: [
      { id: '17900000000000002', mediaType: 'VIDEO', caption: 'never shown' },
      { id: '17900000000000003', mediaType: 'IMAGE' },
    ],
  } as const;

  test('only what is asked for comes, and the id always', async () => {
    const sandbox = await sandboxed({ posts: [album] });
    const { body } = await ask(sandbox, mediaPath(sandbox, 'fields=caption,alt_text'));
    expect(body.data).toEqual([{ id: album.id, caption: 'Two' }]);
  });

  test('children without braces are ids; with braces they have their fields, but no caption, link or counts', async () => {
    const sandbox = await sandboxed({ posts: [album] });
    const bare = await ask(sandbox, mediaPath(sandbox, 'fields=children'));
    expect(bare.body.data[0].children).toEqual({ data: album.children.map(({ id }) => ({ id })) });
    const asked = 'children{id,media_type,timestamp,caption,permalink,like_count,owner{id},thumbnail_url}';
    const { body } = await ask(sandbox, mediaPath(sandbox, `fields=${asked}`));
    const [video, image] = body.data[0].children.data;
    expect(video).toEqual({
      id: '17900000000000002',
      media_type: 'VIDEO',
      timestamp: album.timestamp,
      owner: { id: sandbox.account.id },
      thumbnail_url: expect.stringContaining('/cdn/v/t51.36329-15/'),
    });
    expect(image).not.toHaveProperty('thumbnail_url');
  });

  test('a modifier limits an expanded edge', async () => {
    const sandbox = await sandboxed({ posts: [album] });
    const { body } = await ask(sandbox, mediaPath(sandbox, 'fields=children.limit(1){id}'));
    expect(body.data[0].children.data).toHaveLength(1);
  });

  test("an album's own media_url is its first child's file", async () => {
    const sandbox = await sandboxed({ posts: [album] });
    const { body } = await ask(sandbox, mediaPath(sandbox, 'fields=media_url,children{media_url}'));
    const [own, child] = [body.data[0].media_url, body.data[0].children.data[0].media_url].map(
      (url) => new URL(url).pathname,
    );
    expect(own).toBe(child);
    expect(own).toMatch(/\.mp4$/);
  });

  test('a URL that is missing is an absent key', async () => {
    const reel = { id: '17900000000000009', mediaType: 'VIDEO', productType: 'REELS', withoutMediaUrl: true } as const;
    const sandbox = await sandboxed({ posts: [reel] });
    const { body } = await ask(sandbox, mediaPath(sandbox, 'fields=media_url,thumbnail_url,permalink'));
    expect(Object.keys(body.data[0])).toEqual(['id', 'thumbnail_url', 'permalink']);
    expect(body.data[0].permalink).toMatch(/^https:\/\/www\.instagram\.com\/reel\/[\w-]+\/$/);
  });

  test('an unknown field refuses the call and is named', async () => {
    const sandbox = await sandboxed();
    const { status, body } = await ask(sandbox, mediaPath(sandbox, 'fields=id,children{id,shoe_size}'));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 100,
      message: '(#100) Tried accessing nonexisting field (shoe_size) on node type (ShadowIGMedia)',
    });
  });

  test('what Facebook Login alone has, Instagram Login refuses', async () => {
    const sandbox = await sandboxed();
    expect((await ask(sandbox, mediaPath(sandbox, 'fields=saved_count'))).status).toBe(200);
    const { body } = await ask(sandbox, mediaPath(sandbox, 'fields=saved_count'), 'instagram');
    expect(body.error.code).toBe(100);
  });

  test.each(['id,', 'children{id', 'a b', '{id}'])('fields=%s is a syntax error', async (fields) => {
    const sandbox = await sandboxed();
    expect((await ask(sandbox, mediaPath(sandbox, `fields=${encodeURIComponent(fields)}`))).body.error.code).toBe(2500);
  });

  test('extra fields are laid over the node as they are', async () => {
    const sandbox = await sandboxed({
      posts: [{ id: '1', mediaType: 'IMAGE', extra: { timestamp: 'tomorrow', media_url: 'file:///etc/passwd' } }],
    });
    expect((await walk(sandbox))[0]).toMatchObject({ timestamp: 'tomorrow', media_url: 'file:///etc/passwd' });
  });
});

describe('single items', () => {
  test('an item, a child and several in one call are read by id', async () => {
    const sandbox = await sandboxed({ posts });
    const album = posts.find(({ children }) => children);
    const child = album?.children?.[1]?.id;
    expect((await ask(sandbox, `/${child}?fields=media_type`)).body.id).toBe(child);
    expect((await ask(sandbox, `/${album?.id}/children?fields=media_url`)).body.data).toHaveLength(3);
    const many = await ask(sandbox, `/?ids=${child},${ids[0]}&fields=media_url`);
    expect(Object.keys(many.body).sort()).toEqual([child, ids[0]].sort());
  });

  test('an object that is not there answers 100/33', async () => {
    const sandbox = await sandboxed({ posts });
    const { status, body } = await ask(sandbox, '/17000000000000000?fields=media_url');
    expect({ status, ...body.error }).toMatchObject({
      status: 400,
      code: 100,
      error_subcode: 33,
      type: 'GraphMethodException',
    });
  });

  test('an unknown path answers an error of the Graph', async () => {
    const sandbox = await sandboxed();
    const response = await fetch(`${sandbox.url}/nowhere`);
    expect(await response.json()).toHaveProperty('error.code', 2500);
  });
});
