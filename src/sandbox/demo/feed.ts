import { DEMO_ENTRIES, type DemoEntry } from './entries.ts';
import type { SandboxMedia, SandboxPost } from '../post.ts';
import { createRandom, hashText, type Random } from '../random.ts';

const SIZES = [
  { width: 1080, height: 1080 },
  { width: 1080, height: 1350 },
  { width: 1080, height: 1080 },
  { width: 1080, height: 608 },
  { width: 1080, height: 1350 },
] as const;
const REEL = { width: 360, height: 640 } as const;
const LANDSCAPE = { width: 400, height: 226 } as const;
const DAY_MS = 24 * 3600 * 1000;

/** As the API writes it: `2019-09-26T22:36:43+0000`. */
const written = (at: Date) => at.toISOString().replace(/\.\d+Z$/, '+0000');

/** The demo's feed, newest first: ten years of everything an account posts, all of which can be had. */
export function demoPosts(): SandboxPost[] {
  return DEMO_ENTRIES.map((entry, index) => {
    const number = DEMO_ENTRIES.length - index;
    const random = createRandom(`demo ${entry.day}`);
    const time = `${entry.day}T${two(random.int(6, 21))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}+0000`;
    const id = `${number > 30 ? '180' : '178'}${(24_681_357_000_000 + number * 97_531_113).toString().padStart(14, '0')}`;
    const post = {
      id,
      timestamp: time,
      likeCount: random.int(18, 940),
      commentsCount: random.int(0, 64),
      ...(entry.caption && { caption: entry.caption }),
      ...(entry.alt && { altText: entry.alt }),
      // The first reel after the beginning that its owner kept out of the grid.
      ...(entry.caption.startsWith('Not for the grid') && { isSharedToFeed: false }),
      ...(entry.caption.startsWith('The picture everybody') && { pinned: true }),
    };
    return { ...post, ...demoBody(entry, { id, number, time, random }) };
  });
}

const two = (value: number) => String(value).padStart(2, '0');

function demoBody(
  { day, form, scene }: DemoEntry,
  { id, number, time, random }: { id: string; number: number; time: string; random: Random },
): Pick<SandboxPost, 'mediaType' | 'productType' | 'media' | 'children'> {
  const media = { seed: `demo ${id}`, label: `#${number}`, sublabel: day, ...(scene && { scene }) };
  const clip = { ...media, type: 'mp4', seconds: random.int(3, 5) } as const;
  if (form === 'r') return { mediaType: 'VIDEO', productType: 'REELS', media: { ...clip, ...REEL } };
  if (form === 'v') return { mediaType: 'VIDEO', productType: 'FEED', media: { ...clip, ...LANDSCAPE } };
  if (form === 'i' || form === 'p')
    return {
      mediaType: 'IMAGE',
      productType: 'FEED',
      media: { ...media, ...random.pick(SIZES), type: form === 'p' ? 'png' : 'jpeg' },
    };
  const size = random.pick(SIZES);
  const children = Array.from({ length: form }, (_, i): SandboxPost => {
    const video = form > 2 && i % 4 === 2;
    const label = `${i + 1}/${form}`;
    const look: SandboxMedia = video
      ? { ...clip, ...LANDSCAPE, seconds: 2, label }
      : { ...media, ...size, label, type: 'jpeg' };
    return {
      id: `${id.slice(0, 3)}${(BigInt(id.slice(3)) + BigInt(i + 1) * 1013n).toString().padStart(14, '0')}`,
      mediaType: video ? 'VIDEO' : 'IMAGE',
      timestamp: time,
      media: { ...look, seed: `demo ${id} ${i}`, sublabel: `#${number} ${day}` },
    };
  });
  return { mediaType: 'CAROUSEL_ALBUM', productType: 'FEED', children };
}

const SLOT_MS = 8 * 3600 * 1000;

/** One story every eight hours; the three of the last 24 hours. A slot's story is the same one whenever it is asked for. */
export function demoStories(now: Date): SandboxPost[] {
  const newest = Math.floor(now.getTime() / SLOT_MS);
  return [newest, newest - 1, newest - 2].map((slot) => {
    const at = new Date(slot * SLOT_MS);
    const time = written(at);
    const video = slot % 3 === 0;
    return {
      id: `1810${String(slot * 1009).padStart(13, '0')}`,
      mediaType: video ? 'VIDEO' : 'IMAGE',
      productType: 'STORY',
      timestamp: time,
      media: {
        seed: `story ${slot}`,
        label: 'STORY',
        sublabel: time.slice(0, 16).replace('T', ' '),
        ...(video ? { type: 'mp4', seconds: 4, ...REEL } : { type: 'jpeg', width: 1080, height: 1920 }),
      },
    };
  });
}

export interface GenerateInput {
  readonly count: number;
  /** Of all posts. */
  readonly albumShare?: number;
  /** Of posts that are no albums, and of the children in albums. */
  readonly videoShare?: number;
  readonly childrenPerAlbum?: number;
  readonly seed?: string | number;
  /** The exact size of every file; without it, what small pictures and clips take. */
  readonly bytes?: number;
  readonly newest?: Date;
  /** Milliseconds between two posts. */
  readonly spacing?: number;
}

/** A feed of any length, newest first: the same input gives the same posts. Children are counted apart from `count`. */
export function generatePosts(input: GenerateInput): SandboxPost[] {
  const { count, albumShare = 0.25, videoShare = 0.2, childrenPerAlbum = 4, seed = 1, bytes } = input;
  const { newest = new Date('2026-11-01T12:00:00Z'), spacing = DAY_MS / 4 } = input;
  const random = createRandom(`feed ${seed}`);
  const first = 17_800_000_000_000_000n + BigInt(hashText(String(seed)) % 1000) * 100_000_000_000n;
  let ids = 0n;
  const nextId = () => String(first + 99_999_999_999n - ids++ * 7n);

  const item = (label: string, timestamp: string): SandboxPost => {
    const video = random.next() < videoShare;
    const id = nextId();
    const size = video ? { width: 64, height: 96, seconds: 0.5 } : { width: 240, height: 240 };
    return {
      id,
      mediaType: video ? 'VIDEO' : 'IMAGE',
      timestamp,
      media: {
        seed: `${seed} ${id}`,
        label,
        type: video ? 'mp4' : 'jpeg',
        ...size,
        ...(bytes !== undefined && { bytes }),
      },
    };
  };

  return Array.from({ length: count }, (_, index): SandboxPost => {
    const timestamp = written(new Date(newest.getTime() - index * spacing));
    const number = `#${count - index}`;
    const shared = {
      caption: `Post ${number} of ${count}`,
      likeCount: random.int(0, 500),
      commentsCount: random.int(0, 40),
    };
    if (random.next() >= albumShare) return { ...item(number, timestamp), ...shared, productType: 'FEED' };
    return {
      id: nextId(),
      mediaType: 'CAROUSEL_ALBUM',
      productType: 'FEED',
      timestamp,
      ...shared,
      children: Array.from({ length: childrenPerAlbum }, (_, i) => item(`${i + 1}/${childrenPerAlbum}`, timestamp)),
    };
  });
}
