import fc from 'fast-check';
import type { Fault, SandboxPost } from '../../src/sandbox/server.ts';

/** Any feed, and anything that may happen to the runs over it. */

/** Ids as Instagram gives them: long numbers, of several lengths. */
const id = fc.bigInt({ min: 10n ** 14n, max: 10n ** 17n }).map(String);

/** A small pool, so that some pictures are the same bytes. */
const picture = fc.record({ seed: fc.integer({ min: 1, max: 9 }), width: fc.constant(64), height: fc.constant(64) });
const film = picture.map((media) => ({ ...media, seconds: 1 }));

/** Moments lie close together, so that some are the same; now and then there is none, or a wrong one. */
const timestamp = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 40 }).map(noonOfDay) },
  { weight: 1, arbitrary: fc.constantFrom(null, 'yesterday', '0000-00-00T00:00:00+0000') },
);

function noonOfDay(day: number): string {
  return new Date(Date.UTC(2024, 0, 1 + day, 12)).toISOString().replace('.000Z', '+0000');
}

const leaf = fc.oneof(
  { weight: 6, arbitrary: fc.record({ id, mediaType: fc.constant('IMAGE'), media: picture }) },
  { weight: 3, arbitrary: fc.record({ id, mediaType: fc.constant('VIDEO'), media: film }) },
  {
    weight: 1,
    arbitrary: fc.record({
      id,
      mediaType: fc.constantFrom('IMAGE', 'VIDEO'),
      media: film,
      withoutMediaUrl: fc.constant(true),
      withoutThumbnail: fc.boolean(),
    }),
  },
);

const post: fc.Arbitrary<SandboxPost> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: leaf },
      { weight: 1, arbitrary: fc.record({ id, mediaType: fc.constant('HOLOGRAM') }) },
      {
        weight: 2,
        arbitrary: fc.record({
          id,
          mediaType: fc.constant('CAROUSEL_ALBUM'),
          children: fc.array(leaf, { minLength: 1, maxLength: 5 }),
        }),
      },
    ),
    fc.record({ timestamp, caption: fc.string({ unit: 'binary', maxLength: 60 }) }),
  )
  .map(([what, facts]) => ({ ...what, ...facts }));

/** As Instagram lists it: newest first, but for up to three that are pinned. */
export const feed: fc.Arbitrary<SandboxPost[]> = fc
  .tuple(fc.array(post, { maxLength: 14 }), fc.integer({ min: 0, max: 3 }))
  .map(([posts, pinned]) => {
    const seen = new Set<string>();
    const isNew = ({ id }: { id: string }) => !seen.has(id) && seen.add(id).size > 0;
    const unique = posts
      .filter(isNew)
      .map((one) => (one.children ? { ...one, children: one.children.filter(isNew) } : one));
    const placed = unique.toSorted((a, b) => momentOf(b) - momentOf(a));
    return placed.map((one, index) => ({ ...one, pinned: (index * 7) % 5 < pinned && index % 4 === 3 }));
  })
  .filter((posts) => posts.filter(({ pinned }) => pinned).length <= 3);

/** One without a moment may lie anywhere: after those of the same rest. */
const momentOf = (one: SandboxPost): number => Date.parse(one.timestamp ?? '') || Number(one.id) % 3e12;

const match = fc.record(
  { share: fc.constantFrom(0.2, 0.5, 1), from: fc.integer({ min: 1, max: 4 }) },
  { requiredKeys: ['share'] },
);
const times = fc.constantFrom(1, 2, 9);

const downloadFault = fc
  .tuple(
    fc.constantFrom<Fault>(
      { kind: 'expired' },
      { kind: 'status', status: 404 },
      { kind: 'status', status: 503, retryAfter: 2 },
      { kind: 'reset', afterBytes: 150 },
      { kind: 'short-body' },
      { kind: 'short-body-without-length', mode: 'close' },
      { kind: 'longer-than-announced' },
      { kind: 'html' },
      { kind: 'empty' },
      { kind: 'redirect', to: 'https://example.com/' },
      { kind: 'wrong-type' },
    ),
    match,
    times,
    fc.constantFrom('download' as const, 'cover' as const),
  )
  .map(([fault, where, often, endpoint]): Fault => ({ ...fault, match: { ...where, endpoint }, times: often }));

const apiFault = fc
  .tuple(
    fc.constantFrom<Fault>(
      { kind: 'error', code: 2 },
      { kind: 'error', code: 100, status: 400 },
      { kind: 'rate-limit', minutes: 5 },
      { kind: 'token-revoked', subcode: 463 },
      { kind: 'not-json' },
      { kind: 'reset' },
      { kind: 'wrong-shape', body: { data: 7 } },
      { kind: 'cursor-dies' },
      { kind: 'cursor-loops' },
      { kind: 'shifted-page', overlap: 1 },
      { kind: 'short-page', size: 1 },
      { kind: 'reduce-data', maxLimit: 2 },
      { kind: 'usage', percent: 100, minutes: 3 },
    ),
    fc.integer({ min: 1, max: 4 }),
    times,
  )
  .map(([fault, from, often]): Fault => ({ ...fault, match: { endpoint: 'media-edge', from }, times: often }));

/** A run, and what happens while it goes on. */
export interface AnyRun {
  readonly limit: number | undefined;
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  readonly incremental: boolean;
  readonly retryFailed: boolean;
  readonly concurrency: number;
  readonly faults: readonly Fault[];
  /** The run is interrupted after so many events. */
  readonly stopAfter: number | undefined;
  /** How many of the newest posts are not published yet. */
  readonly unpublished: number;
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });
const dayOf = fc.integer({ min: 0, max: 40 }).map((day) => new Date(Date.UTC(2024, 0, 1 + day)));

export const run: fc.Arbitrary<AnyRun> = fc.record({
  limit: rarely(fc.integer({ min: 1, max: 9 })),
  since: seldom(dayOf),
  until: seldom(dayOf),
  incremental: fc.boolean(),
  retryFailed: fc.constantFrom(false, false, false, true),
  concurrency: fc.integer({ min: 1, max: 4 }),
  faults: fc.array(fc.oneof(downloadFault, apiFault), { maxLength: 3 }),
  stopAfter: rarely(fc.integer({ min: 1, max: 25 })),
  unpublished: fc.integer({ min: 0, max: 6 }),
});
