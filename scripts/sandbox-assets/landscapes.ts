import {
  type Air,
  alps,
  dunes,
  evenly,
  type Ground,
  grid,
  hills,
  landscape,
  mountainside,
  type View,
} from './landscape.ts';
import { clamp, color, type Film, fbm, mix, noise, paint, type Raster, type Rgb, scale, smooth } from './render.ts';

/** A picture that the script can take, at any width. */
export interface Picture {
  /** Width over height, in the shapes that Instagram has. */
  readonly aspect: number;
  paint(width: number, height: number): Raster;
}

export const SHAPES = { portrait: 4 / 5, square: 1, wide: 1.91, reel: 9 / 16, tall: 3 / 4 } as const;
export type Shape = keyof typeof SHAPES;

const view = (shape: Shape, ground: () => Ground, air: Air, camera: View, film: Film = {}, seed = 1): Picture => ({
  aspect: SHAPES[shape],
  paint(width, height) {
    return paint(width, height, landscape(ground(), air, camera, SHAPES[shape], seed), film);
  },
});

const DAY: Air = { zenith: 0x2f66b0, horizon: 0xbfd4e6, sun: 0xfff2dc, sunAt: [-50, 32], glow: 0.5, haze: 0.012 };
const GOLD: Air = { zenith: 0x4a6b9a, horizon: 0xf0c79a, sun: 0xffb066, sunAt: [-28, 7], haze: 0.03, glow: 1.1 };
const DUSK: Air = { zenith: 0x25305e, horizon: 0xe79a78, sun: 0xff7a3c, sunAt: [8, 1.4], haze: 0.008, glow: 1.2 };
const OVERCAST: Air = {
  zenith: 0x97a6b4,
  horizon: 0xcfd6da,
  sun: 0x8a8f92,
  sunAt: [20, 40],
  glow: 0.1,
  sunSize: 0,
  haze: 0.05,
};
const NIGHT: Air = {
  zenith: 0x050a1e,
  horizon: 0x1a2a4a,
  sun: 0x8fa6d8,
  sunAt: [-70, 24],
  sunSize: 0,
  glow: 0,
  haze: 0.012,
  stars: 1,
};
const STONE = { rock: 0x6b6460, growth: 0x4b5a2c, snow: 0xf2f6fb, line: 3.6 };
const cumulus = (seed: number, cover = 0.55) => ({ cover, size: 2.2, lit: 0xfffaf0, shade: 0x9fb0c4, seed });
const red = (seed: number, cover = 0.6) => ({ cover, size: 2.6, lit: 0xffb08a, shade: 0x6d5a78, seed });

const mountains =
  (seed: number, tall = 7, look = STONE, more: Partial<Ground> = {}) =>
  (): Ground => ({
    height: grid(64, alps(seed, tall)),
    surface: mountainside(look, seed),
    ...more,
  });
const sea =
  (waves = 0.06, body = 0x0b3a4a) =>
  (): Ground => ({
    height: () => -3,
    surface: evenly(0x223344),
    water: 0,
    waves,
    waterColor: body,
  });

function island(
  seed: number,
  tall: number,
  look: Ground['surface'],
  at: readonly [number, number, number],
  waves = 0.05,
): () => Ground {
  return () => {
    const rough = grid(48, alps(seed, tall, 6));
    return {
      height: (x, z) => {
        const away =
          Math.hypot((x - at[0]) / at[2], (z - at[1]) / at[2] / 0.8) + (fbm(x / 3, z / 3, 4, seed) - 0.5) * 0.7;
        return rough(x, z + 20) * smooth(1.15, 0.35, away) + 0.4 * smooth(1.2, 0.9, away) - 0.55;
      },
      surface: look,
      water: 0,
      waves,
      waterColor: 0x0a3944,
    };
  };
}

function lake(seed: number, tall: number, look: typeof STONE, { waves = 0.006, near = 7 } = {}): () => Ground {
  return () => {
    const peaks = grid(64, alps(seed, tall));
    return {
      height: (x, z) => {
        const shore = near + (fbm(x / 4, seed, 4, seed) - 0.5) * 6;
        return (
          peaks(x, z) * smooth(shore - 1, shore + 12, z + Math.abs(x) * 0.35) +
          0.9 * smooth(shore - 3, shore + 2, z + Math.abs(x) * 0.5) -
          0.8
        );
      },
      surface: mountainside(look, seed),
      water: 0,
      waves,
      waterColor: 0x0c2c33,
    };
  };
}

const striped = (rows: readonly number[], between: number, size = 0.55) => {
  const colors = rows.map(color);
  const earth = color(between);
  return (x: number, z: number): Rgb => {
    const at = x / size + fbm(x / 6, z / 6, 2, 4) * 0.6;
    const share = Math.abs(at - Math.floor(at) - 0.5) * 2;
    const row = colors[((Math.floor(at / 3) % colors.length) + colors.length) % colors.length] ?? earth;
    return mix(scale(row, 0.55 + 0.9 * noise(x * 30, z * 30, 3)), earth, smooth(0.6, 0.85, share));
  };
};

const woods = (palette: readonly number[], seed: number) => {
  const colors = palette.map(color);
  return (x: number, z: number): Rgb => {
    const pick = clamp(fbm(x * 1.7, z * 1.7, 5, seed) * 1.9 - 0.45) * (colors.length - 1);
    const low = Math.min(colors.length - 2, Math.floor(pick));
    const tree = mix(colors[low] ?? [0, 0, 0], colors[low + 1] ?? [0, 0, 0], pick - low);
    return scale(tree, 0.35 + 1.1 * noise(x * 14, z * 14, seed + 3));
  };
};
const wooded = (seed: number, tall: number, palette: readonly number[]) => (): Ground => {
  const base = grid(48, hills(seed, tall, 8, 5));
  return {
    height: (x, z) => base(x, z) + 0.16 * noise(x * 6, z * 6, seed) + 0.07 * noise(x * 13, z * 13, seed + 1),
    surface: woods(palette, seed),
    grit: 0.2,
  };
};
const sandy =
  (seed: number, tall: number, hex: number, spread = 6) =>
  (): Ground => {
    const base = dunes(seed, tall, spread);
    const heights = grid(70, base);
    return {
      height: (x, z) => heights(x, z) + 0.012 * Math.sin((x * 1.2 + z * 2.6 + fbm(x, z, 3, 2) * 3) * 7),
      surface: evenly(hex, 0.12, seed, 3),
      grit: 0.02,
    };
  };

const over = (x: number, y: number, z: number, pitch = 0, more: Partial<View> = {}): View => ({
  from: [x, y, z],
  pitch,
  ...more,
});

export const LANDSCAPES: Readonly<Record<string, Picture>> = {
  'frost-ridge': view(
    'portrait',
    mountains(3, 8, { ...STONE, line: 2.4 }),
    { ...DAY, sunAt: [-55, 16], horizon: 0xd9dfea, haze: 0.016, clouds: cumulus(4, 0.45) },
    over(0, 6.3, 0, -3, { zoom: 0.95 }),
    { exposure: 1.05 },
  ),
  'blue-ridges': view(
    'portrait',
    () => ({ height: grid(64, hills(21, 6.5, 6, 6)), surface: evenly(0x2c3a2c, 0.3, 2) }),
    { ...DAY, zenith: 0x6f97bd, horizon: 0xd7e0e6, sunAt: [0, 18], sunSize: 0, haze: 0.055, hazeFall: 0.5 },
    over(3, 6.4, 0, -5),
    {},
  ),
  'gold-ridges': view(
    'square',
    () => ({ height: grid(64, hills(33, 6, 6, 6)), surface: evenly(0x3a3526, 0.3, 2) }),
    { ...GOLD, sunAt: [6, 4], haze: 0.06, hazeFall: 0.45, sunSize: 1.2 },
    over(0, 5.6, 0, -1),
    {},
  ),
  alpenglow: view(
    'wide',
    mountains(11, 9, { ...STONE, line: 2.6 }),
    { ...DUSK, sunAt: [-115, 5], horizon: 0xd9a3a8, zenith: 0x35508c, sun: 0xff8a5a, haze: 0.014 },
    over(8, 5.2, 2, 3),
    { exposure: 1.35 },
  ),
  'lake-morning': view(
    'portrait',
    lake(5, 8, { ...STONE, line: 3 }),
    { ...DAY, sunAt: [-60, 24], clouds: cumulus(8, 0.5), horizon: 0xcfdce8 },
    over(0, 0.5, 0, 3),
    {},
  ),
  'lake-autumn': view(
    'square',
    lake(17, 6, { ...STONE, growth: 0xb0702a, line: 5 }),
    { ...GOLD, sunAt: [-70, 18], zenith: 0x5c88b8, clouds: cumulus(3, 0.4), haze: 0.008 },
    over(2, 0.4, 0, 2),
    {},
  ),
  'lake-still': view(
    'wide',
    lake(29, 5, { ...STONE, growth: 0x3c5140, line: 6 }, { waves: 0.003 }),
    { ...OVERCAST, horizon: 0xd8dde2, haze: 0.05 },
    over(0, 0.5, 0, 1),
    { exposure: 0.95 },
  ),
  'dunes-gold': view(
    'portrait',
    sandy(2, 2.2, 0xe0a868),
    { ...GOLD, zenith: 0x5a86b8, sunAt: [-75, 13], haze: 0.015 },
    over(0, 3.2, 0, -7),
    {},
  ),
  'dunes-blue': view(
    'wide',
    sandy(7, 2.6, 0xd99a5c, 8),
    { ...DUSK, zenith: 0x33407a, horizon: 0xe8b09a, sunAt: [70, 7], haze: 0.02 },
    over(4, 3.6, 3, -5),
    {},
  ),
  'dunes-close': view(
    'square',
    sandy(13, 1.6, 0xefc795, 4),
    { ...DAY, zenith: 0x2a6cc0, sunAt: [-80, 18], haze: 0.006 },
    over(2, 2.3, 1, -9),
    {},
  ),
  'sunset-sea': view(
    'portrait',
    sea(0.05),
    { ...DUSK, sunAt: [3, 2.2], sunSize: 1.5, clouds: red(2) },
    over(0, 0.35, 0, 1),
    { exposure: 0.75 },
  ),
  'sunset-pink': view(
    'wide',
    sea(0.03, 0x2a3550),
    {
      ...DUSK,
      horizon: 0xf2b1b0,
      zenith: 0x5b5f9e,
      sunAt: [-14, 1],
      clouds: { ...red(9, 0.7), lit: 0xffc0b0, shade: 0x8a7aa0 },
    },
    over(0, 0.5, 0, 2),
    { exposure: 0.8 },
  ),
  'sea-noon': view(
    'square',
    sea(0.09, 0x0a5566),
    { ...DAY, sunAt: [30, 50], clouds: cumulus(12, 0.5) },
    over(0, 0.7, 0, 0),
    {},
  ),
  'sea-storm': view(
    'tall',
    sea(0.14, 0x14323a),
    {
      ...OVERCAST,
      zenith: 0x4a5560,
      horizon: 0x9fa9ad,
      clouds: { cover: 0.85, size: 2, lit: 0xaab2b8, shade: 0x3d464f, seed: 5 },
    },
    over(0, 0.5, 0, 3),
    { exposure: 0.9 },
  ),
  'island-noon': view(
    'square',
    island(4, 5, mountainside({ rock: 0x8a8276, growth: 0x4f6a33, snow: 0xffffff, line: 99 }, 3), [0.5, 14, 7]),
    { ...DAY, sunAt: [-50, 35], clouds: cumulus(6, 0.5) },
    over(0, 1.1, 0, 0),
    {},
  ),
  'island-dusk': view(
    'portrait',
    island(8, 6, mountainside({ rock: 0x4a4644, growth: 0x2f3b2c, snow: 0xffffff, line: 99 }, 3), [-3, 16, 7], 0.03),
    { ...DUSK, sunAt: [14, 2], sunSize: 1.3, clouds: red(15, 0.5) },
    over(0, 0.7, 0, 2),
    { exposure: 0.8 },
  ),
  'autumn-woods': view(
    'portrait',
    wooded(5, 5.2, [0x2f3d1d, 0x6b5a1f, 0xb5651d, 0xd98e2b, 0x8f2d16]),
    { ...GOLD, zenith: 0x7fa5c8, horizon: 0xe6d6c0, sunAt: [-70, 22], haze: 0.03, sunSize: 0 },
    over(0, 5.6, 0, -9),
    {},
  ),
  'autumn-valley': view(
    'square',
    wooded(12, 6, [0x37451f, 0x7c6a22, 0xc07a22, 0xa8401a]),
    { ...GOLD, zenith: 0x88a0b8, horizon: 0xe9dccb, sunAt: [60, 14], haze: 0.05, hazeFall: 0.5, sunSize: 0 },
    over(5, 6.6, 0, -8),
    {},
  ),
  'green-hills': view(
    'wide',
    () => ({ height: grid(48, hills(31, 3, 7, 4)), surface: evenly(0x5c7238, 0.6, 3, 0.8) }),
    { ...DAY, sunAt: [-70, 20], clouds: cumulus(20, 0.55), haze: 0.014 },
    over(0, 2.9, 0, -3),
    {},
  ),
  lavender: view(
    'portrait',
    () => ({
      height: grid(48, (x, z) => hills(9, 1.6, 12, 3)(x, z)),
      surface: striped([0x6a4fa8, 0x7c5cc0], 0x6f6a3c),
      grit: 0.5,
    }),
    { ...GOLD, zenith: 0x6d8fc2, sunAt: [-20, 6], clouds: red(5, 0.5) },
    over(0.2, 1.75, 0, -6),
    {},
  ),
  tulips: view(
    'square',
    () => ({
      height: grid(48, hills(2, 0.5, 14, 2)),
      surface: striped([0xd9303e, 0xf2b632, 0xe86a92, 0xf4efe6, 0x8a2f7a], 0x3f6a2c, 0.4),
      grit: 0.5,
    }),
    { ...DAY, sunAt: [-50, 30], clouds: cumulus(30, 0.5) },
    over(0.2, 1, 0, -9),
    {},
  ),
  'fog-valley': view(
    'portrait',
    mountains(23, 6.5, { rock: 0x4a4f52, growth: 0x2f3d34, snow: 0xffffff, line: 9 }),
    { ...OVERCAST, zenith: 0xaab8c4, horizon: 0xdfe6ea, haze: 0.9, hazeFall: 0.8 },
    over(0, 5.4, 0, -5),
    { exposure: 0.9 },
  ),
  'snow-field': view(
    'wide',
    () => ({ height: grid(48, hills(40, 2.2, 9, 4)), surface: evenly(0xeef3fa, 0.08, 1), grit: 0.05 }),
    { ...DAY, zenith: 0x7ba4cf, horizon: 0xe8e4e4, sun: 0xffe6c8, sunAt: [65, 9], haze: 0.03 },
    over(0, 2.5, 0, -3),
    { exposure: 0.85 },
  ),
  'milky-way': view(
    'portrait',
    mountains(3, 6, STONE),
    { ...NIGHT, milkyWay: true, horizon: 0x2a3350, stars: 1.2 },
    over(0, 4.6, 0, 13),
    { exposure: 1.25, grain: 0.02 },
  ),
  aurora: view(
    'portrait',
    lake(5, 5, { ...STONE, line: 2 }, { waves: 0.01 }),
    { ...NIGHT, zenith: 0x06122a, horizon: 0x12343f, aurora: [0x3cff9a, 0x9a5cff], stars: 0.7 },
    over(0, 0.5, 0, 12),
    { exposure: 1.2, grain: 0.02 },
  ),
  mesa: view(
    'wide',
    () => {
      const base = grid(64, hills(51, 6, 7, 5));
      return {
        height: (x, z) => {
          const y = base(x, z);
          return y < 3 ? y * 0.3 : 0.9 + smooth(3, 3.5, y) * 2.4 + (y - 3) * 0.2;
        },
        surface: (x, z, y, steep) =>
          scale(
            mix(
              color(0xc46a3a),
              color(0x8a4a34),
              clamp(0.5 + Math.sin(y * 9 + fbm(x, z, 2) * 2) * 0.5 * smooth(0.1, 0.5, steep)),
            ),
            0.8 + 0.4 * fbm(x * 3, z * 3, 3),
          ),
      };
    },
    { ...GOLD, zenith: 0x4f7fba, sunAt: [-60, 13], clouds: cumulus(17, 0.4) },
    over(0, 1.9, 0, 1),
    {},
  ),
};
