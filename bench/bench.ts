/**
 * Measures the program as users have it against Debian's `curl` and `aria2c`, and against the sequential way that it
 * began with: `npm run bench -- --rounds 3`. Writes docs/benchmarks.md; with `--only races,memory` just those of its
 * sections. Absolute times are this machine's; ratios within
 * one run are what compares. A peer that is not installed is left out, and said to be.
 */
import { mkdir, rm } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mebibytes, openDocument, seconds, table } from './document.ts';
import type { FeedOptions } from './feed-server.ts';
import { gallery } from './gallery.ts';
import { CONTENDERS, compareLines } from './lines.ts';
import { type Measured, measure, median } from './measure.ts';
import { millionItems } from './million.ts';
import { aria2c, curl, listAddresses } from './peers.ts';
import { type FeedServer, openHome, withFeed, withFolder } from './storyline.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    write: { type: 'string', default: 'docs/benchmarks.md' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  races: async () => {
    for (const { name, feed } of LINES) await race(name, feed);
  },
  lines,
  calls,
  sequential: sequentialWay,
  memory,
  known: knownItems,
  starts,
  forecast,
  million,
  gallery: () => gallery(add),
};
const wanted = values.only?.split(',') ?? Object.keys(SECTIONS);
const rounds = Number(values.rounds);
const isUsable = Number.isSafeInteger(rounds) && rounds >= 1 && wanted.every((name) => name in SECTIONS);
if (values.help || !isUsable) {
  process.stdout.write(
    `npm run bench -- --rounds <n> --write <file> --only <section,…>\nSections: ${Object.keys(SECTIONS).join(', ')}\n`,
  );
  process.exit(values.help ? 0 : 2);
}

const API_LATENCY = 150;
const FEED: FeedOptions = {
  posts: 1000,
  childrenPerAlbum: 9,
  sizes: 'real',
  apiLatencyMs: API_LATENCY,
  mediaLatencyMs: 40,
};

const LINES: readonly { readonly name: string; readonly feed: FeedOptions }[] = [
  { name: 'API 150 ms, links 40 ms', feed: FEED },
  { name: 'no latency', feed: { ...FEED, apiLatencyMs: 0, mediaLatencyMs: 0 } },
  { name: 'API 150 ms, links 40 ms, 4 MB/s a connection', feed: { ...FEED, mediaBytesPerSecond: 4_000_000 } },
];

const say = (text: string) => void process.stderr.write(`${text}\n`);
const today = new Date().toISOString().slice(0, 10);
const cpu = cpus();
const page = await openDocument(values.write, {
  introduction: `# Benchmarks

Written by \`npm run bench\` on ${cpu.length} × ${cpu[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}. The server that plays
Instagram is a process of its own on the same machine, and takes its share of it. Absolute times are this machine's, at
that hour: compare ratios within a table. What they mean is said in [speed.md](speed.md).`,
  keep: values.only !== undefined,
});
const add = (heading: string, text: string, measuredRounds = 1) =>
  page.put(
    heading,
    `${text.trim()}\n\nMeasured on ${today}, ${measuredRounds === 1 ? 'once' : `medians of ${measuredRounds} interleaved rounds`}.`,
  );

/** Wall time to a complete library, against those who download the same addresses and do nothing else with them. */
async function race(name: string, options: FeedOptions): Promise<void> {
  await withFeed(options, (feed) =>
    withFolder(async (folder) => {
      const { served } = feed;
      const peers = { curl, aria2c };
      const contenders: Record<string, () => Promise<Measured>> = {
        'storyline-cli': async () => (await openHome(join(folder, 'run'), served)).backfill(),
      };
      for (const [peer, download] of Object.entries(peers)) {
        if (await isInstalled(peer)) {
          contenders[peer] = async () => download(await listAddresses(served), join(folder, 'run'));
        } else say(`${peer} is not installed, and left out`);
      }
      const runs = new Map<string, Measured[]>(Object.keys(contenders).map((contender) => [contender, []]));
      // Files are drawn when they are first asked for: a run before the first one is for that.
      await contenders['storyline-cli']?.();
      await rm(join(folder, 'run'), { recursive: true });
      for (let round = 1; round <= rounds; round += 1) {
        for (const [contender, run] of Object.entries(contenders)) {
          const measured = await run();
          await rm(join(folder, 'run'), { recursive: true });
          runs.get(contender)?.push(measured);
          say(`${name}, round ${round}: ${contender} ${seconds(measured.seconds)}, ${mebibytes(measured.peakMiB)}`);
        }
      }
      const typical = (of: string, what: 'seconds' | 'cpuSeconds') =>
        median((runs.get(of) ?? []).map((run) => run[what] ?? Number.NaN));
      const ours = typical('storyline-cli', 'seconds');
      const rows = [...runs].map(([contender, measured]) => [
        contender,
        seconds(typical(contender, 'seconds')),
        contender === 'storyline-cli' ? '1' : (ours / typical(contender, 'seconds')).toFixed(2),
        seconds(typical(contender, 'cpuSeconds')),
        mebibytes(Math.max(...measured.map(({ peakMiB = Number.NaN }) => peakMiB))),
      ]);
      await add(
        `A whole library: ${name}`,
        `${options.posts} posts, a quarter of them albums: ${served.items} items, ${(served.bytes / 1e6).toFixed(0)} MB, and the covers of the videos.

${table(['', 'wall time', 'storyline-cli takes × of it', 'processor', 'peak memory'], rows)}`,
        rounds,
      );
    }),
  );
}

async function isInstalled(program: string): Promise<boolean> {
  return measure({ program, args: ['--version'] }).then(
    () => true,
    () => false,
  );
}

/** What runs cost in calls. */
async function calls(): Promise<void> {
  const rows: string[][] = [];
  for (const largestPage of [undefined, 80, 30]) {
    await withFeed(
      { posts: 1000, childrenPerAlbum: 9, sizes: 'tiny', ...(largestPage ? { largestPage } : {}) },
      (feed) =>
        withFolder(async (folder) => {
          const home = await openHome(join(folder, 'home'), feed.served);
          const made: string[] = [];
          for (const flags of [[], [], ['--incremental']]) {
            feed.reset();
            await home.backfill(...flags);
            made.push(String((await feed.calls()).graph));
          }
          rows.push([
            largestPage ? `pages of more than ${largestPage} posts are refused` : 'any page is given',
            ...made,
          ]);
        }),
    );
  }
  await add(
    'API calls for 1,000 posts, a quarter of them albums',
    `${table(['', 'first run', 'second run', 'for new posts only'], rows)}
`,
  );
}

/** The first hundred posts: all of them would take minutes. */
async function sequentialWay(): Promise<void> {
  await withFeed({ ...FEED, posts: 100 }, (feed) =>
    withFolder(async (folder) => {
      const { served } = feed;
      await (await openHome(join(folder, 'warm'), served)).backfill();
      const ours = await (await openHome(join(folder, 'home'), served)).backfill();
      feed.reset();
      await mkdir(join(folder, 'sequential'));
      const script = ['--import', 'tsx', 'bench/sequential.ts', join(folder, 'sequential'), JSON.stringify(served)];
      const theirs = await measure({ program: process.execPath, args: script });
      const { graph } = await feed.calls();
      await add(
        'Against the sequential way',
        `Pages of 25, a call for each album, one download at a time, a new connection for each: the first ${served.items} items of the same feed.

${table(
  ['', 'wall time', 'API calls'],
  [
    ['storyline-cli', seconds(ours.seconds), String(ours.result.api_calls)],
    ['sequential', seconds(theirs.seconds), String(graph)],
    ['ratio', (ours.seconds / theirs.seconds).toFixed(2), (ours.result.api_calls / graph).toFixed(2)],
  ],
)}
`,
      );
    }),
  );
}

/** Peak memory by the number and the size of items. */
async function memory(): Promise<void> {
  const rows: string[][] = [];
  const cases: readonly (readonly [string, FeedOptions])[] = [
    ['3,000 items of 20 KB', { posts: 1000, childrenPerAlbum: 9, sizes: 20_000, videoShare: 0 }],
    ['30,000 items of 20 KB', { posts: 10_000, childrenPerAlbum: 9, sizes: 20_000, videoShare: 0 }],
    ['one video of 1 GB', { posts: 1, childrenPerAlbum: 1, sizes: 1_000_000_000, videoShare: 1 }],
  ];
  for (const [name, options] of cases) {
    await withFeed(options, ({ served }) =>
      withFolder(async (folder) => {
        const run = await (await openHome(join(folder, 'home'), served)).backfill();
        say(`${name}: ${mebibytes(run.peakMiB)}, ${seconds(run.seconds)}`);
        rows.push([name, String(run.result.downloaded), mebibytes(run.peakMiB), seconds(run.seconds)]);
      }),
    );
  }
  await add(
    'Peak memory',
    `${table(['', 'files', 'peak memory', 'wall time'], rows)}
`,
  );
}

/** A second run over a complete library. */
async function knownItems(): Promise<void> {
  const options: FeedOptions = {
    posts: 3340,
    childrenPerAlbum: 9,
    sizes: 'tiny',
    videoShare: 0,
    apiLatencyMs: API_LATENCY,
  };
  await withFeed(options, ({ served }) =>
    withFolder(async (folder) => {
      const home = await openHome(join(folder, 'home'), served);
      await home.backfill();
      const again = await home.backfill();
      const incremental = await home.backfill('--incremental');
      const verified = await home.run('verify-library', '--json');
      const waiting = (again.result.api_calls * API_LATENCY) / 1000;
      await add(
        'A second run over known items',
        `${again.result.skipped_duplicate} items.

${table(
  ['', 'wall time', 'API calls', '× the latency of its calls'],
  [
    ['everything', seconds(again.seconds), String(again.result.api_calls), (again.seconds / waiting).toFixed(2)],
    ['new posts only', seconds(incremental.seconds), String(incremental.result.api_calls), '–'],
    ['verify-library', seconds(verified.seconds), '0', '–'],
  ],
)}
`,
      );
    }),
  );
}

/** Starting, against Node itself. */
async function starts(): Promise<void> {
  await withFeed({ posts: 1, childrenPerAlbum: 1, sizes: 'tiny' }, (feed: FeedServer) =>
    withFolder(async (folder) => {
      const home = await openHome(join(folder, 'home'), feed.served);
      const times = new Map<string, number[]>();
      for (let round = 0; round < 15; round += 1) {
        const note = (name: string, { seconds: took }: Measured) => times.set(name, [...(times.get(name) ?? []), took]);
        note('node -e 0', await measure({ program: process.execPath, args: ['-e', '0'] }));
        for (const command of ['--version', '--help', 'backfill-status']) note(command, await home.run(command));
      }
      const node = median(times.get('node -e 0') ?? []);
      const rows = [...times].map(([name, took]) => [name, seconds(median(took)), (median(took) / node).toFixed(2)]);
      await add(
        'Starting',
        `${table(['', 'wall time', '× node -e 0'], rows)}
`,
      );
    }),
  );
}

/** How many downloads at once, on lines of different quality. */
async function lines(): Promise<void> {
  const results = await compareLines(rounds, say);
  const rows = results.map(({ line, items, seconds: took }) => [line, String(items), ...took.map(seconds)]);
  await add('Downloads at once', table(['links', 'items', ...Object.keys(CONTENDERS)], rows), rounds);
}

/** What a dry run says, beside what the real one takes. */
async function forecast(): Promise<void> {
  await withFeed(FEED, (feed) =>
    withFolder(async (folder) => {
      // Files are drawn when they are first asked for.
      await (await openHome(join(folder, 'warm'), feed.served)).backfill();
      const home = await openHome(join(folder, 'home'), feed.served);
      const dry = await home.backfill('--dry-run');
      const real = await home.backfill();
      const said = dry.result.forecast;
      if (!said) throw new Error('a dry run without a forecast');
      const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
      const between = `${megabytes(said.bytes)} (${megabytes(said.bytes_least)} to ${megabytes(said.bytes_most)})`;
      await add(
        'The forecast of a dry run',
        `API 150 ms, links 40 ms. The dry run itself took ${seconds(dry.seconds)}.

${table(
  ['', 'forecast', 'came'],
  [
    ['API calls', String(said.api_calls), String(real.result.api_calls)],
    ['files', String(said.files), String(real.result.downloaded)],
    ['bytes', between, megabytes(real.result.bytes)],
    ['time', seconds(said.seconds), seconds(real.result.seconds)],
  ],
)}`,
      );
    }),
  );
}

/** What is asked of a large library. */
async function million(): Promise<void> {
  await add('A library of 1,000,000 media items', await millionItems(say));
}

for (const name of wanted) await SECTIONS[name]?.();
say(`written to ${values.write}`);
