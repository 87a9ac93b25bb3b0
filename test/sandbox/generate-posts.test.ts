import { describe, expect, test } from 'vitest';
import { generatePosts } from '../../src/sandbox/generate-posts.ts';
import { useSandboxes } from './support.ts';

const sandboxed = useSandboxes();

describe('generated feeds', () => {
  test('are the same for the same input, and others for another seed', () => {
    const input = { count: 50, childrenPerAlbum: 3 };
    expect(generatePosts(input)).toEqual(generatePosts(input));
    const ids = (seed: number) => generatePosts({ ...input, seed }).map(({ id }) => id);
    expect(ids(1).filter((id) => ids(2).includes(id))).toEqual([]);
  });

  test('have distinct ids above 2^53 and distinct, falling times', () => {
    const posts = generatePosts({ count: 5_000 });
    const ids = posts.flatMap(({ id, children = [] }) => [id, ...children.map((child) => child.id)]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id.length === 17 && BigInt(id) > 2n ** 53n)).toBe(true);
    const times = posts.map(({ timestamp }) => Date.parse(timestamp ?? ''));
    expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
  });

  test('have as many albums and videos as asked for', () => {
    const posts = generatePosts({ count: 2_000, albumShare: 0.5, videoShare: 0, childrenPerAlbum: 7 });
    const albums = posts.filter(({ mediaType }) => mediaType === 'CAROUSEL_ALBUM');
    expect(albums.length / 2_000).toBeCloseTo(0.5, 1);
    expect(albums.every(({ children }) => children?.length === 7)).toBe(true);
    expect(posts.some(({ mediaType }) => mediaType === 'VIDEO')).toBe(false);
  });

  test('have files of the size asked for, each its own', async () => {
    const sandbox = await sandboxed({ posts: generatePosts({ count: 30, bytes: 150_000 }) });
    const items = sandbox.expectedItems();
    expect(new Set(items.map(({ size }) => size))).toEqual(new Set([150_000]));
    expect(new Set(items.map(({ sha256 }) => sha256)).size).toBe(items.length);
  });

  test('posts with the same media have the same bytes', async () => {
    const media = { seed: 'twin', width: 160, height: 160 };
    const twins = ['17900000000000001', '17900000000000002'].map((id) => ({ id, mediaType: 'IMAGE', media }));
    const [one, other] = (await sandboxed({ posts: twins })).expectedItems();
    expect(one?.sha256).toBe(other?.sha256);
  });
});
