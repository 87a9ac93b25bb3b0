import { type Picture, SHAPES, type Shape } from './landscapes.ts';
import {
  add,
  clamp,
  color,
  type Film,
  fbm,
  hash,
  lerp,
  mix,
  multiply,
  noise,
  paint,
  type Rgb,
  scale,
  smooth,
} from './render.ts';

interface Material {
  readonly color: (x: number, y: number, z: number) => Rgb;
  readonly gloss?: number;
  /** Share of mirrored surroundings. */
  readonly mirror?: number;
  readonly light?: number;
}

/** The distance to the nearest thing and its material; a thing is closer than zero inside. */
type Thing = readonly [distance: (x: number, y: number, z: number) => number, material: Material];

interface Studio {
  readonly things: readonly Thing[];
  readonly table: Material;
  readonly wall: readonly [near: number, far: number];
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
  readonly zoom?: number;
  readonly key?: number;
  readonly keyFrom?: readonly [number, number, number];
  readonly fill?: number;
  readonly softness?: number;
  /** Spots of light out of focus, behind. */
  readonly spots?: readonly number[];
}

type V = readonly [number, number, number];
const minus = (a: V, b: V): V => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: V, b: V) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a: V): V => scale(a, 1 / Math.hypot(...a));
const cross = (a: V, b: V): V => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

function studio(shape: Shape, scene: () => Studio, film: Film = {}): Picture {
  const aspect = SHAPES[shape];
  return { aspect, paint: (width, height) => paint(width, height, lightOf(scene(), aspect), film) };
}

function lightOf(scene: Studio, aspect: number): (x: number, y: number) => Rgb {
  const { things, table, zoom = 1.5, softness = 7 } = scene;
  const eye = scene.from;
  const ahead = unit(minus(scene.to, eye));
  const right = unit(cross([0, 1, 0], ahead));
  const above = cross(ahead, right);
  const key = unit(scene.keyFrom ?? [-0.65, 0.75, -0.35]);
  const [keyLight, fillLight] = [color(scene.key ?? 0xfff0d8), color(scene.fill ?? 0xa9b8cc)];
  const [nearWall, farWall] = scene.wall.map(color) as [Rgb, Rgb];
  const spots = (scene.spots ?? []).map(color);

  let nearest: Material = table;
  const distance = (x: number, y: number, z: number): number => {
    let best = y;
    nearest = table;
    for (const [away, material] of things) {
      const d = away(x, y, z);
      if (d < best) [best, nearest] = [d, material];
    }
    return best;
  };
  const march = (from: V, ray: V): number => {
    let t = 0.02;
    for (let i = 0; i < 110 && t < 30; i++) {
      const d = distance(from[0] + ray[0] * t, from[1] + ray[1] * t, from[2] + ray[2] * t);
      if (d < 0.0012 * t) return t;
      t += d * 0.8;
    }
    return 30;
  };
  const backdrop = (ray: V): Rgb => {
    const up = clamp(ray[1] * 1.6 + 0.35);
    let light = mix(nearWall, farWall, clamp(up + ray[0] * 0.35));
    spots.forEach((spot, i) => {
      for (let k = 0; k < 6; k++) {
        const [sx, sy] = [hash(i, k, 3) * 0.9 - 0.45, hash(i, k, 4) * 0.36 - 0.02];
        const size = 0.035 + 0.04 * hash(i, k, 5);
        const d = Math.hypot(ray[0] / ray[2] - sx, ray[1] / ray[2] - sy) / size;
        if (ray[2] > 0)
          light = add(light, scale(spot, (0.5 + 0.5 * hash(i, k, 6)) * smooth(1, 0.88, d) * (0.75 + 0.35 * d * d)));
      }
    });
    return light;
  };
  const shadow = (p: V): number => {
    let clear = 1;
    let t = 0.03;
    for (let i = 0; i < 40 && t < 7; i++) {
      const d = distance(p[0] + key[0] * t, p[1] + key[1] * t, p[2] + key[2] * t);
      if (d < 0.001) return 0;
      clear = Math.min(clear, (softness * d) / t);
      t += clamp(d, 0.02, 0.3);
    }
    return smooth(0, 1, clear);
  };
  const shade = (p: V, ray: V, depth: number): Rgb => {
    distance(...p);
    const material = nearest;
    const e = 0.0015;
    const n = unit([
      distance(p[0] + e, p[1], p[2]) - distance(p[0] - e, p[1], p[2]),
      distance(p[0], p[1] + e, p[2]) - distance(p[0], p[1] - e, p[2]),
      distance(p[0], p[1], p[2] + e) - distance(p[0], p[1], p[2] - e),
    ]);
    let open = 1;
    for (let i = 1; i <= 5; i++) {
      const h = 0.07 * i;
      open -= ((h - distance(p[0] + n[0] * h, p[1] + n[1] * h, p[2] + n[2] * h)) * 1.1) / 1.75 ** i;
    }
    open = clamp(open, 0.05);
    const base = material.color(...p);
    const facing = Math.max(0, dot(n, key));
    const lit = facing > 0 ? facing * shadow(add(p, scale(n, 0.004)) as V) : 0;
    const wrap = 0.5 + 0.5 * n[1];
    let light = multiply(
      base,
      add(scale(keyLight, 1.75 * lit), scale(mix(scale(nearWall, 0.6), fillLight, wrap), 0.62 * open)),
    );
    light = add(light, multiply(base, scale(base, 0.16 * open)));
    const mirrored = minus(ray, scale(n, 2 * dot(ray, n)) as V) as V;
    const edge = (1 - Math.max(0, -dot(ray, n))) ** 5;
    const gloss = material.gloss ?? 0;
    if (gloss > 0) {
      const spark = Math.max(0, dot(mirrored, key)) ** (12 + 120 * gloss);
      const pane = smooth(0.83, 0.9, dot(mirrored, key)) * gloss * 0.5;
      light = add(light, scale(keyLight, (spark * gloss * 2.2 + pane) * (lit > 0 ? 1 : 0.2)));
    }
    const share = clamp((material.mirror ?? 0) + (gloss > 0 ? edge * 0.55 * gloss : 0));
    if (share > 0.02 && depth > 0) {
      const start = add(p, scale(n, 0.01)) as V;
      const t = march(start, mirrored);
      const there = t >= 30 ? backdrop(mirrored) : shade(add(start, scale(mirrored, t)) as V, mirrored, depth - 1);
      light = mix(light, multiply(there, mix([1, 1, 1], base, material.mirror ?? 0)), share);
    }
    return add(light, scale(base, material.light ?? 0));
  };

  return (px, py) => {
    const [u, v] = [(px - aspect / 2) / zoom, (0.5 - py) / zoom];
    const ray = unit(add(add(ahead, scale(right, u)), scale(above, v)) as V);
    const t = march(eye, ray);
    if (t >= 30) return backdrop(ray);
    const p = add(eye, scale(ray, t)) as V;
    const light = shade(p, ray, 1);
    const veil = smooth(7, 16, t);
    return veil > 0 ? mix(light, backdrop(ray), veil) : light;
  };
}

// Materials
const plain = (hex: number, gloss = 0.15, vary = 0.1): Material => {
  const base = color(hex);
  return { color: (x, y, z) => scale(base, 1 - vary / 2 + vary * fbm(x * 5 + z * 3, y * 5 + z, 3, hex & 63)), gloss };
};
const wood = (light: number, dark: number, gloss = 0.12): Material => ({
  color: (x, _, z) => {
    const plank = Math.floor(x / 0.9);
    const seam = smooth(0.0, 0.012, Math.abs(x / 0.9 - Math.round(x / 0.9)));
    const grain = fbm(x * 9 + plank * 37, z * 0.7 + plank * 11, 5, 5);
    const ring = 0.5 + 0.5 * Math.sin((x * 6 + grain * 7 + plank * 2) * 5);
    const share = clamp(0.25 + 0.55 * grain + 0.25 * ring * grain + 0.25 * (hash(plank, 3, 1) - 0.5));
    return scale(mix(color(dark), color(light), share), 0.45 + 0.55 * seam);
  },
  gloss,
});
const linen = (hex: number): Material => ({
  color: (x, _, z) => {
    const weave = 0.5 + 0.25 * Math.sin(x * 150) + 0.25 * Math.sin(z * 150);
    return scale(color(hex), 0.8 + 0.14 * weave + 0.25 * (fbm(x * 1.5, z * 1.5, 4, 9) - 0.5));
  },
});
const marble: Material = {
  color: (x, _, z) => {
    const vein = Math.abs(fbm(x * 1.1, z * 1.1, 6, 4) - 0.5 + 0.12 * Math.sin(x * 2 + z * 3));
    return mix(color(0x8f8f96), color(0xf0eeea), smooth(0, 0.09, vein));
  },
  gloss: 0.5,
};

// Forms
const ball = (cx: number, cy: number, cz: number, r: number) => (x: number, y: number, z: number) =>
  Math.hypot(x - cx, y - cy, z - cz) - r;
const turned =
  (cx: number, cz: number, tall: number, radius: (share: number) => number, wall = 0) =>
  (x: number, y: number, z: number) => {
    const share = clamp(y / tall);
    const around = Math.hypot(x - cx, z - cz) - radius(share);
    const shell = wall > 0 ? Math.abs(around + wall) - wall : around;
    const ends = Math.max(-y, y - tall);
    return (Math.min(Math.max(shell, ends), 0) + Math.hypot(Math.max(shell, 0), Math.max(ends, 0))) * 0.75;
  };
const box = (c: V, half: V, round = 0.02, turn = 0) => {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return (x: number, y: number, z: number) => {
    const [dx, dz] = [x - c[0], z - c[2]];
    const qx = Math.abs(dx * cos - dz * sin) - half[0] + round;
    const qy = Math.abs(y - c[1]) - half[1] + round;
    const qz = Math.abs(dx * sin + dz * cos) - half[2] + round;
    return Math.hypot(Math.max(qx, 0), Math.max(qy, 0), Math.max(qz, 0)) + Math.min(Math.max(qx, qy, qz), 0) - round;
  };
};
const egg = (c: V, r: V, turn = 0) => {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return (x: number, y: number, z: number) => {
    const [dx, dy, dz] = [x - c[0], y - c[1], z - c[2]];
    const [ex, ez] = [dx * cos - dz * sin, dx * sin + dz * cos];
    const k = Math.hypot(ex / r[0], dy / r[1], ez / r[2]);
    return (k - 1) * Math.min(...r) * 0.9;
  };
};
const bumpy =
  (of: Thing[0], size: number, depth: number, seed = 1): Thing[0] =>
  (x, y, z) => {
    const d = of(x, y, z);
    return d > 0.1 ? d : d - depth * (noise(x * size + z * size * 0.7, y * size - z * size * 0.4, seed) - 0.5);
  };

const vase = (cx: number, cz: number, tall: number, belly: number, neck: number, material: Material): Thing => [
  turned(cx, cz, tall, (s) =>
    lerp(
      belly * (0.55 + 0.45 * Math.sin(Math.PI * clamp(s * 1.25))),
      neck * (1 + 0.35 * smooth(0.86, 1, s)),
      smooth(0.45, 0.85, s),
    ),
  ),
  material,
];
const bowl = (cx: number, cz: number, r: number, tall: number, material: Material): Thing => [
  turned(cx, cz, tall, (s) => r * (0.42 + 0.58 * Math.sqrt(s)), 0.03),
  material,
];
const banded = (a: number, b: number, at: number): Material => ({
  color: (x, y, z) => mix(color(a), color(b), smooth(at - 0.02, at + 0.02, y + 0.1 * (fbm(x * 4, z * 4, 3) - 0.5))),
  gloss: 0.6,
});

const fruit = (cx: number, cz: number, r: number, hex: number, y = r): Thing => [
  bumpy(ball(cx, y, cz, r), 60, 0.006),
  { ...plain(hex, 0.45, 0.25) },
];
const crust: Material = {
  color: (x, y, z) => {
    const flour = smooth(0.55, 0.75, fbm(x * 9, z * 9, 4, 3)) * smooth(0.15, 0.45, y);
    const brown = mix(color(0x7a3c12), color(0xc98a42), fbm(x * 3, z * 3 + y * 2, 4, 8));
    const cut = smooth(0.055, 0.02, Math.abs((((x + z * 0.5) * 2.4) % 1) - 0.5) * 0.5) * smooth(0.3, 0.45, y);
    return mix(mix(brown, color(0xf0dcc0), flour * 0.7), color(0xeac78e), cut);
  },
  gloss: 0.08,
};
const loaf = (cx: number, cz: number, long: number, turn: number): Thing => [
  bumpy(egg([cx, 0.24, cz], [long, 0.34, 0.36], turn), 7, 0.05, 4),
  crust,
];
const pumpkin = (cx: number, cz: number, r: number, hex: number): readonly Thing[] => [
  [
    (x, y, z) => {
      const angle = Math.atan2(z - cz, x - cx);
      const rib = 0.9 + 0.1 * Math.abs(Math.cos(angle * 5));
      const ring = Math.hypot(x - cx, z - cz) / rib - r * 0.5;
      return (Math.hypot(ring, (y - r * 0.62) * 1.12) - r * 0.55) * 0.7;
    },
    plain(hex, 0.3, 0.3),
  ],
  [turned(cx, cz, r * 1.45, () => r * 0.1), plain(0x6b6a3a, 0.1, 0.4)],
];
const cup = (cx: number, cz: number, glaze: Material, drink: Material, tall = 0.62): readonly Thing[] => [
  [turned(cx, cz, tall, (s) => 0.34 + 0.13 * Math.sqrt(s), 0.025), glaze],
  [turned(cx, cz, tall * 0.84, () => 0.42), drink],
  [(x, y, z) => Math.hypot(Math.hypot(x - cx - 0.55, y - 0.34) - 0.17, z - cz) - 0.04, glaze],
  [turned(cx, cz, 0.06, (s) => 0.55 + 0.27 * s), glaze],
];
const latte: Material = {
  color: (x, _, z) => {
    const [u, v] = [x / 0.38, (z - 0.04) / 0.38];
    const heart = (u * u + v * v - 0.35) ** 3 - u * u * v * v * v;
    const lines = Math.sin((v + Math.abs(u) * 0.8) * 22) * 0.5 + 0.5;
    const milk = smooth(0.02, -0.02, heart) * (0.7 + 0.3 * lines);
    return mix(color(0x8a4f22), color(0xf3e2c6), milk);
  },
  gloss: 0.3,
};
const cactus = (cx: number, cz: number, tall: number, r: number, pot: number): readonly Thing[] => [
  [turned(cx, cz, 0.5, (s) => 0.3 + 0.08 * s), plain(pot, 0.25)],
  [
    (x, y, z) => {
      const angle = Math.atan2(z - cz, x - cx);
      const rib = 0.035 * Math.abs(Math.sin(angle * 6));
      const top = clamp(y, 0.45, 0.5 + tall);
      return (Math.hypot(x - cx, y - top, z - cz) - r + rib) * 0.8;
    },
    {
      color: (x, y, z) =>
        mix(
          color(0x2f6b46),
          color(0x86b06a),
          Math.abs(Math.sin(Math.atan2(z - cz, x - cx) * 6)) * 0.4 + 0.3 * noise(x * 20, y * 20),
        ),
      gloss: 0.1,
    },
  ],
];
const candle = (cx: number, cz: number, tall: number): readonly Thing[] => [
  [
    turned(cx, cz, tall, () => 0.17),
    { color: (_, y) => mix(color(0xd9b48a), color(0xffcf8a), smooth(tall - 0.6, tall, y)), light: 0.16, gloss: 0.2 },
  ],
  [
    egg([cx, tall + 0.17, cz], [0.045, 0.13, 0.045]),
    { color: (_, y) => mix(color(0xffe9b0), color(0xff9a30), smooth(tall + 0.12, tall + 0.3, y)), light: 9 },
  ],
];
const book = (y: number, half: V, hex: number, turn: number, cx = 0, cz = 0): readonly Thing[] => [
  [box([cx, y, cz], half, 0.02, turn), plain(hex, 0.15, 0.12)],
  [
    box([cx + 0.03, y, cz - 0.03], [half[0], half[1] * 0.8, half[2]], 0.01, turn),
    { color: (_, h) => scale(color(0xf1e8d6), 0.85 + 0.15 * Math.sin(h * 400)) },
  ],
];
const bauble = (cx: number, cz: number, r: number, hex: number): readonly Thing[] => [
  [ball(cx, r, cz, r), { ...plain(hex, 0.9, 0.02), mirror: 0.42 }],
  [turned(cx, cz, 2 * r + 0.09, () => 0.07), { ...plain(0xd9b35a, 0.8), mirror: 0.3 }],
];
const photoCamera = (body: number, leather: number): readonly Thing[] => [
  [
    box([0, 0.52, 0], [0.95, 0.42, 0.3], 0.1),
    {
      color: (_, y) => (y > 0.25 && y < 0.72 ? scale(color(leather), 0.7 + 0.5 * noise(_ * 90, y * 90)) : color(body)),
      gloss: 0.35,
    },
  ],
  [box([0, 0.99, 0], [0.34, 0.13, 0.24], 0.06), { ...plain(body, 0.6), mirror: 0.12 }],
  [turnedZ(0.05, 0.5, -0.62, 0.36, 0.33), { ...plain(0x17171a, 0.6), mirror: 0.08 }],
  [ball(0.05, 0.5, -0.36, 0.37), { ...plain(0x1a2348, 1, 0), mirror: 0.35 }],
  [box([-0.66, 0.98, 0.02], [0.13, 0.06, 0.13], 0.04), { ...plain(0xc9c9c9, 0.7), mirror: 0.2 }],
  [box([0.66, 0.98, 0.02], [0.16, 0.05, 0.16], 0.04), { ...plain(0xc9c9c9, 0.7), mirror: 0.2 }],
];
function turnedZ(cx: number, cy: number, cz: number, r: number, half: number): Thing[0] {
  return (x, y, z) => {
    const around = Math.abs(Math.hypot(x - cx, y - cy) - r + 0.05) - 0.05;
    const ends = Math.abs(z - cz) - half;
    return Math.min(Math.max(around, ends), 0) + Math.hypot(Math.max(around, 0), Math.max(ends, 0));
  };
}
const pebbles = (radii: readonly number[]): readonly Thing[] => {
  let y = 0;
  return radii.map((r, i): Thing => {
    const flat = r * 0.42;
    y += flat;
    const thing: Thing = [
      bumpy(egg([0.06 * (i % 2 ? 1 : -1), y, 0.03 * i], [r, flat, r * 0.85], i), 3, 0.03, i),
      plain([0x5c5f63, 0x8a8780, 0x45484c, 0xa39c90, 0x6f6a66][i % 5] ?? 0, 0.15, 0.5),
    ];
    y += flat * 0.96;
    return thing;
  });
};
const macaron = (cx: number, cz: number, y: number, hex: number, tilt = 0): readonly Thing[] => [
  [egg([cx, y + 0.13, cz], [0.34, 0.12, 0.34], tilt), plain(hex, 0.2, 0.05)],
  [egg([cx, y - 0.13, cz], [0.34, 0.12, 0.34], tilt), plain(hex, 0.2, 0.05)],
  [bumpy(egg([cx, y, cz], [0.33, 0.1, 0.33], tilt), 26, 0.03), plain(0xf6ead8, 0.1)],
];

export const STILL_LIFES: Readonly<Record<string, Picture>> = {
  ceramics: studio('portrait', () => ({
    things: [
      vase(-0.75, 0.1, 1.9, 0.55, 0.2, plain(0xc06a48, 0.1)),
      vase(0.35, 0.35, 2.6, 0.5, 0.16, plain(0xe8dfd0, 0.15)),
      vase(0.8, -0.6, 1.05, 0.5, 0.3, banded(0x7d8f78, 0xe9e2d2, 0.5)),
    ],
    table: plain(0xd8c7b2, 0, 0.06),
    wall: [0xc9ae93, 0xe4d3c0],
    from: [0, 1.55, -5.4],
    to: [0, 1.25, 0],
    zoom: 1.35,
  })),
  glazes: studio('square', () => ({
    things: [-1.2, 0, 1.2].flatMap((cx, i) => [
      vase(
        cx,
        i % 2 ? 0.5 : -0.1,
        1.5 + 0.5 * (i % 2),
        0.5,
        0.24,
        banded([0x1f4f7a, 0x2b6f86, 0x18324f][i] ?? 0, [0xe6ded0, 0xf0e8da, 0xdcd3c2][i] ?? 0, 0.75 + 0.2 * i),
      ),
    ]),
    table: wood(0xb98a5a, 0x6f4526),
    wall: [0x8b99a3, 0xc3ccd1],
    from: [0.4, 1.6, -5],
    to: [0, 0.9, 0],
    zoom: 1.35,
  })),
  oranges: studio('square', () => ({
    things: [
      bowl(0, 0, 1.15, 0.6, plain(0x2f4f6a, 0.6)),
      fruit(-0.4, -0.15, 0.42, 0xe8811a, 0.55),
      fruit(0.42, -0.2, 0.42, 0xee8a1e, 0.55),
      fruit(0, 0.4, 0.43, 0xe37612, 0.56),
      fruit(0.02, 0.02, 0.4, 0xf09428, 1.02),
      fruit(1.45, -0.6, 0.4, 0xe8811a),
    ],
    table: wood(0xc9a074, 0x8a5f3a),
    wall: [0x49564f, 0x7c8a80],
    from: [0.3, 2.6, -4.2],
    to: [0.15, 0.45, 0],
    zoom: 1.5,
  })),
  lemons: studio('portrait', () => ({
    things: [
      [-0.7, 0.5, 0.4],
      [0.15, 0.75, 1.9],
      [0.6, -0.1, 2.7],
      [-0.25, -0.45, 0.9],
      [0.75, -1, 0.2],
      [-0.9, -1.1, 2.2],
    ].map(
      ([cx = 0, cz = 0, turn = 0]): Thing => [
        bumpy(egg([cx, 0.3, cz], [0.42, 0.3, 0.3], turn), 50, 0.008),
        plain(0xf4c81a, 0.4, 0.15),
      ],
    ),
    table: linen(0x3f6f96),
    wall: [0x3f6f96, 0x7fa5c0],
    from: [0, 4.4, -2],
    to: [0, 0, -0.2],
    zoom: 1.45,
  })),
  'coffee-above': studio('square', () => ({
    things: [
      ...cup(0, 0, plain(0xf0ebe2, 0.5), latte),
      [egg([-1.15, 0.07, 0.75], [0.33, 0.1, 0.33]), plain(0xb5763a, 0.05, 0.6)],
      [egg([-1.4, 0.07, -0.05], [0.33, 0.1, 0.33]), plain(0xa96a30, 0.05, 0.6)],
    ],
    table: wood(0xa87648, 0x4f2f18),
    wall: [0x4a3a2c, 0x6b5a48],
    from: [0, 4.6, -0.6],
    to: [-0.15, 0, 0.1],
    zoom: 1.6,
    keyFrom: [-0.7, 0.62, 0.4],
  })),
  'coffee-morning': studio('portrait', () => ({
    things: [
      ...cup(0, 0, plain(0x6f8a8c, 0.5), plain(0x3a1d0c, 0.9, 0.05)),
      ...book(0.07, [0.85, 0.07, 0.6], 0xb5533c, 0.3, -0.7, 1.5),
    ],
    table: wood(0xd2b48a, 0x9a7448),
    wall: [0xd9cbb4, 0xf3ead8],
    from: [0.8, 1.7, -3.4],
    to: [0, 0.35, 0.2],
    zoom: 1.5,
    keyFrom: [-0.75, 0.4, 0.55],
    key: 0xffe2b0,
  })),
  eggs: studio('square', () => ({
    things: [
      bowl(0, 0, 1.1, 0.5, plain(0xd9d2c4, 0.3)),
      ...[
        [-0.4, 0.1, 0.5],
        [0.35, -0.25, 1.4],
        [0.25, 0.45, 2.4],
        [-0.2, -0.5, 0.1],
      ].map(
        ([cx = 0, cz = 0, turn = 0], i): Thing => [
          egg([cx, 0.46, cz], [0.4, 0.3, 0.3], turn),
          plain([0xd7a77c, 0xf0e0cc, 0xc68e62, 0xe6c7a6][i] ?? 0, 0.25, 0.1),
        ],
      ),
    ],
    table: linen(0x8f8478),
    wall: [0x6f675e, 0xa0978b],
    from: [0, 3.8, -1.7],
    to: [0, 0.2, 0],
    zoom: 1.7,
  })),
  bread: studio('portrait', () => ({
    things: [loaf(0, 0.2, 1.1, 0.35), loaf(-0.3, -0.85, 0.95, -0.15), loaf(0.35, 1.15, 1, 0.1)],
    table: wood(0x8a6543, 0x3d2614),
    wall: [0x2e2620, 0x5a4a3c],
    from: [0.2, 2.6, -3.4],
    to: [0, 0.2, 0.1],
    zoom: 1.5,
    key: 0xffe2b8,
  })),
  buns: studio('square', () => ({
    things: Array.from(
      { length: 16 },
      (_, i): Thing => [
        bumpy(egg([((i % 4) - 1.5) * 0.78, 0.2, (Math.floor(i / 4) - 1.5) * 0.78], [0.36, 0.28, 0.36], i), 8, 0.03, i),
        {
          color: (x, y, z) =>
            mix(color(0xe9c48a), color(0x9a5218), smooth(0.2, 0.5, y) * (0.6 + 0.5 * noise(x * 9, z * 9))),
          gloss: 0.45,
        },
      ],
    ),
    table: plain(0x3a3a3c, 0.3, 0.2),
    wall: [0x33302e, 0x554c44],
    from: [0.6, 3.4, -2.6],
    to: [0, 0.1, 0],
    zoom: 1.5,
    key: 0xffdfb0,
  })),
  pumpkins: studio('portrait', () => ({
    things: [
      ...pumpkin(-0.5, 0.3, 1, 0xd9701a),
      ...pumpkin(0.95, -0.1, 0.68, 0xe8a24a),
      ...pumpkin(-0.35, -1.05, 0.5, 0xe9dcc0),
    ],
    table: wood(0x9a8468, 0x55432f),
    wall: [0x4b463c, 0x837a68],
    from: [0.3, 1.7, -4.6],
    to: [0.1, 0.6, 0],
    zoom: 1.35,
    key: 0xffdcae,
  })),
  candles: studio(
    'portrait',
    () => ({
      things: [...candle(-0.5, 0, 1.5), ...candle(0.15, 0.45, 1), ...candle(0.6, -0.35, 0.65)],
      table: wood(0x6a4428, 0x2a180c, 0.4),
      wall: [0x120a08, 0x2a160c],
      from: [0, 1.3, -4.2],
      to: [0, 0.85, 0],
      zoom: 1.4,
      key: 0x6a3a18,
      fill: 0x3a2416,
      spots: [0xff9a3a, 0xffc46a, 0xd9602a],
    }),
    { exposure: 1.1 },
  ),
  books: studio('tall', () => ({
    things: [
      ...book(0.14, [0.95, 0.14, 0.7], 0x2f4a5c, 0.1),
      ...book(0.4, [0.88, 0.12, 0.64], 0xb5482e, -0.12),
      ...book(0.63, [0.8, 0.11, 0.6], 0xe0c48a, 0.22),
      ...book(0.84, [0.76, 0.1, 0.55], 0x5a6e4a, -0.05),
      ...fruitOn(0.1, 0.94),
    ],
    table: wood(0xcaa67c, 0x8f6a44),
    wall: [0xb9b2a6, 0xe2dcd0],
    from: [0.8, 1.5, -4.4],
    to: [0, 0.65, 0],
    zoom: 1.45,
  })),
  baubles: studio('square', () => ({
    things: [
      ...bauble(-0.7, 0.1, 0.62, 0xb3161c),
      ...bauble(0.6, 0.3, 0.7, 0xc9962e),
      ...bauble(0.05, -0.75, 0.42, 0x1f5a3c),
      ...bauble(1.3, -0.6, 0.36, 0xb3161c),
    ],
    table: plain(0xe8e6e4, 0.3, 0.05),
    wall: [0x1c1410, 0x3c2a1c],
    from: [0.1, 1.2, -5.2],
    to: [0.15, 0.7, 0],
    zoom: 1.4,
    spots: [0xffb04a, 0xff7a3a, 0xffd890, 0xd94a3a],
  })),
  cacti: studio('square', () => ({
    things: [
      ...cactus(-1, 0, 0.9, 0.26, 0xc46a48),
      ...cactus(0, 0.15, 0.25, 0.36, 0xe9e2d6),
      ...cactus(0.98, -0.05, 0.55, 0.24, 0x4f6f86),
    ],
    table: plain(0xf0c9b8, 0.05, 0.03),
    wall: [0xe2a898, 0xf3cdbd],
    from: [0, 1.1, -4.8],
    to: [0, 0.75, 0],
    zoom: 1.35,
  })),
  cairn: studio('portrait', () => ({
    things: pebbles([0.85, 0.66, 0.52, 0.4, 0.25]),
    table: {
      color: (x, _, z) =>
        scale(
          color(0xd9c9ac),
          0.75 + 0.25 * Math.sin(Math.hypot(x, z - 0.1) * 26) + 0.2 * (noise(x * 70, z * 70) - 0.5),
        ),
    },
    wall: [0xb8b4a8, 0xdcd8cc],
    from: [0.3, 1.6, -4.4],
    to: [0, 0.85, 0],
    zoom: 1.4,
    keyFrom: [-0.8, 0.35, 0.1],
  })),
  camera: studio('square', () => ({
    things: photoCamera(0xb9b9b4, 0x2b211c),
    table: wood(0x8f6a48, 0x4a2f1c, 0.25),
    wall: [0x5f5a50, 0x9a9080],
    from: [1.1, 1.5, -3.6],
    to: [0, 0.55, 0],
    zoom: 1.5,
  })),
  macarons: studio('wide', () => ({
    things: [
      ...macaron(-1.5, 0, 0.25, 0xe8a0b0),
      ...macaron(-0.75, 0.1, 0.25, 0xb6cf9a),
      ...macaron(0, 0, 0.25, 0xf0d28a),
      ...macaron(0.75, 0.1, 0.25, 0xb9a5d6),
      ...macaron(1.5, 0, 0.25, 0x9a6a4a),
      ...macaron(-0.38, 0.05, 0.73, 0xf3b58a),
      ...macaron(0.4, 0.05, 0.73, 0x8fc7cf),
    ],
    table: marble,
    wall: [0xd8c8c8, 0xf4e8e4],
    from: [0.2, 1.25, -4.2],
    to: [0, 0.48, 0],
    zoom: 2.2,
  })),
  marble: studio('tall', () => ({
    things: [
      vase(-0.2, 0.2, 2.1, 0.62, 0.22, { ...plain(0x20262c, 0.7), mirror: 0.06 }),
      ...[
        [0.75, -0.4],
        [0.4, -0.8],
      ].map(([cx = 0, cz = 0]): Thing => fruit(cx, cz, 0.3, 0x8a1c2c)),
    ],
    table: marble,
    wall: [0xa9a8a6, 0xdad8d4],
    from: [0.2, 1.5, -4.8],
    to: [0.1, 0.95, 0],
    zoom: 1.4,
  })),
};
function fruitOn(cx: number, y: number): readonly Thing[] {
  return [
    [bumpy(ball(cx, y + 0.3, 0, 0.3), 40, 0.004), plain(0xb32a22, 0.5, 0.4)],
    [turned(cx, 0, y + 0.72, (s) => (s > 0.9 ? 0.02 : 0)), plain(0x4a3018)],
  ];
}
