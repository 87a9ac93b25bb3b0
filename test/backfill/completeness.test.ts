import { afterEach, expect, test } from 'vitest';
import { completenessLine } from '../../src/cli/completeness-line.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const withheld = (ids: readonly string[]) =>
  ({ kind: 'raw-fields', fields: { media_url: undefined, thumbnail_url: undefined }, match: { ids } }) as const;
const gone = (ids: readonly string[]) =>
  ({ kind: 'status', status: 404, match: { endpoint: 'download', ids } }) as const;

eachDatabase(({ create }) => {
  test('at the end of a whole walk, each post is complete, partial or missing, with the reasons', async () => {
    world = await testApp({
      database: await create(),
      posts: [image(9), album(8, 3), video(7), image(6), image(5, { mediaType: 'HOLOGRAM' as never }), video(4)],
      mediaCount: 8,
      faults: [
        withheld([childId(8, 3)]),
        gone([idOf(6)]),
        { kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(4)] } },
      ],
    });
    const expected = {
      reported: 8,
      listed: 6,
      whole: 2,
      partial: 2,
      missing: 2,
      unlisted: 0,
      lacking: { withheld: 1, gone: 1, unsupported: 1, 'still only': 1 },
    };
    const first = await world.run();
    expect(first.report.completeness).toEqual(expected);
    expect(first.report.completeness && completenessLine(first.report.completeness)).toBe(
      '8 posts on Instagram · 2 complete · 2 incomplete, 2 missing ' +
        '(1 item gone, 1 item still only, 1 item unsupported, 1 item withheld) · 2 counted but not listed',
    );

    expect((await world.run()).report.completeness).toEqual(expected);
  });
});

test('a feed that is as it was is not counted again', async () => {
  world = await testApp({ posts: images(3) });
  await world.run();
  world.sandbox.resetRequests();
  expect((await world.run()).report.completeness).toMatchObject({ reported: 3, listed: 3, whole: 3 });
  expect(world.sandbox.graphCalls()).toBe(1);

  world.sandbox.remove(idOf(2));
  expect((await world.run()).report.completeness).toMatchObject({ reported: 2, listed: 2, whole: 2 });
  world.sandbox.publish(image(4));
  expect((await world.run()).report.completeness).toMatchObject({ reported: 3, listed: 3, whole: 3 });
});

test('posts in the library that Instagram no longer lists are reported', async () => {
  world = await testApp({ posts: [album(8, 3), ...images(3)] });
  await world.run();
  for (const day of [8, 2]) world.sandbox.remove(idOf(day));
  const { completeness } = (await world.run()).report;
  expect(completeness).toMatchObject({ listed: 2, whole: 2, unlisted: 2 });
  expect(completeness && completenessLine(completeness)).toBe(
    '2 posts on Instagram · 2 complete · 2 more in the library that Instagram no longer lists (files not checked)',
  );
  expect((await world.type(['backfill-status'])).stdout).toContain(
    '2 posts on Instagram · 2 complete · 2 more in the library',
  );
  expect((await world.run({ dryRun: true })).report.completeness?.unlisted).toBeUndefined();
});

test('a dry run says what is missing so far, without an extra call', async () => {
  world = await testApp({ posts: images(3) });
  const { report } = await world.run({ dryRun: true });
  expect(report.completeness).toMatchObject({ whole: 0, missing: 3, lacking: { 'not downloaded yet': 3 } });
  expect(world.sandbox.graphCalls()).toBe(1);
});

test.each([
  ['a limit', { limit: 2 }],
  ['--since', { since: new Date('2026-01-02') }],
  ['--until', { until: new Date('2026-01-02') }],
  ['--retry-failed', { retryFailed: true }],
])('with %s nothing is said of the whole feed', async (_, request) => {
  world = await testApp({ posts: images(4) });
  expect((await world.run(request)).report.completeness).toBeUndefined();
});

test('an incremental run over a known history says nothing of the whole feed, and costs one call', async () => {
  world = await testApp({ posts: images(4) });
  await world.run();
  world.sandbox.publish(image(5));
  world.sandbox.resetRequests();
  const { report } = await world.run({ incremental: true });
  expect([report.completeness, report.downloaded, world.sandbox.graphCalls()]).toEqual([undefined, 1, 1]);
});

test("if Instagram does not say how many posts there are, the walk's own count is used", async () => {
  world = await testApp({ posts: images(2), faults: [{ kind: 'error', code: 10, match: { endpoint: 'account' } }] });
  const { report, stoppedBy } = await world.run();
  expect(stoppedBy).toBeUndefined();
  expect(report.completeness).toMatchObject({ reported: undefined, listed: 2, whole: 2 });
  expect(report.completeness && completenessLine(report.completeness)).toBe('2 posts on Instagram · 2 complete');
});
