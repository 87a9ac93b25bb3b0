import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { createMediaFiles } from '../../src/sandbox/media/media-files.ts';
import { coverOf, isVideo, itemsOf, mediaOf, type SandboxPost } from '../../src/sandbox/post.ts';
import { eachDatabase } from '../support/databases.ts';
import { checkSound } from '../support/sound.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';
import { type AnyRun, feed, run } from './feeds.ts';

/** `STORYLINE_PROPERTY_RUNS=2000 npx vitest run test/properties` looks harder. */
const RUNS = Number(process.env.STORYLINE_PROPERTY_RUNS ?? 25);

const files = createMediaFiles();

/** What a whole library holds, by the posts alone. */
const whole = (posts: readonly SandboxPost[]): Record<string, string> =>
  Object.fromEntries(
    posts.flatMap(itemsOf).flatMap((item) => {
      if (!item.withoutMediaUrl) return [[item.id, files(mediaOf(item)).sha256]];
      return isVideo(item) && !item.withoutThumbnail ? [[item.id, files(coverOf(item)).sha256]] : [];
    }),
  );

/** Publishes posts in the order of their moments, as people do; pinned ones too. */
function createPublisher(world: TestApp, posts: readonly SandboxPost[]) {
  const coming = [...posts];
  return (unpublished: number): void => {
    while (coming.length > unpublished) world.sandbox.publish(coming.pop() as SandboxPost);
  };
}

async function goThrough(world: TestApp, posts: readonly SandboxPost[], one: AnyRun): Promise<void> {
  const { faults, stopAfter, unpublished: _, since, until, ...request } = one;
  world.sandbox.restoreToken();
  world.sandbox.setFaults(faults);
  const window = since && until && since >= until ? { since } : { since, until };
  const abort = new AbortController();
  const { events } = await startBackfill(world.app, { ...ASK, ...request, ...window }, abort.signal);
  let count = 0;
  for await (const _ of events) {
    count += 1;
    if (count === stopAfter) abort.abort();
  }
  await checkSound(world, posts);
}

eachDatabase(({ kind, create }) => {
  const runs = kind === 'sqlite' ? RUNS : Math.ceil(RUNS / 3);
  test.each([
    ['a full run', false],
    ['a run for new posts only', true],
  ])('any feed, through any runs and faults, ends whole with %s', { timeout: 600_000 }, async (_, incremental) => {
    await fc.assert(
      fc.asyncProperty(
        feed,
        fc.array(run, { maxLength: 4 }),
        fc.integer({ min: 1, max: 7 }),
        async (posts, history, maxPageSize) => {
          const world = await testApp({ posts: [], stories: [], maxPageSize, database: await create() });
          const publish = createPublisher(world, posts);
          try {
            for (const one of history) {
              publish(one.unpublished);
              await goThrough(world, posts, one);
            }
            world.sandbox.setFaults([]);
            world.sandbox.restoreToken();
            publish(0);

            const { stoppedBy } = await world.run({ incremental });
            assert.equal(stoppedBy, undefined);
            expect((await checkSound(world, posts)).kept).toEqual(whole(posts));
            world.sandbox.resetRequests();
            expect((await world.run({ incremental })).report).toMatchObject({ downloaded: 0, adopted: 0 });
            expect(world.sandbox.requests.filter(({ kind: asked }) => asked === 'media')).toEqual([]);
          } finally {
            await world.close();
          }
        },
      ),
      { numRuns: runs, endOnFailure: true, verbose: 0 },
    );
  });
});
