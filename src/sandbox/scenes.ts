import { type Canvas, disc, dot, mix, rect } from './canvas.ts';
import type { SceneName } from './post.ts';
import type { Random } from './random.ts';
import { ground, PALETTES, type Palette, ridge, sky, stars, sun } from './scenery.ts';

type Scene = (canvas: Canvas, palette: Palette, random: Random) => void;

const mountains: Scene = (canvas, palette, random) => {
  const { width, height } = canvas;
  sky(canvas, palette, height * 0.7);
  stars(canvas, palette, random, height * 0.4);
  sun(canvas, palette, {
    x: width * (0.2 + random.next() * 0.6),
    y: height * (0.2 + random.next() * 0.2),
    radius: width * 0.08,
  });
  for (let layer = 0; layer < 4; layer++) {
    const share = layer / 3;
    const base = height * (0.48 + layer * 0.13);
    const tops = ridge(canvas, random, { base, swing: height * (0.075 - layer * 0.008), rough: 0.9 - layer * 0.2 });
    const color = mix(palette.far, palette.near, share);
    ground(canvas, tops, (depth) =>
      mix(color, palette.sky[2], Math.max(0, 0.32 - share * 0.3) * Math.min(1, depth * 6)),
    );
  }
};

const sea: Scene = (canvas, palette, random) => {
  const { width, height } = canvas;
  const horizon = Math.round(height * 0.58);
  const x = width * (0.3 + random.next() * 0.4);
  sky(canvas, palette, horizon);
  sun(canvas, palette, { x, y: horizon - width * 0.06 * random.next(), radius: width * 0.13 });
  for (let y = horizon; y < height; y++) {
    const depth = (y - horizon) / (height - horizon);
    rect(canvas, { x: 0, y, width, height: 1 }, mix(mix(palette.sky[1], palette.far, 0.5), palette.near, depth));
    for (let i = 0; i < 5; i++) {
      const length = (2 + random.next() * 10 * (0.3 + depth)) * (width / 135);
      const spread = width * (0.05 + depth * (i < 3 ? 0.16 : 0.6));
      rect(
        canvas,
        { x: x + (random.next() * 2 - 1) * spread, y, width: length, height: 1 },
        palette.light,
        i < 3 ? 0.45 * (1.1 - depth) : 0.1,
      );
    }
  }
  const boat = Math.round(width * (x > width / 2 ? 0.18 : 0.74));
  const size = Math.max(3, Math.round(width / 22));
  for (let i = 0; i < size; i++)
    rect(canvas, { x: boat + size / 2, y: horizon - size + i, width: i * 0.7 + 1, height: 1 }, palette.light, 0.9);
  for (let i = 0; i < size / 3; i++)
    rect(canvas, { x: boat + i, y: horizon + i, width: size * 1.6 - i * 2, height: 1 }, palette.near);
};

const city: Scene = (canvas, palette, random) => {
  const { width, height } = canvas;
  sky(canvas, palette, height * 0.85);
  stars(canvas, palette, random, height * 0.35);
  sun(canvas, palette, { x: width * (0.2 + random.next() * 0.6), y: height * 0.22, radius: width * 0.07 });
  for (let layer = 0; layer < 3; layer++) {
    const color = mix(palette.far, palette.near, layer / 2);
    for (let x = -2; x < width; ) {
      const wide = Math.round((random.int(9, 19) * width) / 135);
      const top = Math.round(height * (0.4 + layer * 0.13 + random.next() * 0.2));
      rect(canvas, { x, y: top, width: wide, height: height - top }, color);
      if (random.next() < 0.3)
        rect(canvas, { x: x + wide / 2, y: top - height * 0.04, width: 1, height: height * 0.04 }, color);
      for (let wy = top + 2; wy < height; wy += 3)
        for (let wx = x + 2; wx < x + wide - 2; wx += 3)
          if (random.next() < 0.1 + layer * 0.12)
            rect(canvas, { x: wx, y: wy, width: 1, height: 1.5 }, palette.light, 0.3 + layer * 0.25);
      x += wide + (random.next() < 0.3 ? 2 : 0);
    }
  }
};

const forest: Scene = (canvas, palette, random) => {
  const { width, height } = canvas;
  sky(canvas, palette, height * 0.75);
  sun(canvas, palette, { x: width * (0.25 + random.next() * 0.5), y: height * 0.3, radius: width * 0.1 });
  for (let layer = 0; layer < 3; layer++) {
    const color = mix(palette.far, palette.near, layer / 2);
    const tops = ridge(canvas, random, { base: height * (0.56 + layer * 0.15), swing: height * 0.03, rough: 0.3 });
    ground(canvas, tops, () => color);
    for (let x = random.int(0, 6); x < width; x += Math.max(2, Math.round((random.int(3, 9) * width) / 135))) {
      const tall = ((8 + layer * 8) * (0.7 + random.next() * 0.6) * width) / 135;
      const foot = (tops[x] ?? height) + 1;
      for (let i = 0; i < tall; i++) {
        const half = (i / tall) * tall * 0.28 * (0.75 + 0.25 * ((i % 4) / 3));
        rect(
          canvas,
          { x: Math.round(x - half), y: Math.round(foot - tall + i), width: half * 2 + 1, height: 1 },
          color,
        );
      }
    }
  }
};

const tiles: Scene = (canvas, palette, random) => {
  const size = Math.ceil(canvas.width / random.int(4, 6));
  const colors = [...palette.sky, palette.far, palette.near, palette.light];
  for (let top = 0; top < canvas.height; top += size)
    for (let left = 0; left < canvas.width; left += size) {
      const back = random.pick(colors);
      const front = random.pick(colors.filter((color) => color !== back));
      const form = random.int(0, 4);
      const [cx, cy] = random.pick([
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const);
      rect(canvas, { x: left, y: top, width: size, height: size }, back);
      for (let y = 0; y < size; y++)
        for (let x = 0; x < size; x++) {
          const corner = Math.hypot(x + 0.5 - cx * size, y + 0.5 - cy * size) / size;
          const middle = Math.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2) / size;
          const inside = [
            corner < 1,
            corner < 1 && corner > 0.5,
            middle < 0.5,
            middle < 0.5 && middle > 0.22,
            x + y < size,
          ][form];
          if (inside) dot(canvas, left + x, top + y, front);
        }
    }
};

const bloom: Scene = (canvas, palette, random) => {
  const { width, height } = canvas;
  const petals = random.int(5, 9);
  const turn = random.next() * 6;
  const x0 = width * (0.4 + random.next() * 0.2);
  const y0 = height * 0.42;
  sky(canvas, palette, height);
  for (const [ring, color] of [palette.near, palette.far, palette.sky[1], palette.sky[2]].entries()) {
    const reach = Math.min(width, height) * (0.46 - ring * 0.09);
    disc(canvas, { x: x0, y: y0, radius: reach }, (x, y, distance) => {
      const wave = Math.cos((Math.atan2(y - y0, x - x0) + turn + ring * 0.3) * petals);
      if (distance < 0.62 + 0.38 * wave) dot(canvas, x, y, mix(color, palette.light, (1 - distance) * 0.25));
    });
  }
  sun(canvas, palette, { x: x0, y: y0, radius: Math.min(width, height) * 0.055 });
};

const SCENES: Readonly<Record<SceneName, Scene>> = { mountains, sea, city, forest, tiles, bloom };
const BY_CHANCE: readonly SceneName[] = [
  'mountains',
  'sea',
  'city',
  'forest',
  'mountains',
  'sea',
  'tiles',
  'forest',
  'bloom',
];

/** Fills the canvas with a scene, or one by chance; the same seed gives the same scene. */
export function paintScene(canvas: Canvas, random: Random, wanted?: SceneName): void {
  const byChance = random.pick(BY_CHANCE);
  SCENES[wanted ?? byChance](canvas, random.pick(PALETTES), random);
}
