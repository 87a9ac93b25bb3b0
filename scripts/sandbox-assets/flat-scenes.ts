import { type Picture, SHAPES, type Shape } from './landscapes.ts';
import {
  add,
  clamp,
  color,
  type Film,
  fbm,
  hash,
  type Light,
  lerp,
  mix,
  multiply,
  noise,
  paint,
  type Rgb,
  random,
  scale,
  smooth,
} from './render.ts';

const flat = (shape: Shape, light: () => Light, film: Film = {}): Picture => ({
  aspect: SHAPES[shape],
  paint: (width, height) => paint(width, height, light(), film),
});

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly r: number;
  readonly light: Rgb;
}

/** Points of light out of focus: each a disc that is brighter at its rim. */
function bokeh(discs: readonly Disc[]): Light {
  return (x, y) => {
    let light: Rgb = [0, 0, 0];
    for (const disc of discs) {
      const d = Math.hypot(x - disc.x, y - disc.y) / disc.r;
      if (d < 1.05) light = add(light, scale(disc.light, smooth(1.04, 0.94, d) * (0.7 + 0.4 * d * d)));
    }
    return light;
  };
}

function lights(
  count: number,
  hues: readonly number[],
  seed: number,
  area: readonly [number, number, number, number],
  size: readonly [number, number],
): Disc[] {
  const dice = random(seed);
  return Array.from({ length: count }, () => ({
    x: dice.between(area[0], area[2]),
    y: dice.between(area[1], area[3]),
    r: dice.between(...size),
    light: scale(color(hues[Math.floor(dice.next() * hues.length)] ?? 0xffffff), dice.between(0.15, 0.8)),
  }));
}

const cityBokeh = (hues: readonly number[], low: number, high: number, seed: number) => (): Light => {
  const far = bokeh(lights(70, hues, seed, [0, 0.2, 1, 0.7], [0.012, 0.03]));
  const near = bokeh(lights(26, hues, seed + 1, [0, 0.3, 1, 0.85], [0.03, 0.07]));
  const wet = bokeh(
    lights(40, hues, seed + 2, [0, 0.72, 1, 1], [0.02, 0.05]).map((disc) => ({
      ...disc,
      light: scale(disc.light, 0.35),
    })),
  );
  return (x, y) => {
    const back = mix(color(high), color(low), smooth(0.1, 0.75, y));
    const streak = wet(x, 0.72 + (y - 0.72) * 0.45);
    return add(add(back, far(x, y)), add(near(x, y), y > 0.7 ? streak : [0, 0, 0]));
  };
};

/** Rain on a window: each drop shows the lights behind it upside down. */
const rainyWindow = (hues: readonly number[], back: number, seed: number) => (): Light => {
  const discs = bokeh(lights(60, hues, seed, [-0.1, 0.1, 1.1, 1], [0.04, 0.1]));
  const scene: Light = (x, y) => add(scale(color(back), 1.2 - 0.9 * y), discs(x, y));
  return (x, y) => {
    for (const size of [0.07, 0.035, 0.018]) {
      const [cx, cy] = [Math.floor(x / size), Math.floor(y / size)];
      for (let j = -1; j <= 1; j++)
        for (let i = -1; i <= 1; i++) {
          const [gx, gy] = [cx + i, cy + j];
          if (hash(gx, gy, seed + size * 1000) > 0.36) continue;
          const r = size * (0.2 + 0.25 * hash(gx, gy, seed + 3));
          const [mx, my] = [
            (gx + 0.2 + 0.6 * hash(gx, gy, seed + 1)) * size,
            (gy + 0.2 + 0.6 * hash(gx, gy, seed + 2)) * size,
          ];
          const [dx, dy] = [(x - mx) / r, ((y - my) / r) * (y < my ? 0.8 : 1)];
          const d = dx * dx + dy * dy;
          if (d > 1) continue;
          const seen = scene(mx - dx * 0.22, my + 0.05 - dy * 0.26);
          const rim = smooth(0.5, 1, d);
          const spark = smooth(0.16, 0.02, Math.hypot(dx + 0.35, dy + 0.4));
          return add(mix(scale(seen, 1.15), scale(seen, 0.35), rim), scale([1, 1, 1], spark * 0.8));
        }
    }
    return scene(x, y);
  };
};

/** Firs in mist, row behind row. */
const firs =
  (sky: number, mist: number, near: number, seed: number, rows = 6, snow = 0) =>
  (): Light =>
  (x, y) => {
    let light = mix(color(sky), color(mist), smooth(0, 0.6, y));
    light = scale(light, 0.94 + 0.12 * fbm(x * 2, y * 3, 4, seed));
    for (let row = 0; row < rows; row++) {
      const share = row / (rows - 1);
      const ground = lerp(0.42, 0.98, share ** 1.3) + 0.12 * (fbm(x * 1.3 + row * 5, row, 3, seed) - 0.5);
      const apart = lerp(0.022, 0.13, share ** 1.4);
      const tall = lerp(0.07, 0.5, share ** 1.2);
      const shade = mix(color(mist), color(near), lerp(0.12, 1, share ** 1.1));
      const center = Math.floor(x / apart);
      let cover = smooth(0, 0.01, y - ground);
      let white = 0;
      for (let i = -2; i <= 2; i++) {
        const k = center + i;
        const at = (k + 0.5 + (hash(k, row, seed) - 0.5) * 0.7) * apart;
        const size = tall * (0.55 + 0.6 * hash(k, row, seed + 1));
        const down = (y - ground + size) / size;
        if (down < 0 || down > 1.15) continue;
        const branch = 0.62 + 0.38 * ((down * (9 + 5 * hash(k, row, seed + 2)) + 0.35 * noise(x * 90, y * 90, k)) % 1);
        const wide = size * 0.2 * down ** 0.85 * branch * (0.85 + 0.3 * noise(y * 70, k, seed));
        const inside = smooth(wide, wide * 0.75 - 0.001, Math.abs(x - at));
        cover = Math.max(cover, inside);
        if (snow) white = Math.max(white, inside * smooth(0.75, 0.95, branch) * snow);
      }
      const lit = mix(
        mix(shade, color(0xeef3f8), white * (0.35 + 0.5 * share)),
        color(mist),
        0.75 * smooth(ground - tall * 0.5, ground + 0.14, y) * (1 - share * 0.75),
      );
      light = mix(light, lit, cover);
    }
    return light;
  };

/** Houses before the evening sky, some windows lit. */
const skyline =
  (zenith: number, low: number, house: number, glow: number, seed: number, lit = 0.3, water = 2) =>
  (): Light => {
    const sky = (x: number, y: number): Rgb => {
      const back = mix(color(zenith), color(low), smooth(0, 0.66, y) ** 1.3);
      const band = fbm(x * 2 + 3, y * 9, 5, seed);
      return mix(back, mix(color(low), color(glow), 0.4), smooth(0.5, 0.8, band) * 0.55 * smooth(0, 0.3, y));
    };
    const town = (x: number, y: number): Rgb => {
      let light = sky(x, y);
      for (let row = 0; row < 4; row++) {
        const wide = [0.05, 0.065, 0.085, 0.12][row] ?? 0.1;
        const k = Math.floor(x / wide + row * 0.37 + 0.2 * noise(row, 3, seed));
        const inside = x / wide + row * 0.37 + 0.2 * noise(row, 3, seed) - k;
        const tower = hash(k, row, seed) ** 2.6;
        const top =
          0.62 +
          row * 0.035 -
          (0.06 + 0.34 * tower) * (1 - row * 0.16) -
          (tower > 0.6 && Math.abs(inside - 0.5) < 0.03 ? 0.05 : 0);
        if (y < top || inside > 0.96) continue;
        const far = 1 - row / 3.4;
        let wall = mix(mix(color(house), color(low), 0.75 * far), color(house), smooth(0.4, 0.72, y) * 0.3);
        wall = scale(wall, 0.9 + 0.25 * smooth(0.5, 0, inside));
        const cell = wide / (5 + Math.floor(3 * hash(k, row, seed + 9)));
        const [wx, wy] = [Math.floor((inside * wide) / cell), Math.floor(y / (cell * 1.4))];
        const [fx, fy] = [(inside * wide) / cell - wx, y / (cell * 1.4) - wy];
        const pane = fx > 0.28 && fx < 0.75 && fy > 0.25 && fy < 0.75;
        if (pane && hash(wx + k * 31, wy, seed + row + 20) < lit)
          wall = add(
            wall,
            scale(
              mix(color(0xffc46a), color(0xfff0cf), hash(wx, wy, k)),
              (0.25 + 0.7 * hash(wx, wy, seed + 7)) * (1.1 - 0.5 * far),
            ),
          );
        light = wall;
      }
      return light;
    };
    return (x, y) => {
      if (y < water) return town(x, y);
      const wave = (fbm(x * 9, y * 60, 3, seed) - 0.5) * 0.05 * (1 + (y - water) * 6);
      const mirrored = town(x + wave * 0.4, clamp(2 * water - y + wave, 0, water));
      return scale(mirrored, 0.62 - 0.25 * (y - water));
    };
  };

/** The beach from straight above: sand, foam, shallow and deep water. */
const beach =
  (sand: number, shallow: number, deep: number, seed: number, slant: number, swell = 1) =>
  (): Light =>
  (x, y) => {
    const wander =
      0.16 * (fbm(x * 1.6 + 3, y * 1.6, 4, seed) - 0.5) + 0.03 * (fbm(x * 9, y * 9, 3, seed + 1) - 0.5) * swell;
    const d = (y - 0.52) * Math.cos(slant) + (x - 0.45) * Math.sin(slant) + wander * swell;
    const ripple = fbm(x * 26 + fbm(x * 8, y * 8, 3, seed) * 3, y * 26, 4, seed + 2);
    const body = mix(
      color(shallow),
      color(deep),
      smooth(0.02, 0.42, d) + 0.16 * (fbm(x * 5, y * 5, 4, seed + 3) - 0.5),
    );
    let light = mix(scale(body, 0.86 + 0.32 * ripple), color(sand), smooth(0.07, -0.02, d) * 0.55);
    const caustic = 1 - Math.abs(fbm(x * 22 + ripple, y * 22, 3, seed + 4) - 0.5) * 9;
    light = add(light, scale(color(0xdffaf0), clamp(caustic) * 0.16 * smooth(0.42, 0.05, d)));
    const wet = mix(scale(color(sand), 0.62), color(sand), smooth(-0.01, -0.1, d));
    const grainy = scale(wet, 0.9 + 0.16 * fbm(x * 60, y * 60, 4, seed + 5) + 0.06 * fbm(x * 4, y * 4, 3, seed));
    light = mix(light, grainy, smooth(0.004, -0.004, d));
    for (const [at, thick] of [
      [0.005, 0.02],
      [0.075, 0.014],
      [0.17, 0.01],
    ] as const) {
      const line = Math.abs(d - at - 0.035 * (fbm(x * 6, y * 6, 3, seed + at * 900) - 0.5));
      const lace = fbm(x * 40, y * 40, 4, seed + 6);
      light = mix(
        light,
        color(0xf7fbfa),
        smooth(thick, 0, line * (0.6 + lace)) * smooth(0.3, 0.55, lace + 0.35 * smooth(thick, 0, line)),
      );
    }
    return light;
  };

/** Flowers in front of what is out of focus. A petal's outline follows the angle around the flower's middle. */
interface Bloom {
  readonly petals: number;
  readonly notch: number;
  readonly outer: number;
  readonly inner: number;
  readonly heart: number;
  readonly heartSize: number;
}
const blossoms =
  (
    kind: Bloom,
    back: readonly number[],
    places: readonly (readonly [number, number, number])[],
    seed: number,
    stem = 0x5f7a3a,
  ) =>
  (): Light => {
    const far = bokeh(lights(34, back, seed, [-0.1, -0.1, 1.1, 1.1], [0.05, 0.16]));
    const [outer, inner, heart] = [color(kind.outer), color(kind.inner), color(kind.heart)];
    return (x, y) => {
      let light = add(
        scale(mix(color(back[0] ?? 0), color(back[1] ?? 0), y + 0.3 * (fbm(x * 2, y * 2, 3, seed) - 0.5)), 0.55),
        scale(far(x, y), 0.5),
      );
      places.forEach(([cx, cy, r], k) => {
        const bend = 0.04 * Math.sin((y - cy) * 5 + k * 2);
        if (stem && y > cy)
          light = mix(
            light,
            scale(color(stem), 0.7 + 0.6 * smooth(-0.01, 0.01, x - cx - bend)),
            smooth(r * 0.07, r * 0.045, Math.abs(x - cx - bend)),
          );
        const [dx, dy] = [(x - cx) / r, (y - cy) / r / (0.8 + 0.2 * hash(k, 1, seed))];
        const d = Math.hypot(dx, dy);
        if (d > 1.25) return;
        const angle = Math.atan2(dy, dx) + hash(k, 2, seed) * 6;
        for (const layer of [0, 1]) {
          const turn = (angle * kind.petals) / (2 * Math.PI) + layer * 0.5;
          const petal = Math.floor(turn);
          const across = turn - petal - 0.5;
          const length =
            (1 - 0.14 * layer) *
            (0.86 + 0.14 * hash(petal, k + layer * 7, seed)) *
            (1 - kind.notch * smooth(0.16, 0, Math.abs(across)) - 0.9 * Math.abs(across) ** 2.6 * 2);
          const inside = smooth(length + 0.015, length - 0.015, d);
          if (inside <= 0) continue;
          const veins = 0.93 + 0.1 * noise(across * 46, d * 5, petal + k);
          const curve = 0.62 + 0.38 * smooth(0.5, 0.08, Math.abs(across)) + 0.18 * smooth(0.3, 1, d) - 0.16 * layer * 0;
          const fall = 0.8 + 0.3 * clamp(-dx * 0.5 - dy * 0.6 + 0.4);
          light = mix(
            light,
            scale(mix(inner, outer, smooth(0.1, 0.75, d)), veins * curve * fall * (layer ? 1 : 0.78)),
            inside,
          );
        }
        const core = smooth(
          kind.heartSize + 0.02,
          kind.heartSize - 0.02,
          d + 0.06 * (noise(dx * 14, dy * 14, k) - 0.5),
        );
        light = mix(light, scale(heart, 0.55 + 0.7 * noise(dx * 34, dy * 34, seed) + 0.3 * clamp(-dx - dy)), core);
      });
      return light;
    };
  };

const leaf = (dx: number, dy: number, turn: number, long: number, wide: number) => {
  const [u, v] = [
    (dx * Math.cos(turn) + dy * Math.sin(turn)) / long,
    (dy * Math.cos(turn) - dx * Math.sin(turn)) / long,
  ];
  if (u < 0 || u > 1) return 1;
  return Math.abs(v) - wide * Math.sin(Math.PI * u ** 0.8) * 0.5;
};

/** The sun through a window and a plant, on a wall. */
const windowLight =
  (wall: number, sun: number, seed: number, plant = true) =>
  (): Light => {
    const dice = random(seed);
    const leaves = Array.from({ length: plant ? 26 : 0 }, (_, i) => ({
      turn: -Math.PI / 2 + (i / 25 - 0.5) * 3.3 + dice.between(-0.2, 0.2),
      long: dice.between(0.22, 0.42),
      x: 0.34 + dice.between(-0.03, 0.03),
      y: 0.86 - dice.between(0, 0.35),
    }));
    return (x, y) => {
      const base = scale(color(wall), 0.9 + 0.12 * fbm(x * 50, y * 50, 3, seed) + 0.1 * fbm(x * 3, y * 3, 3, seed));
      const [u, v] = [x + y * 0.32 - 0.22, y - x * 0.24 + 0.05];
      const soft = 0.006 + 0.022 * clamp(x);
      const span = (low: number, high: number, at: number) =>
        smooth(low - soft, low + soft, at) * smooth(high + soft, high - soft, at);
      let lit =
        span(0.1, 0.8, u) *
        span(0.12, 0.86, v) *
        (1 - span(0.44, 0.47, u)) *
        (1 - span(0.36, 0.385, v)) *
        (1 - span(0.61, 0.635, v));
      for (const { turn, long, x: lx, y: ly } of leaves)
        lit *= smooth(-0.025, 0.02, leaf(x - lx, y - ly, turn, long, 0.2) * long * 3);
      return multiply(base, add(scale(color(sun), 1.15 * lit), [0.34, 0.34, 0.42]));
    };
  };

/** Umbrellas over a street, seen from below. */
const umbrellas = (hues: readonly number[], seed: number) => (): Light => (x, y) => {
  const back = mix(color(0x7fb6e8), color(0xd5e8f6), smooth(0.4, 0.75, fbm(x * 3, y * 3, 5, seed)) * 0.8);
  const depth = 1.15 - y * 0.65;
  const size = 0.27 * depth;
  const [gx, gy] = [(x - 0.4) / size, (y + 0.3 * (1 - depth)) / size];
  let light = back;
  const k = Math.round(gy);
  for (let row = k - 1; row <= k + 1; row++) {
    const column = Math.round(gx - (row % 2) * 0.5);
    const [dx, dy] = [gx - column - (row % 2) * 0.5, gy - row];
    const angle = Math.atan2(dy, dx) + hash(column, row, seed) * 2;
    const turn = (angle * 8) / (2 * Math.PI);
    const across = turn - Math.floor(turn) - 0.5;
    const r = 0.5 * (0.93 + 0.07 * Math.abs(across) * 2);
    const d = Math.hypot(dx, dy);
    if (d > r) continue;
    const cloth = color(hues[Math.floor(hash(column, row, seed + 1) * hues.length)] ?? 0);
    const through = 0.75 + 0.35 * (d / r) + 0.22 * across + 0.2 * clamp(-dy - dx);
    const rib = smooth(0.012, 0.004, (0.5 - Math.abs(across)) * d);
    light = mix(scale(cloth, through), scale(cloth, 0.35), rib * 0.7);
    if (d < 0.03 || (Math.abs(dx + dy * 0.12) < 0.008 && dy > 0 && dy < 0.36)) light = [0.05, 0.05, 0.06];
  }
  return light;
};

/** The moon behind thin clouds. */
const moon = (seed: number) => (): Light => (x, y) => {
  const [dx, dy] = [x - 0.5, y - 0.4];
  const d = Math.hypot(dx, dy);
  const maria = fbm(dx * 16 + 2, dy * 16, 5, seed);
  const disc = smooth(0.152, 0.147, d) * (0.55 + 0.55 * smooth(0.35, 0.6, maria)) * (0.8 + 0.3 * clamp(0.5 - dx * 3));
  const cloud = smooth(0.42, 0.75, fbm(x * 2.2 + 5, y * 4.5, 6, seed + 2));
  const halo = Math.exp(-d * 5.5);
  const sky = mix(color(0x060b1c), color(0x1d2c4c), y);
  return add(
    mix(add(sky, scale(color(0xfff3d8), disc * 1.1)), color(0x2c3550), cloud * 0.55),
    scale(color(0xc9cfe8), halo * (0.1 + 0.42 * cloud)),
  );
};

/** Bicycle-free still: a wall of framed prints in a gallery. */
const framed = (seed: number) => (): Light => (x, y) => {
  const wall = scale(color(0xe9e4da), 0.8 + 0.25 * (1 - y) + 0.02 * noise(x * 80, y * 80, seed));
  if (y > 0.86) return scale(mix(color(0x8a6a48), color(0xb08a60), fbm(x * 3, y * 60, 4, seed)), 0.8);
  let light = wall;
  for (const [cx, cy, w, h, hue] of [
    [0.22, 0.36, 0.15, 0.2, 0],
    [0.58, 0.36, 0.15, 0.2, 1],
    [0.94, 0.36, 0.15, 0.2, 2],
  ] as const) {
    const [dx, dy] = [Math.abs(x - cx) / w, Math.abs(y - cy) / h];
    const shadow = smooth(1.25, 0.98, Math.abs(x - cx - 0.018) / w) * smooth(1.2, 0.98, Math.abs(y - cy - 0.028) / h);
    light = scale(light, 1 - 0.4 * shadow);
    if (dx > 1 || dy > 1) continue;
    const [u, v] = [(x - cx) / w, (y - cy) / h];
    if (dx > 0.93 || dy > 0.94) light = scale(color(0x1d1a18), 0.8 + 0.5 * smooth(0.2, -1, u + v));
    else if (dx > 0.66 || dy > 0.68) light = scale(color(0xf7f5f0), 0.95);
    else {
      const ridge = 0.1 + 0.3 * fbm(u * 1.6 + hue * 9, hue, 5, seed);
      const top = [0x7fa0b8, 0xe8a878, 0x3b4a6b][hue] ?? 0;
      const far = [0x4a6678, 0xa8604a, 0x1b2440][hue] ?? 0;
      light = v > ridge ? scale(color(far), 1 - 0.4 * v) : mix(color(top), color(0xf3e9da), clamp((v + 0.6) * 0.8));
    }
  }
  const lamp = [0.22, 0.58, 0.94].reduce(
    (sum, cx) => sum + Math.exp(-(((x - cx) / (0.1 + 0.2 * y)) ** 2)) * smooth(0.05, 0.2, y) * Math.exp(-y * 1.3),
    0,
  );
  return scale(light, 0.5 + 0.85 * lamp);
};

/** A poster of quarter circles. */
export const tiles =
  (hues: readonly number[], count: number, seed: number): Light =>
  (x, y) => {
    const [cx, cy] = [Math.floor(x * count), Math.floor(y * count)];
    const [fx, fy] = [x * count - cx, y * count - cy];
    const pick = (n: number) => color(hues[Math.floor(hash(cx, cy, seed + n) * hues.length)] ?? 0);
    const kind = Math.floor(hash(cx, cy, seed + 7) * 5);
    const [u, v] = [hash(cx, cy, seed + 5) < 0.5 ? fx : 1 - fx, hash(cx, cy, seed + 6) < 0.5 ? fy : 1 - fy];
    const d = kind === 0 ? Math.hypot(fx - 0.5, fy - 0.5) * 2 : Math.hypot(u, v);
    if (kind === 4) return u + v < 1 ? pick(1) : pick(2);
    return d < 0.5 ? pick(3) : d < 1 ? pick(1) : pick(2);
  };

const WARM = [0xff9a3a, 0xffc46a, 0xff5a36, 0xffe2a8, 0xd94a6a, 0x58a6ff];
const CHERRY: Bloom = { petals: 5, notch: 0.16, outer: 0xf7c3d3, inner: 0xe88aa8, heart: 0xd9a03a, heartSize: 0.14 };
const DAISY: Bloom = { petals: 17, notch: 0, outer: 0xfbfaf4, inner: 0xe6e6da, heart: 0xf2b414, heartSize: 0.3 };
const POPPY: Bloom = { petals: 4, notch: 0.05, outer: 0xe0331c, inner: 0xa81a10, heart: 0x1c1420, heartSize: 0.2 };
const SUNFLOWER: Bloom = { petals: 21, notch: 0, outer: 0xf7b81c, inner: 0xe08a10, heart: 0x4a2a12, heartSize: 0.42 };

export const FLAT_SCENES: Readonly<Record<string, Picture>> = {
  'city-bokeh': flat('portrait', cityBokeh(WARM, 0x1a1220, 0x0b1430, 3), { exposure: 1.1 }),
  'market-lights': flat('square', cityBokeh([0xffb04a, 0xffd890, 0xff7a3a, 0xfff0c8], 0x2a160c, 0x140c14, 17), {
    exposure: 1.1,
  }),
  'rain-window': flat('portrait', rainyWindow(WARM, 0x1c2634, 5)),
  'fog-firs': flat('portrait', firs(0xc9d3d8, 0xdfe6e8, 0x1c2b28, 3)),
  'dawn-firs': flat('square', firs(0x8fb0c8, 0xf3d3b4, 0x1f2a2e, 8)),
  'snow-firs': flat('portrait', firs(0xb7c8d8, 0xe9eef3, 0x22343a, 14, 5, 0.9)),
  'blue-firs': flat('wide', firs(0x5f7f9a, 0xb5c8d2, 0x10222c, 21)),
  'blue-hour': flat('portrait', skyline(0x16264f, 0xd98a6a, 0x1a2036, 0xff9a6a, 4, 0.32, 0.74)),
  'night-skyline': flat('wide', skyline(0x0a1026, 0x2b3a66, 0x0c1122, 0x6a5a8a, 9, 0.42, 0.74), { exposure: 1.15 }),
  'heat-rooftops': flat('square', skyline(0xd9763a, 0xf9d08a, 0x8a4a34, 0xfff0b8, 15, 0.02)),
  'city-morning': flat('tall', skyline(0x8fb7d9, 0xf6d9c4, 0x5f6a80, 0xffe9d8, 22, 0.05)),
  'beach-above': flat('portrait', beach(0xe8cfa6, 0x5fc9c0, 0x0f6f8a, 4, 0.2)),
  'beach-line': flat('square', beach(0xdcc09a, 0x7fd0c4, 0x146a80, 19, -0.7)),
  'black-beach': flat('portrait', beach(0x4a4644, 0x5f8a90, 0x123a4a, 27, 0.5, 1.3)),
  cherry: flat(
    'portrait',
    blossoms(
      CHERRY,
      [0xbcd3e6, 0xf3d9e0, 0xf7c3d3, 0xffffff],
      [
        [0.2, 0.78, 0.15],
        [0.62, 0.2, 0.16],
        [0.28, 0.42, 0.24],
        [0.56, 0.66, 0.22],
      ],
      6,
      0,
    ),
  ),
  daisies: flat(
    'square',
    blossoms(
      DAISY,
      [0x6f8f3a, 0x9ab85a, 0xd9e0a0, 0x4f6f2a],
      [
        [0.16, 0.34, 0.11],
        [0.82, 0.3, 0.14],
        [0.6, 0.68, 0.17],
        [0.36, 0.52, 0.22],
      ],
      3,
    ),
  ),
  poppies: flat(
    'portrait',
    blossoms(
      POPPY,
      [0x8fa86a, 0xb8c48a, 0xe0d8a0, 0xd94a2a],
      [
        [0.16, 0.3, 0.1],
        [0.62, 0.24, 0.14],
        [0.5, 0.66, 0.16],
        [0.3, 0.46, 0.2],
      ],
      9,
    ),
  ),
  sunflower: flat('portrait', blossoms(SUNFLOWER, [0x6fa0d0, 0xa8c48a, 0xf2c84a, 0x4f7a3a], [[0.42, 0.44, 0.34]], 12)),
  'window-plant': flat('portrait', windowLight(0xe9cdb4, 0xffe2b8, 5)),
  'window-plain': flat('square', windowLight(0xc9d0cc, 0xfff0d0, 9, false)),
  umbrellas: flat('portrait', umbrellas([0xe0334a, 0xf2b632, 0x2f8fd0, 0x3aa860, 0x8a4fb8, 0xf27a2a], 5)),
  moon: flat('square', moon(6), { exposure: 1.1 }),
  exhibition: flat('square', framed(4)),
};
