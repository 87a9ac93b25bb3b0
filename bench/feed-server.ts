/** A sandbox in a process of its own, so that what it costs is not counted for whoever is measured against it. */
import { generatePosts } from '../src/sandbox/generate-posts.ts';
import type { SandboxPost } from '../src/sandbox/post.ts';
import { createRandom } from '../src/sandbox/random.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/server.ts';

/** What the measured account has posted, and over which line it is had. */
export interface FeedOptions {
  readonly posts: number;
  readonly childrenPerAlbum: number;
  /** `real`: pictures of 20 to 600 KB, videos of 1 to 6 MB; a number: every file of so many bytes; `tiny`: some KB. */
  readonly sizes: 'real' | 'tiny' | number;
  readonly videoShare?: number;
  readonly apiLatencyMs?: number;
  readonly mediaLatencyMs?: number;
  /** Of one connection. */
  readonly mediaBytesPerSecond?: number;
  /** Pages of more posts are refused. */
  readonly largestPage?: number;
}

export type Served = Pick<Sandbox, 'account' | 'tokens' | 'facebookBaseUrl' | 'instagramBaseUrl' | 'mediaHost'> & {
  /** Files that a whole run keeps, covers not counted. */
  readonly items: number;
  readonly bytes: number;
};

/** What the server answers to `calls`. */
export interface Calls {
  readonly graph: number;
  readonly media: number;
}

const options: FeedOptions = JSON.parse(process.argv[2] ?? '{}');
const { posts: count, sizes, largestPage, childrenPerAlbum, videoShare = 0.2, ...line } = options;
const posts = generatePosts({ count, albumShare: 0.25, childrenPerAlbum, videoShare, seed: 1 });
const sandbox = await startSandbox({
  ...line,
  posts: sizes === 'tiny' ? posts : posts.map(sized),
  faults: largestPage === undefined ? [] : [{ kind: 'reduce-data', maxLimit: largestPage }],
});
const items = sandbox.expectedItems();
const bytes = items.reduce((sum, { size }) => sum + size, 0);
const { account, tokens, facebookBaseUrl, instagramBaseUrl, mediaHost } = sandbox;
process.on('message', (asked) => {
  if (asked === 'reset') sandbox.resetRequests();
  else if (asked === 'calls') process.send?.({ graph: sandbox.graphCalls(), media: sandbox.mediaCalls() });
});
process.on('disconnect', () => process.exit());
process.send?.({ account, tokens, facebookBaseUrl, instagramBaseUrl, mediaHost, items: items.length, bytes });

function sized(post: SandboxPost): SandboxPost {
  if (post.children) return { ...post, children: post.children.map(sized) };
  const random = createRandom(`size ${post.id}`);
  // As files on a disk are: many small ones, few large ones.
  const between = (least: number, most: number) => Math.round(least * (most / least) ** random.next());
  const real = post.mediaType === 'VIDEO' ? between(1_000_000, 6_000_000) : between(20_000, 600_000);
  return { ...post, media: { ...post.media, bytes: sizes === 'real' ? real : Number(sizes) } };
}
