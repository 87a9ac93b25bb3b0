import { add, clamp, color, fbm, hash, mix, noise, type Rgb, scale, smooth } from './render.ts';

/** A landscape's air: what is above the horizon, and what hangs between the ground and the camera. */
export interface Air {
  readonly zenith: number;
  readonly horizon: number;
  readonly sun: number;
  /** Where the sun stands: to the right of the view's middle, and above the horizon, in degrees. */
  readonly sunAt: readonly [number, number];
  readonly sunSize?: number;
  readonly glow?: number;
  readonly clouds?: {
    readonly cover: number;
    readonly size: number;
    readonly lit: number;
    readonly shade: number;
    readonly seed: number;
  };
  readonly stars?: number;
  readonly milkyWay?: boolean;
  readonly aurora?: readonly [number, number];
  /** How thick the haze is, and how fast it thins out upwards. */
  readonly haze?: number;
  readonly hazeFall?: number;
}

export interface Ground {
  /** Height at a place, in units of about a hundred metres. */
  height(x: number, z: number): number;
  /** Colour of the ground, by place, height and steepness (0 is level). */
  surface(x: number, z: number, height: number, steep: number): Rgb;
  /** Level of the water, if there is some. */
  readonly water?: number;
  readonly waterColor?: number;
  /** How rough the water is; 0 is a mirror. */
  readonly waves?: number;
  /** How much the ground itself is structured, finer than its heights. */
  readonly grit?: number;
}

export interface View {
  readonly from: readonly [number, number, number];
  /** Degrees up. */
  readonly pitch?: number;
  readonly turn?: number;
  readonly zoom?: number;
  readonly far?: number;
}

type Ray = readonly [number, number, number];

const radians = (degrees: number) => (degrees * Math.PI) / 180;

function createSky(air: Air, seed: number) {
  const [azimuth, elevation] = [radians(air.sunAt[0]), radians(air.sunAt[1])];
  const sunRay: Ray = [
    Math.sin(azimuth) * Math.cos(elevation),
    Math.sin(elevation),
    Math.cos(azimuth) * Math.cos(elevation),
  ];
  const [zenith, horizon, sun] = [color(air.zenith), color(air.horizon), color(air.sun)];
  const cloudLit = color(air.clouds?.lit ?? 0xffffff);
  const cloudShade = color(air.clouds?.shade ?? 0x8899aa);
  const aurora = air.aurora?.map(color) ?? [];
  const toSun = ([x, y, z]: Ray) => Math.max(0, x * sunRay[0] + y * sunRay[1] + z * sunRay[2]);

  const glow = (ray: Ray): Rgb => {
    const near = toSun(ray);
    const strength = air.glow ?? 1;
    return scale(sun, strength * (0.1 * near ** 5 + 0.4 * near ** 40 + 1.2 * near ** 400));
  };

  const disc = (ray: Ray) => {
    const size = air.sunSize ?? 0.9;
    return size === 0 ? 0 : smooth(Math.cos(radians(size * 1.15)), Math.cos(radians(size * 0.9)), toSun(ray));
  };

  const withStars = ([x, y, z]: Ray, back: Rgb): Rgb => {
    const count = air.stars ?? 0;
    if (count === 0) return back;
    const [u, v] = [(x / (z + 1.2)) * 260, (y / (z + 1.2)) * 260];
    let light: Rgb = back;
    const band = air.milkyWay ? Math.exp(-(((u * 0.55 - v * 0.83 + 62) / 36) ** 2)) : 0;
    if (band > 0.01) {
      const dust = smooth(0.42, 0.72, fbm(u * 0.03, v * 0.03, 6, seed + 5));
      const cloud = fbm(u * 0.02 + 9, v * 0.02, 5, seed + 6);
      light = add(light, scale(mix(color(0x8a93c8), color(0xe9c9b0), cloud), band * cloud * (1 - 0.85 * dust) * 0.5));
    }
    for (const [size, share] of [
      [1, 0.025 * count],
      [2.7, 0.03 * count],
    ] as const) {
      const [cx, cy] = [Math.floor(u / size), Math.floor(v / size)];
      const lucky = hash(cx, cy, seed + 11);
      if (lucky > share * (1 + 2 * band)) continue;
      const [sx, sy] = [hash(cx, cy, seed + 12) * 0.6 + 0.2, hash(cx, cy, seed + 13) * 0.6 + 0.2];
      const distance = Math.hypot(u / size - cx - sx, v / size - cy - sy) * size;
      const bright = hash(cx, cy, seed + 14) ** 4 * 2.2 + 0.25;
      const hue = mix(color(0xaec6ff), color(0xffe2c0), hash(cx, cy, seed + 15));
      light = add(light, scale(hue, bright * Math.exp(-((distance / 0.15) ** 2)) * smooth(-0.02, 0.16, y)));
    }
    return light;
  };

  const withAurora = ([x, y, z]: Ray, back: Rgb): Rgb => {
    const [low, high] = aurora;
    if (!low || !high || y < 0.02) return back;
    let light = back;
    for (let i = 0; i < 3; i++) {
      const along = (x / (z + 0.4)) * 3;
      const base = 0.12 + i * 0.13 + 0.16 * (fbm(along * 0.8 + i * 7, i * 3.1, 4, seed + 20) - 0.5);
      const up = y - base;
      if (up < -0.03) continue;
      const rays = 0.55 + 0.45 * fbm(along * 14 + i * 3, y * 1.2, 3, seed + 30 + i);
      const strength =
        smooth(-0.03, 0.015, up) * Math.exp(-up * 5.2) * rays * (0.4 + fbm(along + i * 9, 2, 2, seed + 40));
      light = add(light, scale(mix(low, high, clamp(up * 2.6)), strength * (0.85 - i * 0.2)));
    }
    return light;
  };

  const sky = (ray: Ray): Rgb => {
    const up = Math.max(0, ray[1]);
    let light = mix(horizon, zenith, 1 - (1 - Math.min(1, up * 1.25)) ** 2.2);
    light = withAurora(ray, withStars(ray, light));
    light = add(light, glow(ray));
    light = add(light, scale(sun, disc(ray) * 9));
    const { clouds } = air;
    if (clouds && ray[1] > 0.004) {
      const [u, v] = [ray[0] / (ray[1] + 0.09) / clouds.size, ray[2] / (ray[1] + 0.09) / clouds.size];
      const warp = fbm(u * 0.7 + 3, v * 0.7, 3, clouds.seed + 3);
      const thick = fbm(u + warp * 0.8, v + warp * 0.5, 7, clouds.seed);
      const cover = smooth(1 - clouds.cover, 1.22 - clouds.cover, thick);
      if (cover > 0) {
        const toward = fbm(u + warp * 0.8 + sunRay[0] * 0.14, v + warp * 0.5 + 0.1, 5, clouds.seed);
        const lit = clamp(0.55 + (thick - toward) * 4.5) * (1 - 0.35 * smooth(0.6, 0.9, thick));
        const cloud = add(mix(cloudShade, cloudLit, lit), scale(glow(ray), 0.9 + 1.2 * lit));
        light = mix(light, cloud, cover * smooth(0.004, 0.1, ray[1]) * 0.95);
      }
    }
    return light;
  };
  return { sky, sunRay, sun, horizon, glow };
}

/** A picture of the ground under the sky, from the camera's place: a function of the pixel. */
export function landscape(ground: Ground, air: Air, view: View, aspect: number, seed = 1) {
  const { sky, sunRay, sun, horizon, glow } = createSky(air, seed);
  const { water, waves = 0.02, grit = 0.12 } = ground;
  const [ox, wished, oz] = view.from;
  const oy = Math.max(wished, ground.height(ox, oz) + 0.7);
  const far = view.far ?? 140;
  const pitch = radians(view.pitch ?? 0);
  const turn = radians(view.turn ?? 0);
  const focal = view.zoom ?? 1.2;
  const skyLight = scale(sky([0, 0.75, -0.66]), 0.55);
  const skyFill = add(skyLight, scale(horizon, 0.16));
  const waterColor = color(ground.waterColor ?? 0x0c2a38);
  const isDay = smooth(-3, 3, air.sunAt[1]);

  const march = (x: number, y: number, z: number, [dx, dy, dz]: Ray, coarse: number): number => {
    let t = 0.05 * coarse;
    let last = 0;
    for (let i = 0; i < 420 / coarse && t < far; i++) {
      const gap = y + dy * t - ground.height(x + dx * t, z + dz * t);
      if (gap < 0.0006 * t) {
        let [low, high] = [last, t];
        for (let k = 0; k < 7; k++) {
          const middle = (low + high) / 2;
          if (y + dy * middle - ground.height(x + dx * middle, z + dz * middle) < 0) high = middle;
          else low = middle;
        }
        return high;
      }
      if (dy > 0.3 && y + dy * t > 30) return far;
      last = t;
      t += Math.max(gap * 0.42, 0.004 * t * coarse);
    }
    return far;
  };

  const shadow = (x: number, y: number, z: number): number => {
    if (isDay === 0) return 0;
    let clear = 1;
    let t = 0.12;
    for (let i = 0; i < 36 && t < 30; i++) {
      const gap = y + sunRay[1] * t - ground.height(x + sunRay[0] * t, z + sunRay[2] * t);
      if (gap < 0) return 0;
      clear = Math.min(clear, (14 * gap) / t);
      t += Math.max(0.08, gap * 0.6);
    }
    return smooth(0, 1, clear);
  };

  const through = (light: Rgb, ray: Ray, t: number, height: number): Rgb => {
    const fall = air.hazeFall ?? 0.12;
    const thick = (air.haze ?? 0.02) * Math.exp(-Math.max(0, (height + oy) / 2) * fall);
    const veil = 1 - Math.exp(-((t * thick) ** 1.15));
    return mix(light, add(scale(horizon, 0.95), scale(glow(ray), 0.8)), veil);
  };

  const shade = (x: number, z: number, ray: Ray, t: number): Rgb => {
    const e = 0.02 + t * 0.0016;
    const y = ground.height(x, z);
    let nx = ground.height(x - e, z) - ground.height(x + e, z);
    let nz = ground.height(x, z - e) - ground.height(x, z + e);
    const rough = (grit * e) / (0.3 + t * 0.02);
    nx += (fbm(x * 9, z * 9, 4, seed) - 0.5) * rough * 9;
    nz += (fbm(x * 9 + 40, z * 9, 4, seed) - 0.5) * rough * 9;
    const ny = 2 * e;
    const size = Math.hypot(nx, ny, nz);
    const up = ny / size;
    const facing = (nx * sunRay[0] + ny * sunRay[1] + nz * sunRay[2]) / size;
    const lit = facing > 0 ? facing * shadow(x, y + 0.02, z) * isDay : 0;
    const base = ground.surface(x, z, y, 1 - up);
    const light = add(scale(sun, lit * 2.1), scale(skyFill, 0.45 + 0.55 * up));
    const bounce = scale(horizon, 0.12 * Math.max(0, -ray[1] + 0.4));
    const all = add(light, bounce);
    return [base[0] * all[0], base[1] * all[1], base[2] * all[2]];
  };

  const seen = (x: number, y: number, z: number, ray: Ray, coarse: number): Rgb => {
    const t = march(x, y, z, ray, coarse);
    if (t >= far) return sky(ray);
    const [hx, hz] = [x + ray[0] * t, z + ray[2] * t];
    return through(shade(hx, hz, ray, t), ray, t, y + ray[1] * t);
  };

  const waterAt = (ray: Ray, t: number): Rgb => {
    const [x, z] = [ox + ray[0] * t, oz + ray[2] * t];
    const fade = 1 / (1 + t * 0.05);
    const big = waves * 2.2 * fade;
    const swell = (sx: number, sz: number, s: number) => fbm(x * sx, z * sz, 4, s) - 0.5;
    const nx = swell(1.1, 2.2, 3) * big + swell(6, 11, 5) * waves * fade;
    const nz = swell(1.3, 2.6, 8) * big * 1.6 + swell(5, 12, 9) * waves * fade * 1.6;
    const size = Math.hypot(nx, 1, nz);
    const down = (ray[0] * nx + ray[1] + ray[2] * nz) / size;
    const k = (2 * down) / size;
    const up: Ray = [ray[0] - nx * k, Math.max(0.005, ray[1] - k), ray[2] - nz * k];
    const length = Math.hypot(...up);
    const mirrored: Ray = [up[0] / length, up[1] / length, up[2] / length];
    const seenThere = seen(x, water ?? 0, z, mirrored, 2.5);
    const reflected = scale(seenThere, 1 / (1 + 0.05 * Math.max(...seenThere)));
    const fresnel = 0.04 + 0.96 * (1 - clamp(-down)) ** 4.2;
    const depth = (water ?? 0) - ground.height(x, z);
    const bed = ground.surface(x, z, (water ?? 0) - 0.02, 0);
    const body = add(waterColor, scale(bed, 0.5 * Math.exp(-depth * 5)));
    const lit = add(scale(sun, 0.35 * isDay), scale(skyFill, 1));
    return through(mix([body[0] * lit[0], body[1] * lit[1], body[2] * lit[2]], reflected, fresnel), ray, t, water ?? 0);
  };

  return (px: number, py: number): Rgb => {
    const [u, v] = [(px - aspect / 2) / focal, (0.5 - py) / focal];
    const [dy, dz] = [v * Math.cos(pitch) + Math.sin(pitch), Math.cos(pitch) - v * Math.sin(pitch)];
    const [dx, rz] = [u * Math.cos(turn) + dz * Math.sin(turn), dz * Math.cos(turn) - u * Math.sin(turn)];
    const size = Math.hypot(dx, dy, rz);
    const ray: Ray = [dx / size, dy / size, rz / size];
    if (water !== undefined && ray[1] < 0) {
      const surface = (water - oy) / ray[1];
      const t = march(ox, oy, oz, ray, 1);
      if (surface < t && surface < far * 3) return waterAt(ray, surface);
      if (t < far) return seen(ox, oy, oz, ray, 1);
      return waterAt(ray, Math.min(surface, far * 3));
    }
    return seen(ox, oy, oz, ray, 1);
  };
}

/** Heights on a grid of a thousand by a thousand, read between its points; beyond its edge they repeat mirrored. */
export function grid(size: number, height: (x: number, z: number) => number): (x: number, z: number) => number {
  const n = 1024;
  const cells = new Float32Array(n * n);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) cells[j * n + i] = height((i / n - 0.5) * size, (j / n) * size);
  const fold = (value: number) => {
    const t = Math.abs(value) % (2 * (n - 2));
    return t > n - 2 ? 2 * (n - 2) - t : t;
  };
  return (x, z) => {
    const [gx, gz] = [fold((x / size + 0.5) * n), fold((z / size) * n)];
    const [i, j] = [gx | 0, gz | 0];
    const [fx, fz] = [gx - i, gz - j];
    const at = j * n + i;
    const [a = 0, b = 0, c = 0, d = 0] = [cells[at], cells[at + 1], cells[at + n], cells[at + n + 1]];
    return a + (b - a) * fx + (c - a) * fz + (a - b - c + d) * fx * fz;
  };
}

/** Rugged mountains: octaves that grow quiet where the ground is already steep. */
export function alps(seed: number, tall: number, spread = 9) {
  return (x: number, z: number): number => {
    let [px, pz] = [x / spread, z / spread];
    let [sum, sx, sz, size] = [0, 0, 0, 1];
    for (let i = 0; i < 10; i++) {
      const e = 0.001;
      const here = noise(px, pz, seed + i);
      sx += ((noise(px + e, pz, seed + i) - here) / e) * 0.9;
      sz += ((noise(px, pz + e, seed + i) - here) / e) * 0.9;
      sum += (size * here) / (1 + sx * sx + sz * sz);
      [px, pz] = [px * 1.6 - pz * 1.2, px * 1.2 + pz * 1.6];
      size *= 0.5;
    }
    return sum * tall;
  };
}

export const hills =
  (seed: number, tall: number, spread = 7, octaves = 5) =>
  (x: number, z: number) =>
    fbm(x / spread, z / spread, octaves, seed) * tall;

/** Dunes: sharp crests, a long windward side, ripples. */
export function dunes(seed: number, tall: number, spread = 6) {
  return (x: number, z: number): number => {
    const bend = fbm(x / spread / 2, z / spread / 2, 3, seed) * 4;
    const phase = (x / spread) * 0.9 + (z / spread) * 0.55 + bend;
    const share = phase - Math.floor(phase);
    const crest = share < 0.72 ? (share / 0.72) ** 1.4 : ((1 - share) / 0.28) ** 0.9;
    const size = 0.35 + 0.9 * fbm(x / spread / 1.5 + 9, z / spread / 1.5, 3, seed + 4);
    return tall * (crest * size + 0.35 * fbm(x / spread, z / spread, 2, seed + 9));
  };
}

/** Snow above a line, rock where it is steep, growth below. */
export function mountainside(
  { rock, growth, snow, line }: { rock: number; growth: number; snow: number; line: number },
  seed: number,
) {
  const [rocky, green, white] = [color(rock), color(growth), color(snow)];
  return (x: number, z: number, y: number, steep: number): Rgb => {
    const rough = fbm(x * 3, z * 3, 5, seed);
    const stone = scale(rocky, 0.55 + 0.9 * rough);
    const grown = mix(
      stone,
      scale(green, 0.5 + fbm(x * 12, z * 12, 3, seed + 2)),
      smooth(0.42, 0.18, steep + 0.25 * (rough - 0.5)),
    );
    const snowy = smooth(line - 0.5, line + 0.5, y + (rough - 0.5) * 1.6) * smooth(0.5, 0.25, steep);
    return mix(grown, white, snowy);
  };
}

export const evenly = (hex: number, vary = 0.25, seed = 1, size = 2) => {
  const base = color(hex);
  return (x: number, z: number): Rgb => scale(base, 1 - vary / 2 + vary * fbm(x * size, z * size, 4, seed));
};
