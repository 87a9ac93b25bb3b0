import { dotsOf, GLYPH_WIDTH } from './font.ts';

/** 0xRRGGBB */
export type Color = number;

/** A grid of coloured cells. What a cell measures in pixels is up to the format that writes it. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Row by row, three bytes a cell. */
  readonly rgb: Uint8Array;
}

export const createCanvas = (width: number, height: number): Canvas => ({
  width,
  height,
  rgb: new Uint8Array(width * height * 3),
});

export const copyCanvas = (canvas: Canvas): Canvas => ({ ...canvas, rgb: canvas.rgb.slice() });

/** The colour between two, `share` of the way from the first to the second. */
export function mix(from: Color, to: Color, share: number): Color {
  const t = Math.min(1, Math.max(0, share));
  const red = (from >> 16) + ((to >> 16) - (from >> 16)) * t;
  const green = ((from >> 8) & 255) + (((to >> 8) & 255) - ((from >> 8) & 255)) * t;
  const blue = (from & 255) + ((to & 255) - (from & 255)) * t;
  return (Math.round(red) << 16) | (Math.round(green) << 8) | Math.round(blue);
}

/** Paints one cell, through `opacity`; outside the grid nothing happens. */
export function dot({ rgb, width, height }: Canvas, left: number, top: number, color: Color, opacity = 1): void {
  const x = Math.floor(left);
  const y = Math.floor(top);
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = (y * width + x) * 3;
  const under = ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0);
  const over = opacity === 1 ? color : mix(under, color, opacity);
  rgb[at] = over >> 16;
  rgb[at + 1] = (over >> 8) & 255;
  rgb[at + 2] = over & 255;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function rect(canvas: Canvas, box: Box, color: Color, opacity = 1): void {
  for (let y = Math.floor(box.y); y < box.y + box.height; y++)
    for (let x = Math.floor(box.x); x < box.x + box.width; x++) dot(canvas, x, y, color, opacity);
}

/** A filled disc, or what `paint` makes of each of its cells, given the distance to the middle as a share of the radius. */
export function disc(
  canvas: Canvas,
  at: { readonly x: number; readonly y: number; readonly radius: number },
  paint: Color | ((x: number, y: number, distance: number) => void),
): void {
  for (let y = Math.floor(at.y - at.radius); y <= at.y + at.radius; y++)
    for (let x = Math.floor(at.x - at.radius); x <= at.x + at.radius; x++) {
      const distance = Math.hypot(x - at.x, y - at.y) / at.radius;
      if (distance > 1) continue;
      if (typeof paint === 'number') dot(canvas, x, y, paint);
      else paint(x, y, distance);
    }
}

/** Writes a line, each dot of the font `scale` cells wide and high. */
export function text(
  canvas: Canvas,
  line: string,
  at: { readonly x: number; readonly y: number; readonly scale: number; readonly color: Color },
): void {
  [...line].forEach((character, index) => {
    const left = at.x + index * (GLYPH_WIDTH + 1) * at.scale;
    for (const [x, y] of dotsOf(character))
      rect(canvas, { x: left + x * at.scale, y: at.y + y * at.scale, width: at.scale, height: at.scale }, at.color);
  });
}
