import { generatePosts } from '../../src/sandbox/generate-posts.ts';
import type { SandboxPost } from '../../src/sandbox/server.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
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
];

const TYPES: readonly FaultCase[] = [
  whole('an unknown type', { posts: [image(3), image(2, { mediaType: 'HOLOGRAM' }), image(1)] }, 2, {
    result: { skipped_unsupported: 1 },
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
    says: [/Paging loop/],
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
];

/** Laid over the second of three posts: the post comes, without what cannot be read. */
const odd = (field: string, value: unknown): FaultCase =>
  whole(`${field}: ${JSON.stringify(value)?.slice(0, 40)}`, { posts: [image(3), image(2), image(1)] }, 3, {
    faults: [{ kind: 'raw-fields', fields: { [field]: value }, match: { endpoint: 'media-edge', ids: [idOf(2)] } }],
    result: { facts_unreadable: { [field]: 1 } },
  });

const ODD_FACTS: readonly FaultCase[] = [
  ...[-1, '12', 1500.5, 1e300, true, {}, [], 2 ** 31, '99999999999999999999'].map((value) => odd('like_count', value)),
  odd('comments_count', 'many'),
  ...[5, [], {}, false, 'x'.repeat(60_000)].map((value) => odd('caption', value)),
  ...[
    1_767_355_200,
    'yesterday',
    '0000-01-01T00:00:00+0000',
    '+275760-09-13T00:00:00+0000',
    '9999-12-31T23:59:59+0000',
    {},
  ].map((value) => odd('timestamp', value)),
  ...['http://www.instagram.com/p/1/', 'javascript:alert(1)', 7, []].map((value) => odd('permalink', value)),
  ...['u'.repeat(300), 12, {}].map((value) => odd('username', value)),
  ...[[], 4].map((value) => odd('alt_text', value)),
  ...['yes', 1, {}].map((value) => odd('is_shared_to_feed', value)),
  ...['../../x', 'x'.repeat(2000), 3].map((value) => odd('shortcode', value)),
  ...[7, {}, [], 'IM AGE', 'x'.repeat(3000)].map((value) => odd('media_type', value)),
  odd('media_product_type', { reels: true }),
  odd('thumbnail_url', 5),
  ...['x', 5, {}, { data: 'x' }].map((value) => odd('children', value)),
];

const typed = (media_type: unknown): FaultCase =>
  whole(
    `a picture and a video of the type ${JSON.stringify(media_type)}`,
    { posts: [image(3), video(2), album(1, 2)] },
    4,
    {
      faults: [
        {
          kind: 'raw-fields',
          fields: { media_type },
          match: { endpoint: 'media-edge', ids: [idOf(3), idOf(2), childId(1, 1)] },
        },
      ],
      result: { skipped_unsupported: 0 },
    },
  );

const NEW_TYPES: readonly FaultCase[] = [
  ...[undefined, null, '', 'REEL', 'CLIP', 'AUDIO', 7].map(typed),
  whole(
    'types in small letters',
    { posts: [image(3, { extra: { media_type: 'image' } }), album(1, 2, { extra: { media_type: 'carousel_album' } })] },
    3,
  ),
];

const noCall = { kind: 'error', code: 100, subcode: 33, status: 400 } as const;
const bare = { media_type: undefined, media_url: undefined, thumbnail_url: undefined };

const UNREADABLE: readonly FaultCase[] = [
  ...[null, undefined, '', {}, [], true, 1.5].map((id) =>
    whole(`a post whose id is ${JSON.stringify(id)}`, { posts: [image(3), image(2), image(1)] }, 2, {
      faults: [{ kind: 'raw-fields', fields: { id }, match: { ids: [idOf(2)] } }],
      exit: 3,
      failed: 1,
      says: [/Entry 2 on page 1 of \d+\/media could not be read \(.*\): it/],
    }),
  ),
  whole('entries that are no objects', { posts: [image(2), image(1)] }, 2, {
    faults: [{ kind: 'odd-entries', entries: [null, 'text', 5, [], {}] }],
    exit: 3,
    failed: 5,
    says: [/Entry 1 on page 1 .*: it is null/, /Entry 4 on page 1 .*: it is a list/],
  }),
  whole("an album's child without an id", { posts: [album(2, 3), image(1)] }, 3, {
    faults: [{ kind: 'raw-fields', fields: { id: null }, match: { ids: [childId(2, 2)] } }],
    exit: 3,
    failed: 1,
    says: [/Item 2 of the album \d+ could not be read.*: it has no id/],
  }),
  whole("an album's children as their ids alone, once", { posts: [album(2, 3), image(1)] }, 4, {
    faults: [
      { kind: 'raw-fields', fields: bare, match: { endpoint: 'media-edge', ids: [1, 2, 3].map((n) => childId(2, n)) } },
    ],
    calls: 3,
  }),
  whole("an album's children as their ids alone, for ever", { posts: [album(2, 3), image(1)] }, 1, {
    faults: [{ kind: 'raw-fields', fields: bare, match: { ids: [1, 2, 3].map((n) => childId(2, n)) } }],
    exit: 3,
    failed: 3,
    says: [/neither what it is nor where its file is/],
  }),
  whole('a post as its id alone, once', { posts: [image(3), video(2), image(1)] }, 3, {
    faults: [{ kind: 'raw-fields', fields: bare, match: { endpoint: 'media-edge', ids: [idOf(2)] } }],
    calls: 3,
  }),
  whole('a post as its id alone that cannot be asked for either', { posts: [image(3), video(2), image(1)] }, 2, {
    faults: [
      { kind: 'raw-fields', fields: bare, match: { endpoint: 'media-edge', ids: [idOf(2)] } },
      { ...noCall, match: { endpoint: 'node' } },
    ],
    exit: 3,
    failed: 1,
    says: [/listed it as an id only/],
  }),
  whole('an address that is a number', { posts: [image(2), image(1)] }, 1, {
    faults: [{ kind: 'raw-fields', fields: { media_url: 5 }, match: { ids: [idOf(2)] } }],
    exit: 3,
    failed: 1,
    says: [/The address that Instagram gives for it could not be read/],
  }),
];

const PAGING: readonly FaultCase[] = [
  ...[null, [], {}, { cursors: 7 }, { cursors: { after: 5 } }, { next: null }, { next: '' }].map((paging) =>
    whole(`a last page with the paging ${JSON.stringify(paging)}`, { posts: images(3) }, 3, {
      faults: [{ kind: 'raw-paging', paging }],
    }),
  ),
  ...['next', 7, true, { next: 5 }, { next: 'nowhere', cursors: { after: {} } }].map((paging) =>
    whole(`a page with the paging ${JSON.stringify(paging)}`, { posts: images(3) }, 3, {
      faults: [{ kind: 'raw-paging', paging }],
      exit: 3,
      says: [/Posts after page 1 of \d+\/media could not be listed/],
    }),
  ),
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
  'a fact that cannot be read': ODD_FACTS,
  'a type that is not known': NEW_TYPES,
  'an entry that cannot be read': UNREADABLE,
  'paging that cannot be read': PAGING,
  'the size of a feed': SIZES,
});
