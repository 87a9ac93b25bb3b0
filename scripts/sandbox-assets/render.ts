/** Red, green and blue of linear light; 1 is white paper in the sun. */
export type Rgb = readonly [number, number, number];

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Row by row, three bytes a pixel. */
  readonly rgb: Uint8Array;
}

export const clamp = (value: number, low = 0, high = 1) => (value < low ? low : value > high ? high : value);
export const smooth = (from: number, to: number, value: number) => {
  const t = clamp((value - from) / (to - from));
  return t * t * (3 - 2 * t);
};
export const lerp = (from: number, to: number, share: number) => from + (to - from) * share;
export const mix = (a: Rgb, b: Rgb, share: number): Rgb => [
  lerp(a[0], b[0], share),
  lerp(a[1], b[1], share),
  lerp(a[2], b[2], share),
];
export const scale = (a: Rgb, by: number): Rgb => [a[0] * by, a[1] * by, a[2] * by];
export const add = (a: Rgb, b: Rgb): Rgb => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const multiply = (a: Rgb, b: Rgb): Rgb => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];

/** A colour as designers write it, in linear light. */
export function color(hex: number): Rgb {
  const linear = (byte: number) => (byte / 255) ** 2.2;
  return [linear(hex >> 16), linear((hex >> 8) & 255), linear(hex & 255)];
}

/** A number from 0 to 1 for each pair of whole numbers, always the same. */
export function hash(x: number, y: number, seed = 0): number {
  let h = (Math.imul(x | 0, 374761393) ^ Math.imul(y | 0, 668265263) ^ Math.imul(seed | 0, 974634777)) | 0;
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  h = Math.imul(h ^ (h >>> 16), 2246822519);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

/** Value noise, 0 to 1. */
export function noise(x: number, y: number, seed = 0): number {
  const [ix, iy] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - ix, y - iy];
  const [u, v] = [fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)];
  const a = hash(ix, iy, seed);
  const b = hash(ix + 1, iy, seed);
  const c = hash(ix, iy + 1, seed);
  const d = hash(ix + 1, iy + 1, seed);
  return a + (b - a) * u + (c - a) * v + (a - b - c + d) * u * v;
}

/** Octaves of noise, 0 to 1. */
export function fbm(x: number, y: number, octaves = 5, seed = 0): number {
  let sum = 0;
  let size = 0.5;
  let [px, py] = [x, y];
  for (let i = 0; i < octaves; i++) {
    sum += noise(px, py, seed + i) * size;
    [px, py] = [px * 1.6 - py * 1.2 + 17, px * 1.2 + py * 1.6 + 31];
    size /= 2;
  }
  return sum / (1 - 0.5 ** octaves);
}

/** Whole numbers and shares in a row that depends on the seed alone. */
export function random(seed: number) {
  let count = 0;
  const next = () => hash(count++, 7, seed);
  return { next, between: (low: number, high: number) => low + next() * (high - low) };
}

export interface Film {
  readonly exposure?: number;
  readonly saturation?: number;
  /** Darkens the corners, 0 to 1. */
  readonly vignette?: number;
  readonly grain?: number;
  /** Multiplies dark and bright parts, for a tint. */
  readonly shadows?: Rgb;
  readonly lights?: Rgb;
}

/** The light at a place: x from 0 to the picture's width over its height, y from 0 at the top to 1. */
export type Light = (x: number, y: number) => Rgb;

/** Renders the light as a photograph. Pixels on hard edges are sampled four times. */
export function paint(width: number, height: number, light: Light, film: Film = {}): Raster {
  const {
    exposure = 1,
    saturation = 0.98,
    vignette = 0.22,
    grain = 0.008,
    shadows = [1, 1, 1],
    lights = [1, 1, 1],
  } = film;
  const aspect = width / height;
  const toned = new Float32Array(width * height * 3);
  const sample = (px: number, py: number): Rgb => {
    const [x, y] = [px / height, py / height];
    const fall = exposure * (1 - vignette * 2 * ((x / aspect - 0.5) ** 2 + (y - 0.5) ** 2));
    const [r, g, b] = light(x, y);
    return [tone(r * fall), tone(g * fall), tone(b * fall)];
  };
  for (let py = 0; py < height; py++)
    for (let px = 0; px < width; px++) toned.set(sample(px + 0.5, py + 0.5), (py * width + px) * 3);

  const brightness = (at: number) => (toned[at] ?? 0) * 0.3 + (toned[at + 1] ?? 0) * 0.59 + (toned[at + 2] ?? 0) * 0.11;
  const edges = new Set<number>();
  for (let py = 1; py < height; py++)
    for (let px = 1; px < width; px++) {
      const at = (py * width + px) * 3;
      for (const other of [at - 3, at - width * 3])
        if (Math.abs(brightness(at) - brightness(other)) > 0.1) edges.add(at).add(other);
    }
  for (const at of edges) {
    const [px, py] = [(at / 3) % width, Math.floor(at / 3 / width)];
    const samples = [
      [0.2, 0.3],
      [0.7, 0.2],
      [0.3, 0.8],
      [0.8, 0.7],
    ].map(([dx = 0, dy = 0]) => sample(px + dx, py + dy));
    for (let i = 0; i < 3; i++) toned[at + i] = samples.reduce((sum, one) => sum + (one[i] ?? 0), 0) / 4;
  }

  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at += 3) {
    const gray = brightness(at);
    const noisy = (hash(at, 1, 99) + hash(at, 2, 98) - 1) * grain;
    for (let i = 0; i < 3; i++) {
      const tint = lerp(shadows[i] ?? 1, lights[i] ?? 1, gray);
      rgb[at + i] = Math.round(clamp((gray + ((toned[at + i] ?? 0) - gray) * saturation) * tint + noisy) * 255);
    }
  }
  return { width, height, rgb };
}

// The filmic curve by Narkowicz, and the screen's gamma.
const tone = (light: number) => {
  const x = Math.max(0, light);
  return clamp((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)) ** (1 / 2.2);
};
