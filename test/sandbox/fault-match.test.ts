import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../src/sandbox/generate-posts.ts';
import type { Fault, Sandbox } from '../../src/sandbox/server.ts';
import { ask, leaves, load, mediaPath, useSandboxes, walk } from './support.ts';

const sandboxed = useSandboxes();
const posts = generatePosts({ count: 40, childrenPerAlbum: 3, videoShare: 0.3 });
const video = { id: '17900000000000002', mediaType: 'VIDEO', media: { type: 'mp4', width: 96, height: 160 } } as const;

describe('whom a fault faultPlan', () => {
  const statuses = async (sandbox: Sandbox) => {
    const nodes = leaves(await walk(sandbox));
    return Promise.all(
      nodes.map(async ({ id, media_url }) => ({ id: id as string, ok: (await load(media_url)).status === 200 })),
    );
  };

  test('the media ids it names', async () => {
    const single = generatePosts({ count: 10, albumShare: 0 });
    const chosen = single.slice(3, 5).map(({ id }) => id);
    const match = { endpoint: 'download', ids: chosen } as const;
    const sandbox = await sandboxed({ posts: single, faults: [{ kind: 'status', status: 404, match }] });
    expect((await statuses(sandbox)).filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(chosen);
  });

  test('a share of all items, the same at each start, and each as often as told', async () => {
    const faults: Fault[] = [{ kind: 'status', status: 500, times: 1, match: { endpoint: 'download', share: 0.3 } }];
    const [one, other] = [await sandboxed({ posts, faults }), await sandboxed({ posts, faults })];
    const failed = (await statuses(one)).filter(({ ok }) => !ok).map(({ id }) => id);
    expect(failed.length).toBeGreaterThan(5);
    expect(failed.length).toBeLessThan(one.expectedItems().length / 2);
    expect((await statuses(other)).filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(failed);
    expect((await statuses(one)).every(({ ok }) => ok)).toBe(true);
  });

  test('covers apart from files', async () => {
    const sandbox = await sandboxed({
      posts: [video],
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'cover' } }],
    });
    const [node] = await walk(sandbox);
    expect([(await load(node.media_url)).status, (await load(node.thumbnail_url)).status]).toEqual([200, 404]);
  });

  test('the how-manieth call, or all from one on', async () => {
    const error: Fault = { kind: 'error', match: { endpoint: 'media-edge', nth: [1, 3] } };
    const sandbox = await sandboxed({ posts, faults: [error] });
    const read = async () => (await ask(sandbox, mediaPath(sandbox))).status;
    expect([await read(), await read(), await read(), await read()]).toEqual([500, 200, 500, 200]);
    sandbox.setFaults([{ kind: 'error', match: { endpoint: 'media-edge', from: 2 } }]);
    expect([await read(), await read(), await read()]).toEqual([200, 500, 500]);
  });

  test('one flavour', async () => {
    const sandbox = await sandboxed({
      posts,
      faults: [{ kind: 'refuse-field', field: 'media_product_type', match: { flavour: 'instagram' } }],
    });
    const path = mediaPath(sandbox, 'fields=id,media_product_type');
    expect((await ask(sandbox, path)).status).toBe(200);
    const { body } = await ask(sandbox, path, 'instagram');
    expect(body.error).toMatchObject({ code: 100, message: expect.stringContaining('(media_product_type)') });
  });
});
