import { graphTime } from '../graph-time.ts';
import type { SandboxMedia, SandboxPost } from '../post.ts';
import { createRandom } from '../random.ts';
import { DEMO_ENTRIES, type DemoEntry, type DemoFile } from './entries.ts';

/** The demo's feed, newest first: ten years of all kinds of posts. */
export function demoPosts(): SandboxPost[] {
  return DEMO_ENTRIES.map((entry, index) => {
    const number = DEMO_ENTRIES.length - index;
    const random = createRandom(`demo ${entry.day}`);
    const timestamp = `${entry.day}T${two(random.int(6, 21))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}+0000`;
    const id = `${number > 30 ? '180' : '178'}${(24_681_357_000_000 + number * 97_531_113).toString().padStart(14, '0')}`;
    return {
      id,
      timestamp,
      likeCount: random.int(18, 940),
      commentsCount: random.int(0, 64),
      ...(entry.caption && { caption: entry.caption }),
      ...(entry.alt && { altText: entry.alt }),
      ...(entry.caption.startsWith('Not for the grid') && { isSharedToFeed: false }),
      ...(entry.caption.startsWith('The picture everybody') && { pinned: true }),
      ...bodyOf(entry, id, timestamp),
    };
  });
}

const two = (value: number) => String(value).padStart(2, '0');

function bodyOf(
  { files, isFeedVideo = false, isPoster = false }: DemoEntry,
  id: string,
  timestamp: string,
): Pick<SandboxPost, 'mediaType' | 'productType' | 'media' | 'children'> {
  const [first] = files;
  if (first !== undefined && files.length === 1) {
    const single = item(first, `demo ${id}`, isPoster);
    const isReel = single.mediaType === 'VIDEO' && !isFeedVideo;
    return { ...single, productType: isReel ? 'REELS' : 'FEED' };
  }
  const children = files.map((file, i): SandboxPost => {
    const childId = `${id.slice(0, 3)}${(BigInt(id.slice(3)) + BigInt(i + 1) * 1013n).toString().padStart(14, '0')}`;
    return { id: childId, timestamp, ...item(file, `demo ${id} ${i}`, false) };
  });
  return { mediaType: 'CAROUSEL_ALBUM', productType: 'FEED', children };
}

function item(file: DemoFile, seed: string, isPoster: boolean): { mediaType: 'IMAGE' | 'VIDEO'; media: SandboxMedia } {
  const look = typeof file === 'string' ? { asset: file } : file;
  if (look.asset.startsWith('clip-')) return { mediaType: 'VIDEO', media: { seed, type: 'mp4', ...look } };
  return { mediaType: 'IMAGE', media: { seed, type: isPoster ? 'png' : 'jpeg', ...look } };
}

const SLOT_MS = 8 * 3600 * 1000;
const STORIES = ['story-coffee-morning', 'story-city-bokeh', 'story-lake-morning', 'story-window-plant'];
const STORY_CLIPS = ['clip-snow', 'clip-candles', 'clip-coffee', 'clip-firs'];

/** A story every eight hours, so three in the last 24. A story keeps its id while it is live. */
export function demoStories(now: Date): SandboxPost[] {
  const newest = Math.floor(now.getTime() / SLOT_MS);
  return [newest, newest - 1, newest - 2].map((slot) => {
    const assets = slot % 3 === 0 ? STORY_CLIPS : STORIES;
    return {
      id: `1810${String(slot * 1009).padStart(13, '0')}`,
      productType: 'STORY',
      timestamp: graphTime(new Date(slot * SLOT_MS)),
      ...item(assets[slot % assets.length] ?? '', `story ${slot}`, false),
    };
  });
}
