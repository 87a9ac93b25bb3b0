import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedOptions } from './feed-server.ts';
import { median } from './measure.ts';
import { openHome, withFeed, withFolder } from './storyline.ts';

const FEED: FeedOptions = { posts: 400, childrenPerAlbum: 9, sizes: 'real', apiLatencyMs: 150 };

/** Links between a server next door and one across the world, free ones and such as give each connection its share. */
const LINES: readonly (readonly [string, FeedOptions])[] = [
  ['no latency', { ...FEED, mediaLatencyMs: 0 }],
  ['40 ms', { ...FEED, mediaLatencyMs: 40 }],
  ['150 ms', { ...FEED, mediaLatencyMs: 150 }],
  ['150 ms, pictures only', { ...FEED, mediaLatencyMs: 150, videoShare: 0 }],
  ['40 ms, 4 MB/s a connection', { ...FEED, mediaLatencyMs: 40, mediaBytesPerSecond: 4_000_000 }],
  ['40 ms, 0.5 MB/s a connection', { ...FEED, posts: 60, mediaLatencyMs: 40, mediaBytesPerSecond: 500_000 }],
];

/** What is compared: so many downloads at once, or as many as the program finds worth it. */
export const CONTENDERS: Readonly<Record<string, readonly string[]>> = {
  '8': ['--concurrency', '8'],
  '16': ['--concurrency', '16'],
  '32': ['--concurrency', '32'],
  'by itself': [],
};

export interface LineResult {
  readonly line: string;
  readonly items: number;
  /** Median wall time in seconds of each contender, in their order. */
  readonly seconds: readonly number[];
}

/** Whole libraries over lines of different quality, in interleaved rounds. */
export async function compareLines(rounds: number, say: (text: string) => void): Promise<LineResult[]> {
  const results: LineResult[] = [];
  for (const [line, options] of LINES) {
    await withFeed(options, ({ served }) =>
      withFolder(async (folder) => {
        const run = async (flags: readonly string[]) => {
          const home = join(folder, 'home');
          const measured = await (await openHome(home, served)).backfill(...flags);
          await rm(home, { recursive: true });
          return measured.seconds;
        };
        // Files are drawn when they are first asked for.
        await run(['--concurrency', '32']);
        const times = new Map<string, number[]>(Object.keys(CONTENDERS).map((name) => [name, []]));
        for (let round = 1; round <= rounds; round += 1) {
          for (const [name, flags] of Object.entries(CONTENDERS)) {
            const took = await run(flags);
            times.get(name)?.push(took);
            say(`${line}, round ${round}: ${name} at once ${took.toFixed(2)} s`);
          }
        }
        results.push({ line, items: served.items, seconds: [...times.values()].map(median) });
      }),
    );
  }
  return results;
}
