import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { brotliCompressSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, DESKTOP, launch } from '../test/e2e/browser.ts';
import { served } from '../test/e2e/served.ts';
import { table } from './document.ts';
import { makeGalleryLibrary } from './gallery-library.ts';
import { median } from './measure.ts';

const POSTS = 50_000;
const ASKED = 15;
const THUMBNAILS = 400;
/** Screens that are scrolled through, one a frame, over the whole library. */
const SCREENS = 600;

/** The page on a library of ten years: what its server takes, what comes over the line, when pictures are seen. */
export async function gallery(add: (heading: string, text: string) => void): Promise<void> {
  const library = await served({ fill: (home) => makeGalleryLibrary(home, POSTS) });
  try {
    await answers(library.address, add);
    if (chromiumPath) await seen(library.address, add);
    else add('The gallery in a browser', 'No Chromium is installed: not measured.');
    await thumbnails(library.address, add);
  } finally {
    await library.close();
  }
  await bundle(add);
}

const QUESTIONS: readonly (readonly [string, string])[] = [
  ['how many posts each month has', '/api/months'],
  ['the first 100 posts', '/api/posts?limit=100'],
  ['100 posts in the middle', '/api/posts?limit=100&offset=25000'],
  ['the most liked', '/api/posts?limit=100&order=likes'],
  ['reels', '/api/months?kind=reel'],
  ['a frequent word', '/api/months?search=harbour'],
  ['a rare word', '/api/posts?search=lighthouse'],
  ['a hashtag', '/api/posts?hashtag=day7'],
  ['what is kept as its still only', '/api/months?state=poster'],
  ['the picture of the library', '/api/library'],
];

async function answers(address: string, add: (heading: string, text: string) => void): Promise<void> {
  const rows = [];
  for (const [name, path] of QUESTIONS) {
    const times: number[] = [];
    let bytes = 0;
    for (let n = 0; n < ASKED; n += 1) {
      const began = performance.now();
      const answer = await fetch(address + path, { headers: { 'accept-encoding': 'identity' } });
      bytes = (await answer.arrayBuffer()).byteLength;
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
      times.push(performance.now() - began);
    }
    const packed = await fetch(address + path, { headers: { 'accept-encoding': 'gzip' } });
    const compressed = Number(packed.headers.get('content-length')) || undefined;
    await packed.arrayBuffer();
    rows.push([name, `${median(times).toFixed(1)} ms`, kilobytes(bytes), compressed ? kilobytes(compressed) : '']);
  }
  add(
    'The gallery: its server',
    `A library of ${POSTS.toLocaleString('en')} posts on SQLite, over HTTP; medians of ${ASKED}.\n\n${table(['asked for', 'answered in', 'JSON', 'compressed'], rows)}`,
  );
}

interface FirstView {
  readonly firstTile: number;
  readonly allTiles: number;
  readonly bytes: number;
}

async function seen(address: string, add: (heading: string, text: string) => void): Promise<void> {
  const browser = await launch();
  try {
    const cold = await firstView(browser, address);
    const warm = [];
    for (let n = 0; n < 5; n += 1) warm.push(await firstView(browser, address));
    const scroll = await scrolling(browser, address);
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    add(
      'The gallery: in a browser',
      `The same library in headless Chromium, ${DESKTOP.width} × ${DESKTOP.height}, nothing cached by the browser; from the address to the pictures.

${table(
  ['', 'first tile', 'all tiles of the first screen', 'bytes over the line'],
  [
    ['thumbnails made meanwhile', ms(cold.firstTile), ms(cold.allTiles), kilobytes(cold.bytes)],
    [
      'thumbnails made before (median of 5)',
      ms(median(warm.map(({ firstTile }) => firstTile))),
      ms(median(warm.map(({ allTiles }) => allTiles))),
      kilobytes(median(warm.map(({ bytes }) => bytes))),
    ],
  ],
)}

Scrolled through from the first post to the last in ${SCREENS} steps, one a frame: frames took ${scroll.median.toFixed(1)} ms in the median,
${scroll.worst95.toFixed(1)} ms at 95 %; ${scroll.long} of them more than 50 ms. At most ${scroll.elements.toLocaleString('en')} elements were in the document.`,
    );
  } finally {
    await browser.close();
  }
}

async function firstView(browser: Browser, address: string): Promise<FirstView> {
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(address, { waitUntil: 'commit' });
  const began = await page.evaluate(() => performance.timeOrigin);
  const since = async (seenTiles: 'one' | 'all') => {
    const at = await page.waitForFunction(tilesAreSeen, seenTiles, { polling: 'raf' });
    return Number(await at.jsonValue()) - began;
  };
  const firstTile = await since('one');
  const allTiles = await since('all');
  await context.close();
  return { firstTile, allTiles, bytes };
}

async function scrolling(browser: Browser, address: string) {
  const page: Page = await browser.newPage({ viewport: DESKTOP });
  await page.goto(address);
  await page.waitForSelector('main img');
  const { frames, elements } = await page.evaluate(scrollThrough, SCREENS);
  await page.close();
  const sorted = frames.toSorted((a, b) => a - b);
  return {
    median: median(frames),
    worst95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    long: frames.filter((frame) => frame > 50).length,
    elements,
  };
}

async function thumbnails(address: string, add: (heading: string, text: string) => void): Promise<void> {
  const covers: { id: string; version: string }[] = [];
  for (let offset = 20_000; covers.length < THUMBNAILS; offset += 200) {
    const answer = await fetch(`${address}/api/posts?limit=200&offset=${offset}`);
    const { posts } = (await answer.json()) as { posts: { cover: { id: string; version: string } | null }[] };
    covers.push(...posts.flatMap(({ cover }) => cover ?? []));
  }
  const take = async () => {
    const left = covers.slice(0, THUMBNAILS);
    let bytes = 0;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let cover = left.pop(); cover; cover = left.pop()) {
          const answer = await fetch(`${address}/api/media/${cover.id}/thumbnail?size=tile&v=${cover.version}`);
          if (!answer.ok) throw new Error(`a thumbnail was answered with ${answer.status}`);
          bytes += (await answer.arrayBuffer()).byteLength;
        }
      }),
    );
    return { perSecond: THUMBNAILS / ((performance.now() - began) / 1000), bytes: bytes / THUMBNAILS };
  };
  const made = await take();
  const cached = await take();
  add(
    'The gallery: thumbnails',
    `${THUMBNAILS} pictures of 1080 × 1350, asked for six at a time as a browser does, ${kilobytes(made.bytes)} each: ${made.perSecond.toFixed(0)} a second while they are made, ${cached.perSecond.toFixed(0)} a second from then on.`,
  );
}

async function bundle(add: (heading: string, text: string) => void): Promise<void> {
  const folder = resolve('dist/page');
  const names = (await readdir(folder, { recursive: true })).filter((name) =>
    /\.(js|css|html|svg|webmanifest)$/.test(name),
  );
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      return { name, bytes: bytes.length, compressed: brotliCompressSync(bytes).length };
    }),
  );
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const first = files.filter(({ name }) => name === 'index.html' || html.includes(name.split('/').at(-1) ?? name));
  const sum = (some: typeof files, key: 'bytes' | 'compressed') => some.reduce((total, file) => total + file[key], 0);
  add(
    'The gallery: what a browser loads',
    table(
      ['', 'files', 'bytes', 'brotli'],
      [
        ['for the first view', first.length, kilobytes(sum(first, 'bytes')), kilobytes(sum(first, 'compressed'))],
        ['all pages', files.length, kilobytes(sum(files, 'bytes')), kilobytes(sum(files, 'compressed'))],
      ].map((row) => row.map(String)),
    ),
  );
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

// What follows is run by the browser: each function goes there alone, and knows nothing of this file.

interface Shown {
  readonly naturalWidth: number;
  readonly complete: boolean;
  getBoundingClientRect(): { readonly top: number; readonly bottom: number };
}
declare const innerHeight: number;
declare const requestAnimationFrame: (next: (at: number) => void) => number;
declare const document: {
  querySelectorAll<T = unknown>(selector: string): Iterable<T> & { readonly length: number };
  readonly documentElement: { scrollTop: number; readonly scrollHeight: number };
};

/** The moment, once one picture of the grid is seen, or all that are on the screen. */
function tilesAreSeen(wanted: 'one' | 'all'): number | false {
  const onScreen = [...document.querySelectorAll<Shown>('main img')].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const loaded = onScreen.filter(({ complete, naturalWidth }) => complete && naturalWidth > 0).length;
  const isSeen = wanted === 'one' ? loaded > 0 : onScreen.length > 12 && loaded === onScreen.length;
  return isSeen ? performance.timeOrigin + performance.now() : false;
}

async function scrollThrough(screens: number): Promise<{ frames: number[]; elements: number }> {
  const scroller = document.documentElement;
  const frames: number[] = [];
  let elements = 0;
  let before = performance.now();
  for (let n = 0; n <= screens; n += 1) {
    scroller.scrollTop = (n / screens) * (scroller.scrollHeight - innerHeight);
    await new Promise((next) => requestAnimationFrame(next));
    frames.push(performance.now() - before);
    before = performance.now();
    elements = Math.max(elements, document.querySelectorAll('*').length);
  }
  return { frames, elements };
}
