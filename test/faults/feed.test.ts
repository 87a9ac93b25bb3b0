import { generatePosts } from '../../src/sandbox/feed.ts';
import type { SandboxPost } from '../../src/sandbox/server.ts';
import { album, childId, idOf, image, images } from '../support/posts.ts';
import { type FaultCase, matrix } from './case.ts';

/** What is odd about a feed itself, or changes while it is walked. */

const whole = (
  name: string,
  sandbox: FaultCase['sandbox'],
  kept: number,
  more: Partial<FaultCase> = {},
): FaultCase => ({
  name,
  sandbox: { ...sandbox },
  exit: 0,
  kept,
  ...more,
});

const captions: readonly string[] = [
  '👩‍👩‍👧 🇪🇸 at the sea 🌊',
  'مرحبا بالعالم ‮txt.exe‬ שלום',
  '<script>alert(1)</script> **bold** _it_ [link](http://x) `code` &amp; "quoted" \'; drop table media_items; --',
  '\u001b[31mred\u001b[0m\u0000\u0007 \r\n tabs\tand lines',
  '\ud800 a lone half',
  '#'.repeat(2200),
  '𝔘'.repeat(2200),
];

const CAPTIONS: readonly FaultCase[] = [
  whole(
    'emoji, right-to-left text, markup, control characters and 2,200 characters',
    {
      posts: captions.map((caption, index) => image(captions.length - index, { caption })),
    },
    captions.length,
  ),
];

const stamped = (timestamp: string | null) =>
  whole(`a timestamp of ${JSON.stringify(timestamp)}`, { posts: [image(3), image(2, { timestamp }), image(1)] }, 3);

const TIMESTAMPS: readonly FaultCase[] = [
  ...[null, '', 'yesterday', '0001-01-01T00:00:00+0000', '2026-13-45T99:00:00+0000', '9999-12-31T23:59:59+0000'].map(
    stamped,
  ),
  whole('a timestamp that is a number', { posts: [image(2, { extra: { timestamp: 1_767_355_200 } }), image(1)] }, 0, {
    exit: 1,
    says: [/timestamp/],
    heals: false,
  }),
];

const TYPES: readonly FaultCase[] = [
  whole('an unknown type', { posts: [image(3), image(2, { mediaType: 'HOLOGRAM' }), image(1)] }, 2, {
    result: { skipped_unsupported: 1 },
  }),
  whole('no type', { posts: [image(2, { extra: { media_type: undefined } }), image(1)] }, 1, {
    result: { skipped_unsupported: 1 },
    heals: false,
  }),
  whole('an album that shows no children', { posts: [album(2, 0), image(1)] }, 1, {
    exit: 3,
    failed: 1,
    never: [idOf(2)],
  }),
];

const pinned = (day: number) => image(day, { pinned: true });
const topped: readonly SandboxPost[] = [...images(20).slice(0, 17), pinned(3), pinned(2), pinned(1)];

const ORDER: readonly FaultCase[] = [
  whole('a post that comes twice, since a new one shifted the pages', { posts: images(12), maxPageSize: 5 }, 12, {
    faults: [{ kind: 'shifted-page', overlap: 2 }],
    result: { total_api_items: 12, skipped_duplicate: 0 },
  }),
  whole('older pinned posts first', { posts: topped, maxPageSize: 3 }, 20),
  whole('older pinned posts first, and only the newer asked for', { posts: topped, maxPageSize: 3 }, 11, {
    args: ['--since', '2026-01-10'],
  }),
  whole(
    'two ids with the same bytes',
    {
      posts: [image(2), image(1)].map((post) => ({ ...post, media: { seed: 'twin', width: 64, height: 64 } })),
    },
    1,
    { result: { skipped_duplicate: 1 }, heals: false },
  ),
  whole('new posts while the run goes on', { posts: images(12), maxPageSize: 5 }, 12, {
    faults: [
      { kind: 'feed-changes', publish: [image(13), image(14)], match: { endpoint: 'media-edge', nth: 2 }, times: 1 },
    ],
  }),
  whole('a post deleted while the run goes on, on which the pages stood', { posts: images(12), maxPageSize: 5 }, 12, {
    faults: [{ kind: 'feed-changes', remove: [idOf(8)], match: { endpoint: 'media-edge', nth: 2 }, times: 1 }],
  }),
];

const CURSORS: readonly FaultCase[] = [
  whole('a cursor that expired, once', { posts: images(12), maxPageSize: 5 }, 12, {
    faults: [{ kind: 'cursor-dies', times: 1 }],
  }),
  whole('cursors that expire at once', { posts: images(12), maxPageSize: 5 }, 5, {
    faults: [{ kind: 'cursor-dies' }],
    exit: 1,
    says: [/ursor/],
  }),
  whole('a cursor that loops', { posts: images(12), maxPageSize: 5 }, 10, {
    faults: [{ kind: 'cursor-loops', match: { from: 2 } }],
    exit: 1,
    says: [/lead in a circle/],
  }),
  whole('empty and short pages', { posts: images(30), maxPageSize: 10 }, 30, {
    faults: [
      { kind: 'short-page', size: 3, match: { nth: 3 } },
      { kind: 'empty-page', match: { nth: 2 } },
    ],
  }),
];

const escaping = (id: string): FaultCase =>
  whole(`an id of ${JSON.stringify(id)}`, { posts: [image(2, { extra: { id } }), image(1)] }, 1, {
    exit: 3,
    failed: 1,
    heals: false,
  });

const ESCAPES: readonly FaultCase[] = [
  ...['../../escape', '1/../../2', 'C:\\x', '/etc/passwd', '1\u0000.jpg', '٣', '-1', '1e5', '%2e%2e%2f'].map(escaping),
  whole(
    "an album's child whose id leads out of the folder",
    {
      posts: [album(3, 3, { children: [{ ...image(3), id: childId(3, 1), extra: { id: '../../x' } }, image(2)] })],
    },
    1,
    { exit: 3, failed: 1, heals: false },
  ),
  whole('an empty id', { posts: [image(2, { extra: { id: '' } }), image(1)] }, 0, {
    exit: 1,
    says: [/at data\.0\.id/],
    heals: false,
  }),
];

const zeros = { total_api_items: 0, skipped_duplicate: 0, skipped_unsupported: 0 };

const SIZES: readonly FaultCase[] = [
  whole('no posts at all', { posts: [] }, 0, { result: zeros, calls: 2 }),
  whole('--since in the future', { posts: images(150) }, 0, {
    args: ['--since', '2030-01-01'],
    result: zeros,
    calls: 1,
  }),
  whole('an album of 10 and one of 20', { posts: [album(2, 10), album(1, 20)] }, 30, { calls: 2 }),
  ...[5_000, 10_000].map((count) =>
    whole(`${count} posts`, { posts: generatePosts({ count, albumShare: 0, videoShare: 0, seed: 1 }) }, count, {
      args: ['--dry-run'],
      calls: count / 100 + 1,
      heals: false,
    }),
  ),
  whole(
    'more posts than Instagram lists',
    {
      posts: generatePosts({ count: 10_200, albumShare: 0, videoShare: 0, seed: 2 }),
    },
    10_000,
    {
      args: ['--dry-run'],
      calls: 102,
      result: {
        posts: {
          reported: 10_200,
          listed: 10_000,
          whole: 0,
          partial: 0,
          missing: 10_000,
          beyond_reach: 200,
          lacking: { 'not downloaded yet': 10_000 },
        },
      },
      heals: false,
    },
  ),
];

matrix({
  'a caption': CAPTIONS,
  'a moment': TIMESTAMPS,
  'a type': TYPES,
  'the order of the feed': ORDER,
  'a cursor': CURSORS,
  'an id that leads out of the folder': ESCAPES,
  'the size of a feed': SIZES,
});
