import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/server.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, video } from '../support/posts.ts';
import { testApp } from '../support/test-app.ts';

/** Pages whose optional values are anything at all, and entries that are nothing. */

const RUNS = Number(process.env.STORYLINE_PROPERTY_RUNS ?? 15);

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom(null, '', -1, 1e300, 2 ** 31, 1500.5, '12', true, [], {}, '\u0000', '\ud800', 'x'.repeat(70_000)),
);
const OPTIONAL = [
  'media_type',
  'media_product_type',
  'thumbnail_url',
  'timestamp',
  'caption',
  'permalink',
  'shortcode',
  'username',
  'alt_text',
  'like_count',
  'comments_count',
  'is_shared_to_feed',
];
const oddFacts = fc.dictionary(fc.constantFrom(...OPTIONAL), anything, { maxKeys: 5 });
const ITEMS = [idOf(5), idOf(4), childId(3, 1), childId(3, 2), idOf(1)];

/** A picture that is called a video is no picture: a known type must be right, and any other is no matter. */
const isMisnamed = (facts: Record<string, unknown>) => /^(image|video|carousel_album)$/i.test(String(facts.media_type));

eachDatabase(({ kind, create }) => {
  test('whatever is odd about a page, what can be read is kept, and nothing is fetched twice', {
    timeout: 600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...ITEMS, idOf(3)), oddFacts), { maxLength: 4 }),
        fc.array(fc.oneof(fc.constantFrom(null, 7, 'text', [], {}), oddFacts), { maxLength: 3 }),
        async (facts, entries) => {
          fc.pre(!facts.some(([, odd]) => isMisnamed(odd)));
          const world = await testApp({
            posts: [image(5), video(4), album(3, 2), image(1)],
            database: await create(),
            faults: [
              ...facts.map(([id, fields]): Fault => ({ kind: 'raw-fields', fields, match: { ids: [id] } })),
              { kind: 'odd-entries', entries, match: { endpoint: 'media-edge' } },
            ],
          });
          try {
            const first = await world.run();
            expect(first.stoppedBy).toBeUndefined();
            expect(first.report).toMatchObject({ downloaded: ITEMS.length, failed: entries.length });
            world.sandbox.resetRequests();
            const { exitCode } = await world.type(['backfill-instagram', '--quiet']);
            expect(exitCode).toBe(entries.length > 0 ? 3 : 0);
            expect(world.sandbox.mediaCalls()).toBe(0);
            const known = await world.app.db.query
              .selectFrom('instagram_items')
              .select('instagram_media_id as id')
              .execute();
            expect(known.map(({ id }) => id).toSorted()).toEqual(ITEMS.toSorted());
          } finally {
            await world.close();
          }
        },
      ),
      { numRuns: kind === 'sqlite' ? RUNS : Math.ceil(RUNS / 3), endOnFailure: true },
    );
  });
});
