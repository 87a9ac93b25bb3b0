import { expect, test } from 'vitest';
import { leaves, load, sha256, useSandboxes, walk } from '../support.ts';

const sandboxed = useSandboxes();
const IMAGE = { id: '17900000000000001', mediaType: 'IMAGE', media: { width: 320, height: 320 } } as const;
const VIDEO = {
  id: '17900000000000002',
  mediaType: 'VIDEO',
  media: { type: 'mp4', width: 96, height: 160, seconds: 1 },
} as const;

async function urls(options: Parameters<typeof sandboxed>[0] = {}) {
  const sandbox = await sandboxed({ posts: [IMAGE, VIDEO], ...options });
  const [image, video] = await walk(sandbox);
  return {
    sandbox,
    image: image.media_url as string,
    video: video.media_url as string,
    cover: video.thumbnail_url as string,
  };
}

test('every file of the feed is what was announced of it', async () => {
  const { sandbox } = await urls();
  const nodes = leaves(await walk(sandbox));
  for (const item of sandbox.expectedItems()) {
    const { bytes, headers, status } = await load(nodes.find(({ id }) => id === item.id).media_url);
    expect({ status, size: bytes.length, hash: sha256(bytes) }).toEqual({
      status: 200,
      size: item.size,
      hash: item.sha256,
    });
    expect(headers.get('content-length')).toBe(String(item.size));
    expect(headers.get('content-type')).toBe(item.kind === 'video' ? 'video/mp4' : 'image/jpeg');
  }
});

test('a URL is a new one at each read, and all of them lead to the same file', async () => {
  const { sandbox, image } = await urls();
  const [again] = await walk(sandbox);
  expect(again.media_url).not.toBe(image);
  expect((await load(again.media_url)).bytes).toEqual((await load(image)).bytes);
});

test('a URL says in hex when it ends, and then it is dead while a new one works', async () => {
  let time = Date.parse('2026-05-01T00:00:00Z');
  const { sandbox, image, video } = await urls({ now: () => new Date(time) });
  const endOf = (url: string) => Number.parseInt(new URL(url).searchParams.get('oe') ?? '', 16) * 1000 - time;
  expect([endOf(image), endOf(video)]).toEqual([4 * 24 * 3_600_000, 9 * 3_600_000]);

  time += 9 * 3_600_000;
  expect((await load(image)).status).toBe(200);
  const { status, headers, bytes } = await load(video);
  expect([status, headers.get('content-type'), bytes.toString()]).toEqual([403, 'text/plain', 'URL signature expired']);
  const [, fresh] = await walk(sandbox);
  expect((await load(fresh.media_url)).status).toBe(200);
});

test.each([
  ['stp', 'dst-jpg_s150x150'],
  ['oe', 'FFFFFFFF'],
  ['oh', '00_Afwrong'],
])('a changed %s is a bad hash', async (name, value) => {
  const url = new URL((await urls()).image);
  url.searchParams.set(name, value);
  const { status, bytes } = await load(url.href);
  expect([status, bytes.toString()]).toEqual([403, 'Bad URL hash']);
});

test('the routing number may be left out', async () => {
  const url = new URL((await urls()).image);
  url.searchParams.delete('_nc_rid');
  expect((await load(url.href)).status).toBe(200);
});

test.each([
  ['bytes=0-99', 0, 100],
  ['bytes=100-', 100, undefined],
  ['bytes=-50', -50, undefined],
  ['bytes=10-999999999', 10, undefined],
])('range %s is a part of the file', async (range, start, end) => {
  const { image } = await urls();
  const whole = (await load(image)).bytes;
  const { status, headers, bytes } = await load(image, { headers: { range } });
  expect(status).toBe(206);
  expect(bytes).toEqual(whole.subarray(start, end));
  const from = start < 0 ? whole.length + start : start;
  expect(headers.get('content-range')).toBe(`bytes ${from}-${from + bytes.length - 1}/${whole.length}`);
});

test('a range beyond the end is refused', async () => {
  const { image } = await urls();
  const { status, headers } = await load(image, { headers: { range: 'bytes=99999999-' } });
  expect(status).toBe(416);
  expect(headers.get('content-range')).toMatch(/^bytes \*\/\d+$/);
});

test('HEAD tells the length and sends nothing', async () => {
  const { sandbox, video } = await urls();
  const { status, headers, bytes } = await load(video, { method: 'HEAD' });
  expect([status, bytes.length, headers.get('content-length')]).toEqual([
    200,
    0,
    String(sandbox.expectedItems()[1]?.size),
  ]);
});

test('the cover of a video is a picture of its own', async () => {
  const { cover } = await urls();
  const { headers, bytes } = await load(cover);
  expect(headers.get('content-type')).toBe('image/jpeg');
  expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
});

test('a token sent where none is wanted is noticed', async () => {
  const { sandbox, image, cover } = await urls();
  sandbox.resetRequests();
  await load(image, { headers: { authorization: 'Bearer oops' } });
  await load(cover);
  expect(sandbox.requests).toMatchObject([
    { kind: 'media', mediaId: IMAGE.id, cover: false, authorization: true, status: 200 },
    { kind: 'media', mediaId: VIDEO.id, cover: true, authorization: false, status: 200 },
  ]);
  expect(sandbox.mediaCalls()).toBe(2);
});

test('a file of a gigabyte is sent by the piece', async () => {
  const posts = [{ ...VIDEO, media: { ...VIDEO.media, bytes: 2 ** 30 } }];
  const sandbox = await sandboxed({ posts });
  const [node] = await walk(sandbox);
  const { bytes, headers } = await load(node.media_url, { headers: { range: 'bytes=1073741800-' } });
  expect(bytes.length).toBe(24);
  expect(headers.get('content-range')).toBe('bytes 1073741800-1073741823/1073741824');
  const response = await fetch(node.media_url);
  let received = 0;
  for await (const chunk of response.body ?? []) {
    received += chunk.length;
    if (received > 2 ** 24) break;
  }
  expect(received).toBeGreaterThan(2 ** 24);
});
