import { type Canvas, type Color, disc, dot, mix, rect } from './canvas.ts';
import type { Random } from './random.ts';

/** Five colours from the sky's top to the nearest ground, and a light. */
export interface Palette {
  readonly sky: readonly [Color, Color, Color];
  readonly far: Color;
  readonly near: Color;
  readonly light: Color;
}

export const PALETTES: readonly Palette[] = [
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

export function sky(canvas: Canvas, { sky: [top, middle, low] }: Palette, horizon: number): void {
  for (let y = 0; y < canvas.height; y++) {
    const share = Math.min(1, y / horizon);
    const color = share < 0.55 ? mix(top, middle, share / 0.55) : mix(middle, low, (share - 0.55) / 0.45);
    rect(canvas, { x: 0, y, width: canvas.width, height: 1 }, color);
  }
}

export function sun(canvas: Canvas, palette: Palette, at: { x: number; y: number; radius: number }): void {
  disc(canvas, { ...at, radius: at.radius * 2.6 }, (x, y, distance) =>
    dot(canvas, x, y, palette.light, 0.4 * (1 - distance) ** 1.5),
  );
  disc(canvas, at, palette.light);
}

/** By night only: where the sky's top is dark. */
export function stars(canvas: Canvas, palette: Palette, random: Random, below: number): void {
  const [top] = palette.sky;
  if ((top >> 16) + ((top >> 8) & 255) + (top & 255) > 230) return;
  for (let i = 0; i < canvas.width / 2; i++)
    dot(canvas, random.int(0, canvas.width), random.int(0, below), palette.light, 0.25 + random.next() * 0.75);
}

/** A skyline of summed waves: for each column, the height of its top. */
export function ridge(canvas: Canvas, random: Random, form: { base: number; swing: number; rough: number }): number[] {
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

export function ground(canvas: Canvas, tops: readonly number[], paint: (depth: number) => Color): void {
  tops.forEach((top, x) => {
    for (let y = top; y < canvas.height; y++) dot(canvas, x, y, paint((y - top) / canvas.height));
  });
}
