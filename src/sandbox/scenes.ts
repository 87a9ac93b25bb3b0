import { type Canvas, type Color, disc, dot, mix, rect } from './canvas.ts';
import type { Random } from './random.ts';

/** Five colours from the sky's top to the nearest ground, and a light. */
interface Palette {
  readonly sky: readonly [Color, Color, Color];
  readonly far: Color;
  readonly near: Color;
  readonly light: Color;
}

const PALETTES: readonly Palette[] = [
  { sky: [0x2b2d6e, 0xc8553d, 0xffd28f], far: 0x8a4f7d, near: 0x241b3a, light: 0xfff1c1 },
  { sky: [0x0d1b3e, 0x1f4e79, 0x7fb7be], far: 0x345995, near: 0x0b132b, light: 0xf6f7d7 },
  { sky: [0x6ec6ff, 0xb3e5fc, 0xfff8e1], far: 0x7ba98b, near: 0x2d5d4b, light: 0xffffff },
  { sky: [0xff9a8b, 0xffc3a0, 0xffecd2], far: 0xc97b84, near: 0x5b3758, light: 0xfffbe8 },
  { sky: [0x12063b, 0x5b2a86, 0xff6f91], far: 0x70398f, near: 0x190a33, light: 0xffc2d1 },
  { sky: [0x3a6073, 0x8fb9a8, 0xf1e3c6], far: 0x6b8f71, near: 0x223b33, light: 0xfdf6e3 },
  { sky: [0xf7b267, 0xf79d65, 0xfde4b5], far: 0xd9704d, near: 0x6d2e2b, light: 0xfffdf2 },
  { sky: [0x16324f, 0x2a628f, 0xa7d3d4], far: 0x3e885b, near: 0x13293d, light: 0xe8f1f2 },
  { sky: [0x8ec5fc, 0xe0c3fc, 0xfde2f3], far: 0x9d8ec7, near: 0x4a3f74, light: 0xffffff },
  { sky: [0x264653, 0x2a9d8f, 0xe9c46a], far: 0x287271, near: 0x1b3038, light: 0xfff3d0 },
];

type Scene = (canvas: Canvas, palette: Palette, random: Random) => void;

function sky(canvas: Canvas, { sky: [top, middle, low] }: Palette, horizon: number): void {
  for (let y = 0; y < canvas.height; y++) {
    const share = Math.min(1, y / horizon);
    const color = share < 0.55 ? mix(top, middle, share / 0.55) : mix(middle, low, (share - 0.55) / 0.45);
    rect(canvas, { x: 0, y, width: canvas.width, height: 1 }, color);
  }
}

function sun(canvas: Canvas, palette: Palette, at: { x: number; y: number; radius: number }): void {
  disc(canvas, { ...at, radius: at.radius * 2.6 }, (x, y, distance) =>
    dot(canvas, x, y, palette.light, 0.4 * (1 - distance) ** 1.5),
  );
  disc(canvas, at, palette.light);
}

/** By night only: where the sky's top is dark. */
function stars(canvas: Canvas, palette: Palette, random: Random, below: number): void {
  const [top] = palette.sky;
  if ((top >> 16) + ((top >> 8) & 255) + (top & 255) > 230) return;
  for (let i = 0; i < canvas.width / 2; i++)
    dot(canvas, random.int(0, canvas.width), random.int(0, below), palette.light, 0.25 + random.next() * 0.75);
}

/** A skyline of summed waves: for each column, the height of its top. */
function ridge(canvas: Canvas, random: Random, form: { base: number; swing: number; rough: number }): number[] {
  const waves = [1, 2.3, 5.1, 11.7, 23].map((frequency, i) => ({
    frequency: (frequency * (0.8 + random.next() * 0.4) * Math.PI * 2) / canvas.width,
    phase: random.next() * 7,
    size: (form.swing / 1.6 ** i) * (i > 1 ? form.rough : 1),
  }));
  return Array.from({ length: canvas.width }, (_, x) =>
    Math.round(
      form.base + waves.reduce((sum, { frequency, phase, size }) => sum + Math.sin(x * frequency + phase) * size, 0),
    ),
  );
}

function ground(canvas: Canvas, tops: readonly number[], paint: (depth: number) => Color): void {
  tops.forEach((top, x) => {
    for (let y = top; y < canvas.height; y++) dot(canvas, x, y, paint((y - top) / canvas.height));
  });
}

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

const SCENES: readonly Scene[] = [mountains, sea, city, forest, mountains, sea, tiles, forest, bloom];

/** Fills the canvas with a scene; the same seed gives the same scene. */
export const paintScene = (canvas: Canvas, random: Random): void =>
  random.pick(SCENES)(canvas, random.pick(PALETTES), random);
