/**
 * Makes the sandbox's pictures and clips: `npx tsx scripts/make-sandbox-assets.ts`. Run it by hand after a change and
 * commit its output. It needs ffmpeg and takes about 15 minutes; rendered scenes are kept in the system's folder for
 * temporary files, so a second run is quick. Delete a scene there to render it again.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { FLAT_SCENES, tiles } from './sandbox-assets/flat-scenes.ts';
import { LANDSCAPES } from './sandbox-assets/landscapes.ts';
import { paint, type Raster } from './sandbox-assets/render.ts';
import { STILL_LIFES } from './sandbox-assets/still-life.ts';

const SCENES = join(tmpdir(), 'storyline-sandbox-scenes');
const ASSETS = 'src/sandbox/media/assets';
const WIDTH = 640;
const QUALITY = 48;
const MOST_BYTES = 19_000;

const scene = (name: string) => join(SCENES, `${name}.png`);
const image = ({ rgb, width, height }: Raster) => sharp(rgb, { raw: { width, height, channels: 3 } });

/** Saves a picture as JPEG. One with much detail gets a lower quality, so that all of them stay within 1.5 MB. */
async function save(picture: Sharp, name: string): Promise<void> {
  const encode = (quality: number) => picture.clone().jpeg({ quality, mozjpeg: true }).toBuffer();
  const fine = await encode(QUALITY);
  writeFileSync(join(ASSETS, `${name}.jpg`), fine.length < MOST_BYTES ? fine : await encode(32));
}

mkdirSync(SCENES, { recursive: true });
rmSync(ASSETS, { recursive: true, force: true });
mkdirSync(ASSETS);

const pictures = { ...FLAT_SCENES, ...STILL_LIFES, ...LANDSCAPES };
for (const [name, { aspect, paint: render }] of Object.entries(pictures)) {
  if (!existsSync(scene(name)))
    await image(render(WIDTH, Math.round(WIDTH / aspect)))
      .png()
      .toFile(scene(name));
  await save(await withBloom(scene(name)), name);
}

/** Bright parts shine a little into their surroundings, as in a real lens. */
async function withBloom(path: string): Promise<Sharp> {
  const glow = await sharp(path).linear(0.5, -70).blur(14).toBuffer();
  return sharp(
    await sharp(path)
      .composite([{ input: glow, blend: 'screen' }])
      .toBuffer(),
  );
}

// Pictures made of pictures.
const cell = (name: string, width: number, height: number) =>
  sharp(scene(name)).resize(width, height, { position: 'attention' });

const sheet = [
  'ceramics',
  'coffee-above',
  'fog-firs',
  'camera',
  'alpenglow',
  'daisies',
  'cairn',
  'blue-hour',
  'dunes-gold',
  'eggs',
  'moon',
  'lake-still',
];
const frames = await Promise.all(
  sheet.map(async (name, i) => ({
    input: await cell(name, 196, 148).grayscale().png().toBuffer(),
    left: 14 + (i % 3) * 208,
    top: 22 + Math.floor(i / 3) * 192,
  })),
);
await save(
  sharp({ create: { width: WIDTH, height: 800, channels: 3, background: '#111' } }).composite(frames),
  'contact-sheet',
);

for (const [name, left, right] of [
  ['diptych', 'cairn', 'window-plant'],
  ['two-hills', 'blue-ridges', 'gold-ridges'],
] as const) {
  const sides = await Promise.all([left, right].map((side) => cell(side, 300, 400).png().toBuffer()));
  const placed = sides.map((input, i) => ({ input, left: 14 + i * 312, top: 120 }));
  await save(
    sharp({ create: { width: WIDTH, height: WIDTH, channels: 3, background: '#f3efe8' } }).composite(placed),
    name,
  );
}

for (const [name, hues, count] of [
  ['poster-circles', [0x1f3a5f, 0xe8b04a, 0xd9533a, 0xf4ead8, 0x5f8f8a], 6],
  ['poster-tiles', [0x2b2b33, 0xe2725b, 0xf2d6b3, 0x8fb8a8], 5],
] as const) {
  const poster = paint(720, 720, tiles(hues, count, count), { vignette: 0, grain: 0 });
  await image(poster)
    .png({ palette: true, colours: 24, dither: 0 })
    .toFile(join(ASSETS, `${name}.png`));
}

// Stories are 9:16.
for (const name of ['coffee-morning', 'city-bokeh', 'lake-morning', 'window-plant'])
  await save((await withBloom(scene(name))).resize(540, 960, { position: 'attention' }), `story-${name}`);

// Clips: a slow move over a picture, with its first frame as the cover.
const REEL = [432, 768] as const;
const LANDSCAPE = [640, 360] as const;
const SQUARE = [480, 480] as const;
const CLIPS = {
  'clip-lake': ['lake-morning', REEL, 4, 'in'],
  'clip-sunset': ['sunset-sea', REEL, 4, 'in'],
  'clip-candles': ['candles', REEL, 4, 'in'],
  'clip-snow': ['snow-firs', REEL, 3, 'in'],
  'clip-dunes': ['dunes-gold', REEL, 5, 'right'],
  'clip-firs': ['fog-firs', REEL, 4, 'right'],
  'clip-coffee': ['coffee-above', REEL, 3, 'in'],
  'clip-aurora': ['aurora', REEL, 4, 'right'],
  'clip-valley': ['alpenglow', LANDSCAPE, 5, 'right'],
  'clip-skyline': ['night-skyline', LANDSCAPE, 4, 'right'],
  'clip-waves': ['sea-noon', SQUARE, 3, 'right'],
  'clip-ferry': ['sunset-pink', LANDSCAPE, 4, 'right'],
} as const;

const encode = (input: readonly string[], filter: string, output: readonly string[]) =>
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', ...input, '-vf', filter, '-an', '-c:v', 'libx264', '-preset', 'veryslow'],
    ...[
      '-pix_fmt',
      'yuv420p',
      '-bsf:v',
      'filter_units=remove_types=6',
      '-map_metadata',
      '-1',
      '-fflags',
      '+bitexact',
      '-flags:v',
      '+bitexact',
    ],
    ...['-movflags', '+faststart', ...output],
  ]);

for (const [name, [from, [width, height], seconds, move]] of Object.entries(CLIPS)) {
  const still = join(SCENES, `${name}.still.png`);
  await sharp(scene(from))
    .resize(width * 3, height * 3, { position: 'attention' })
    .png()
    .toFile(still);
  const count = seconds * 24;
  const step = `(on/${count})`;
  const [zoom, x] = move === 'in' ? [`1+0.22*${step}`, '(iw-iw/zoom)/2'] : ['1.2', `(iw-iw/zoom)*${step}`];
  const filter = `zoompan=z='${zoom}':x='${x}':y='(ih-ih/zoom)/2':d=${count}:s=${width}x${height}:fps=24`;
  const path = join(ASSETS, `${name}.mp4`);
  encode(['-i', still], filter, ['-crf', '35', '-frames:v', `${count}`, path]);
  const cover = join(SCENES, `${name}.cover.png`);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', path, '-frames:v', '1', cover]);
  await save(sharp(cover), name);
}

// What tests are served: the program changes its size and length, see media/mp4.ts.
encode(['-f', 'lavfi', '-i', 'gradients=s=96x160:r=12:d=1:speed=0.05:seed=2'], 'null', [
  ...['-crf', '34', '-movie_timescale', '60000', '-video_track_timescale', '60000', join(ASSETS, 'small.mp4')],
]);
