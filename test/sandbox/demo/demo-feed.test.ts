import { describe, expect, test } from 'vitest';
import { demoPosts, demoStories } from '../../../src/sandbox/demo/demo-feed.ts';
import { ask, leaves, load, useSandboxes, walk } from '../support.ts';

const sandboxed = useSandboxes();
const NOW = new Date('2026-11-20T13:37:00Z');

describe('the demo', () => {
  test('shows ten years of everything that an account posts', () => {
    const posts = demoPosts();
    const of = (type: string) => posts.filter(({ mediaType }) => mediaType === type);
    expect(posts.length).toBeGreaterThanOrEqual(70);
    expect(posts.at(-1)?.timestamp).toMatch(/^2016/);
    expect([...new Set(of('CAROUSEL_ALBUM').map(({ children }) => children?.length))].sort()).toEqual([
      10, 2, 20, 3, 5,
    ]);
    expect(of('VIDEO').some(({ productType }) => productType === 'REELS')).toBe(true);
    expect(of('VIDEO').some(({ productType }) => productType === 'FEED')).toBe(true);
    expect(posts.filter(({ isSharedToFeed }) => isSharedToFeed === false)).toHaveLength(1);
    expect(posts.some(({ caption }) => caption === undefined)).toBe(true);
  });

  test('is newest first but for what is pinned, each post with an id of 17 digits', () => {
    const posts = demoPosts();
    const times = posts.map(({ timestamp }) => timestamp ?? '');
    expect(times).toEqual([...times].sort().reverse());
    const ids = posts.flatMap(({ id, children = [] }) => [id, ...children.map((child) => child.id)]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^1[78]\d{15}$/.test(id))).toEqual([]);
  });

  test('is available as a whole, no two files alike, and the same at every start', async () => {
    const sandboxes = [await sandboxed({ now: () => NOW }), await sandboxed({ now: () => NOW })];
    const [one, other] = await Promise.all(
      sandboxes.map(async (sandbox) => {
        const files = leaves(await walk(sandbox)).map(async ({ id, media_url }) => [
          id,
          (await load(media_url)).bytes.length,
        ]);
        return { files: await Promise.all(files), expected: sandbox.expectedItems().map(({ id, size }) => [id, size]) };
      }),
    );
    expect(one?.files).toEqual(one?.expected);
    expect(other?.files).toEqual(one?.files);
    const hashes = sandboxes.map((sandbox) => sandbox.expectedItems().map(({ sha256 }) => sha256));
    expect(hashes[1]).toEqual(hashes[0]);
    expect(new Set(hashes[0]).size).toBe(hashes[0]?.length);
    const total = sandboxes[0]?.expectedItems().reduce((sum, { size }) => sum + size, 0);
    expect(total).toBeLessThan(30_000_000);
  });
});

describe('stories', () => {
  test('are those of the last 24 hours, pictures and videos', async () => {
    const sandbox = await sandboxed({ now: () => NOW });
    const { body } = await ask(
      sandbox,
      `/${sandbox.account.id}/stories?fields=media_type,timestamp,media_product_type,media_url,permalink`,
    );
    expect(body.data).toHaveLength(3);
    for (const { timestamp, media_url } of body.data) {
      expect(NOW.getTime() - Date.parse(timestamp)).toBeLessThan(24 * 3_600_000);
      expect((await load(media_url)).status).toBe(200);
    }
    expect(new Set(body.data.map(({ media_type }: { media_type: string }) => media_type))).toEqual(
      new Set(['IMAGE', 'VIDEO']),
    );
    expect(sandbox.expectedStories().map(({ id }) => id)).toEqual(body.data.map(({ id }: { id: string }) => id));
  });

  test('keep their ids while they live', () => {
    const idsAt = (hours: number) => demoStories(new Date(NOW.getTime() + hours * 3_600_000)).map(({ id }) => id);
    expect(idsAt(1)).toEqual(idsAt(0));
    expect(idsAt(8).slice(1)).toEqual(idsAt(0).slice(0, 2));
    expect(idsAt(24).filter((id) => idsAt(0).includes(id))).toEqual([]);
  });

  test('are gone after a day', async () => {
    let time = NOW.getTime();
    const sandbox = await sandboxed({ now: () => new Date(time) });
    const id = sandbox.expectedStories()[0]?.id;
    expect((await ask(sandbox, `/${id}?fields=media_url`)).status).toBe(200);
    time += 24 * 3_600_000;
    expect((await ask(sandbox, `/${id}?fields=media_url`)).body.error).toMatchObject({ code: 100, error_subcode: 33 });
  });
});
