import { afterEach, expect, test } from 'vitest';
import { generatePosts } from '../../src/sandbox/generate-posts.ts';
import { album, childId, idOf, image, images } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const calls = async (run: () => Promise<unknown>) => {
  world.sandbox.resetRequests();
  await run();
  return world.sandbox.graphCalls();
};

/** A first whole run asks how many posts there are. */
const COUNT = 1;

test('over a complete past with nothing new it makes one call', async () => {
  world = await testApp({ posts: images(25), maxPageSize: 5 });
  await world.run();
  expect(await calls(() => world.run({ incremental: true }))).toBe(1);
});

test('a thousand posts, a quarter of them albums, take ten pages and one count; then ten pages; then one call', async () => {
  world = await testApp({
    posts: generatePosts({ count: 1000, albumShare: 0.25, childrenPerAlbum: 2, videoShare: 0 }),
  });
  expect(await calls(() => world.run())).toBe(11);
  expect(await calls(() => world.run())).toBe(10);
  expect(await calls(() => world.run({ incremental: true }))).toBe(1);
});

test.each([
  ['the first page is refused as too much', { maxLimit: 50, times: 1 }, 12 + COUNT],
  ['pages of more than 80 posts are refused', { maxLimit: 80 }, 17 + COUNT],
])('where %s, a thousand posts take little more', async (_, refusal, expected) => {
  world = await testApp({
    posts: generatePosts({ count: 1000, albumShare: 0, videoShare: 0 }),
    faults: [{ kind: 'reduce-data', ...refusal }],
  });
  expect(await calls(() => world.run())).toBe(expected);
});

test('new posts are brought, and the walk ends where the complete past begins', async () => {
  world = await testApp({ posts: images(25), maxPageSize: 5 });
  await world.run();
  for (const day of [26, 27, 28]) world.sandbox.publish(image(day));
  let outcome: Awaited<ReturnType<TestApp['run']>> | undefined;
  const made = await calls(async () => {
    outcome = await world.run({ incremental: true });
  });
  expect(outcome?.report).toMatchObject({ downloaded: 3, failed: 0 });
  expect(made).toBe(2);
  expect(await calls(() => world.run({ incremental: true }))).toBe(1);
});

test('without a complete past it walks to the end', async () => {
  world = await testApp({ posts: images(25), maxPageSize: 5 });
  await world.run({ limit: 8 });
  const { report } = await world.run({ incremental: true });
  expect(report).toMatchObject({ downloaded: 17, skippedDuplicate: 8, pages: 5 });
});

test('known posts at the top never hide a hole below', async () => {
  world = await testApp({
    posts: images(40),
    maxPageSize: 5,
    faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [idOf(3)] } }],
  });
  expect((await world.run()).report).toMatchObject({ downloaded: 39, failed: 1 });
  world.sandbox.setFaults([]);
  expect((await world.run({ incremental: true })).report).toMatchObject({ downloaded: 1, failed: 0 });
  expect(await calls(() => world.run({ incremental: true }))).toBe(1);
});

test('a missing child of an album is a hole', async () => {
  world = await testApp({
    posts: [...images(12).slice(0, 6), album(5, 3), ...images(4)],
    maxPageSize: 4,
    faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [childId(5, 2)] } }],
  });
  await world.run();
  world.sandbox.setFaults([]);
  expect((await world.run({ incremental: true })).report.downloaded).toBe(1);
});

test('an item that Instagram withholds does not keep every run walking', async () => {
  world = await testApp({
    posts: [...images(20).slice(0, 15), image(5, { withoutMediaUrl: true }), ...images(4)],
    maxPageSize: 5,
  });
  expect((await world.run()).report.failed).toBe(1);
  expect(await calls(() => world.run({ incremental: true }))).toBe(1);
});

test('runs that were cut short add up to a complete past', async () => {
  world = await testApp({ posts: images(30), maxPageSize: 5 });
  while ((await world.run({ limit: 7 })).report.downloaded > 0);
  expect(await calls(() => world.run({ incremental: true }))).toBe(1);
});

test('a run with --since leaves the older past open', async () => {
  world = await testApp({ posts: images(30), maxPageSize: 5 });
  await world.run({ since: new Date('2026-01-20T00:00:00Z') });
  expect((await world.run({ incremental: true })).report.downloaded).toBe(19);
});

test('a dry run proves nothing', async () => {
  world = await testApp({ posts: images(12), maxPageSize: 5 });
  await world.run({ dryRun: true });
  expect((await world.run({ incremental: true })).report.downloaded).toBe(12);
});

test('pinned older posts at the top do not end it', async () => {
  const pinned = [1, 2, 3].map((day) => image(day, { pinned: true }));
  world = await testApp({ posts: [...images(15).slice(0, 12), ...pinned], maxPageSize: 3 });
  await world.run();
  world.sandbox.publish(image(16));
  expect((await world.run({ incremental: true })).report.downloaded).toBe(1);
});

test('posts that come one by one are found on the smallest pages too', async () => {
  world = await testApp({ posts: images(8), maxPageSize: 1 });
  await world.run();
  for (let day = 9; day < 14; day += 1) {
    world.sandbox.publish(image(day));
    expect((await world.run({ incremental: true })).report.downloaded).toBe(1);
  }
  expect(await world.files()).toHaveLength(13);
});
