import type { Fault, SandboxPost } from '../../src/sandbox/server.ts';
import { album, idOf, image, video } from '../support/posts.ts';

// A history with everything that a run can meet, small enough to be downloaded again and again.

const twin = { seed: 'twin', width: 64, height: 64, bytes: 20_000 };
/** Larger than its share of memory during parallel downloads, so it is written to the disk in pieces. */
const LARGE = 2_500_000;

export const POSTS: readonly SandboxPost[] = [
  image(30),
  image(29, { media: twin }),
  video(28, { media: { seed: 28, width: 64, height: 64, seconds: 1, bytes: LARGE } }),
  album(27, 4),
  ...[26, 25, 24, 23].map((day) => image(day)),
  image(22, { media: twin }),
  album(21, 3),
  video(20),
  image(19, { media: { seed: 19, width: 64, height: 64, bytes: LARGE } }),
  ...[18, 17, 16, 15, 14].map((day) => image(day)),
  image(13, { media: twin }),
  video(12),
  ...[11, 10, 9, 8].map((day) => image(day)),
];

export const STORIES: readonly SandboxPost[] = [video(3, { productType: 'STORY' }), image(2, { productType: 'STORY' })];

/** Slow enough for kills to hit unfinished work; some links have expired at the first try. */
export const FAULTS: readonly Fault[] = [
  { kind: 'expired', match: { endpoint: 'download', share: 0.2 }, times: 1 },
  { kind: 'drip', bytes: 100_000, everyMs: 5, match: { endpoint: 'download', ids: [idOf(28), idOf(19)] } },
  { kind: 'drip', bytes: 500, everyMs: 4, match: { endpoint: ['download', 'cover'], share: 0.4 } },
];
