import { type Canvas, createCanvas, rect, text } from './canvas.ts';
import { GLYPH_HEIGHT, textWidth } from './font.ts';
import type { SceneName } from './post.ts';
import { createRandom } from './random.ts';
import { paintScene } from './scenes.ts';

export interface PictureInput {
  readonly seed: string | number;
  readonly label?: string | undefined;
  readonly sublabel?: string | undefined;
  readonly scene?: SceneName | undefined;
  /** In cells. */
  readonly width: number;
  readonly height: number;
}

const INK = 0xffffff;
const PLATE = 0x0a0a14;

/** A scene with its label on a plate at the lower left. */
export function drawPicture(input: PictureInput): Canvas {
  const canvas = createCanvas(input.width, input.height);
  paintScene(canvas, createRandom(input.seed), input.scene);
  plate(canvas, input.label ?? '', input.sublabel ?? '');
  return canvas;
}

function plate(canvas: Canvas, label: string, sublabel: string): void {
  if (!label && !sublabel) return;
  const unit = Math.max(1, Math.round(canvas.width / 135));
  const room = canvas.width - 12 * unit;
  const scaleOf = (line: string, wish: number) =>
    Math.max(1, Math.min(wish * unit, Math.floor(room / Math.max(1, textWidth(line)))));
  const lines = [
    { line: label, scale: scaleOf(label, canvas.height < canvas.width * 0.75 ? 2 : 3) },
    { line: sublabel, scale: scaleOf(sublabel, 1) },
  ].filter(({ line }) => line);
  const gap = 3 * unit;
  const wide = Math.max(...lines.map(({ line, scale }) => textWidth(line) * scale));
  const high = lines.reduce((sum, { scale }) => sum + GLYPH_HEIGHT * scale, gap * (lines.length - 1));
  const box = { x: 5 * unit, y: canvas.height - high - 11 * unit, width: wide + 6 * unit, height: high + 6 * unit };
  rect(canvas, box, PLATE, 0.62);
  let y = box.y + 3 * unit;
  for (const { line, scale } of lines) {
    text(canvas, line, { x: box.x + 3 * unit, y, scale, color: INK });
    y += GLYPH_HEIGHT * scale + gap;
  }
}
