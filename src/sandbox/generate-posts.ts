import { graphTime } from './graph-time.ts';
import type { SandboxPost } from './post.ts';
import { createRandom, hashText } from './random.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface GenerateInput {
  readonly count: number;
  /** Share of albums among the posts. */
  readonly albumShare?: number;
  /** Share of videos among the other posts, and among the children of albums. */
  readonly videoShare?: number;
  readonly childrenPerAlbum?: number;
  readonly seed?: string | number;
  /** The exact size of every file. By default files are as small as they can be. */
  readonly bytes?: number;
  readonly newest?: Date;
  /** Milliseconds between two posts. */
  readonly spacing?: number;
}

/** A feed of `count` posts, newest first. The same input gives the same posts. */
export function generatePosts(input: GenerateInput): SandboxPost[] {
  const { count, albumShare = 0.25, videoShare = 0.2, childrenPerAlbum = 4, seed = 1, bytes } = input;
  const { newest = new Date('2026-11-01T12:00:00Z'), spacing = DAY_MS / 4 } = input;
  const random = createRandom(`feed ${seed}`);
  const first = 17_800_000_000_000_000n + BigInt(hashText(String(seed)) % 1000) * 100_000_000_000n;
  let ids = 0n;
  const nextId = () => String(first + 99_999_999_999n - ids++ * 7n);

  const item = (timestamp: string): SandboxPost => {
    const video = random.next() < videoShare;
    const id = nextId();
    const size = video ? { width: 64, height: 96, seconds: 0.5 } : { width: 240, height: 240 };
    return {
      id,
      mediaType: video ? 'VIDEO' : 'IMAGE',
      timestamp,
      media: {
        seed: `${seed} ${id}`,
        type: video ? 'mp4' : 'jpeg',
        ...size,
        ...(bytes !== undefined && { bytes }),
      },
    };
  };

  return Array.from({ length: count }, (_, index): SandboxPost => {
    const timestamp = graphTime(new Date(newest.getTime() - index * spacing));
    const shared = {
      caption: `Post #${count - index} of ${count}`,
      likeCount: random.int(0, 500),
      commentsCount: random.int(0, 40),
    };
    if (random.next() >= albumShare) return { ...item(timestamp), ...shared, productType: 'FEED' };
    return {
      id: nextId(),
      mediaType: 'CAROUSEL_ALBUM',
      productType: 'FEED',
      timestamp,
      ...shared,
      children: Array.from({ length: childrenPerAlbum }, () => item(timestamp)),
    };
  });
}
