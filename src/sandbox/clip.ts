import { type Canvas, copyCanvas, dot, rect, text } from './canvas.ts';
import { textWidth } from './font.ts';
import { createRandom } from './random.ts';

export const FRAMES_PER_SECOND = 12;

const WINGS = [
  ['10001', '01010', '00100'],
  ['00000', '11011', '00100'],
] as const;

/** The frames of a clip over a still scene: birds cross the sky, a bar fills, and a clock counts the seconds. */
export function animate(scene: Canvas, seconds: number, seed: string | number): Canvas[] {
  const random = createRandom(`birds ${seed}`);
  const total = Math.max(1, Math.round(seconds * FRAMES_PER_SECOND));
  const birds = Array.from({ length: random.int(2, 4) }, (_, i) => ({
    x: scene.width * (0.1 + random.next() * 0.35) - i * 6,
    y: scene.height * (0.12 + random.next() * 0.25),
    speed: (scene.width * (0.4 + random.next() * 0.25)) / total,
    beat: random.int(0, 5),
  }));
  return Array.from({ length: total }, (_, index) => {
    const frame = copyCanvas(scene);
    for (const { x, y, speed, beat } of birds) {
      const wings = WINGS[Math.floor((index + beat) / 3) % 2] ?? WINGS[0];
      const rise = Math.round(Math.sin((index + beat * 4) / 9) * 3);
      sprite(frame, wings, {
        x: Math.round(x + speed * index),
        y: Math.round(y) + rise,
        scale: Math.max(1, Math.round(scene.width / 90)),
      });
    }
    controls(frame, index / Math.max(1, total - 1), Math.floor(index / FRAMES_PER_SECOND));
    return frame;
  });
}

function sprite(canvas: Canvas, rows: readonly string[], at: { x: number; y: number; scale: number }): void {
  rows.forEach((row, y) => {
    [...row].forEach((bit, x) => {
      if (bit === '1')
        rect(
          canvas,
          { x: at.x + x * at.scale, y: at.y + y * at.scale, width: at.scale, height: at.scale },
          0xffffff,
          0.9,
        );
    });
  });
}

function controls(canvas: Canvas, done: number, second: number): void {
  const unit = Math.max(1, Math.round(canvas.width / 135));
  const clock = `0:${String(second).padStart(2, '0')}`;
  const right = canvas.width - 5 * unit;
  text(canvas, clock, { x: right - textWidth(clock) * unit, y: 5 * unit, scale: unit, color: 0xffffff });
  const bar = { x: 5 * unit, y: canvas.height - 4 * unit, width: right - 5 * unit, height: unit };
  rect(canvas, bar, 0xffffff, 0.35);
  rect(canvas, { ...bar, width: Math.round(bar.width * done) }, 0xffffff);
  for (let y = -unit; y < 2 * unit; y++)
    for (let x = -unit; x < 2 * unit; x++) dot(canvas, bar.x + Math.round(bar.width * done) + x, bar.y + y, 0xffffff);
}
