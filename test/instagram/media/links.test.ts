import { afterEach, expect, test } from 'vitest';
import { album, idOf, image, images, video } from '../../support/posts.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';

/** The call for the number of posts, at the end of a whole walk. */
const COUNT = 1;

let it: TestApp;
afterEach(() => it.close());

test('one page that is listed again renews all of its links', async () => {
  const posts = [...images(20), album(30), video(31)];
  it = await testApp({ posts, faults: [{ kind: 'expired', match: { endpoint: 'download' }, times: 1 }] });
  const { report } = await it.run({ concurrency: 4 });
  expect(report).toMatchObject({ downloaded: 24, failed: 0, apiCalls: 2 + COUNT });
  expect(it.sandbox.graphCalls()).toBe(2 + COUNT);
});

test('a link that was just listed is tried, however soon it says that it expires', async () => {
  it = await testApp({ posts: images(12), urlLifeSeconds: 30 });
  expect((await it.run()).report).toMatchObject({ downloaded: 12, failed: 0 });
  expect(it.sandbox.graphCalls()).toBe(1 + COUNT);
  expect(it.sandbox.mediaCalls()).toBe(12);
});

test('a link that says itself that it has expired is tried: the server decides', async () => {
  it = await testApp({ posts: images(2), urlLifeSeconds: -10 });
  const outcome = await it.run();
  expect(outcome.report).toMatchObject({ downloaded: 0, failed: 2 });
  expect(outcome.report.errorDetails[0]).toMatch(/expired \(HTTP 403\)/);
  expect(it.sandbox.graphCalls()).toBe(2 + COUNT);
  expect(it.sandbox.mediaCalls()).toBe(4);
});

test.each([
  ['two days ahead', 2 * 24 * 3600],
  ['a year ahead', 365 * 24 * 3600],
  ['a year behind', -365 * 24 * 3600],
])('a machine whose clock is %s downloads all files, with no call more', async (_, seconds) => {
  it = await testApp({
    posts: [...images(12), album(13), video(14)],
    urlLifeSeconds: 30 * 3600,
    clock: () => new Date(Date.now() + seconds * 1000),
  });
  expect((await it.run()).report).toMatchObject({ downloaded: 16, failed: 0 });
  expect(it.sandbox.graphCalls()).toBe(1 + COUNT);
});

test.each([400, -400])('a clock that is set by %s days while the run goes on costs no file', async (days) => {
  let ahead = 0;
  it = await testApp({
    posts: images(12),
    urlLifeSeconds: 30 * 3600,
    clock: () => new Date(Date.now() + ahead),
    sleep: async () => {
      ahead = days * 24 * 3600_000;
    },
    faults: [{ kind: 'status', status: 503, times: 1, match: { endpoint: 'download', ids: [idOf(12)] } }],
  });
  expect((await it.run({ concurrency: 1 })).report).toMatchObject({ downloaded: 12, failed: 0 });
  // Until Meta answers again, its time is reckoned by the clock that was set: that may cost one listing.
  expect(it.sandbox.graphCalls()).toBeLessThanOrEqual(2 + COUNT);
});

test('links that expire in a long run are renewed by one call for their page, and not tried before', async () => {
  let now = new Date('2026-11-20T10:00:00Z');
  const posts = images(8);
  it = await testApp({
    posts,
    urlLifeSeconds: 3600,
    now: () => now,
    sleep: async () => {
      now = new Date(now.getTime() + 2 * 3600_000);
    },
    faults: [{ kind: 'status', status: 503, times: 1, match: { endpoint: 'download', ids: [posts[0]?.id ?? ''] } }],
  });
  expect((await it.run({ concurrency: 1 })).report).toMatchObject({ downloaded: 8, failed: 0 });
  expect(it.sandbox.graphCalls()).toBe(2 + COUNT);
  const refused = it.sandbox.requests.filter(({ kind, status }) => kind === 'media' && status === 403);
  expect(refused).toHaveLength(1);
});

test('links that stay dead cost one listing, and fail as expired', async () => {
  it = await testApp({ posts: images(9), faults: [{ kind: 'expired', match: { endpoint: 'download' } }] });
  const outcome = await it.run();
  expect(outcome.report).toMatchObject({ downloaded: 0, failed: 9 });
  expect(outcome.report.errorDetails[0]).toMatch(/^Instagram media URL has expired \(HTTP 403\)/);
  expect(it.sandbox.graphCalls()).toBe(2 + COUNT);
});

test('a lone file that is gone is asked for alone, and the next one has the page listed again', async () => {
  const posts = images(6);
  it = await testApp({
    posts,
    faults: [
      { kind: 'status', status: 404, match: { endpoint: 'download', ids: [posts[1]?.id ?? '', posts[3]?.id ?? ''] } },
    ],
  });
  expect((await it.run({ concurrency: 1 })).report).toMatchObject({ downloaded: 4, failed: 2 });
  expect(it.sandbox.graphCalls()).toBe(3 + COUNT);
});

test('where the page cannot be listed again, each link is renewed alone', async () => {
  it = await testApp({
    posts: images(3),
    faults: [
      { kind: 'expired', match: { endpoint: 'download' }, times: 1 },
      { kind: 'error', code: 100, status: 400, match: { endpoint: 'media-edge', from: 2 } },
    ],
  });
  expect((await it.run()).report).toMatchObject({ downloaded: 3, failed: 0 });
});

test('a rate limit on the way to a fresh link stops the run', async () => {
  it = await testApp({
    posts: [image(1)],
    faults: [
      { kind: 'expired', match: { endpoint: 'download' }, times: 1 },
      { kind: 'rate-limit', match: { endpoint: 'media-edge', from: 2 } },
    ],
  });
  expect((await it.run()).stoppedBy?.name).toBe('RateLimitError');
});
