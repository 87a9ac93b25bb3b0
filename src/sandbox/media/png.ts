import { crc32, deflateSync } from 'node:zlib';
import type { Canvas } from '../canvas.ts';
import { once, type Pieces } from './byte-pieces.ts';

const PNG_CELL = 8;
const CHUNK_ROOM = 1_048_576;

function chunk(type: string, body: Uint8Array): Uint8Array {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, body.length + 8)), body.length + 8);
  return out;
}

/** Padding of exactly `count` bytes, as private ancillary chunks. */
function pngPadding(count: number): Pieces {
  if (count === 0) return [];
  if (count < 12) throw new RangeError(`a PNG cannot be padded by ${count} bytes`);
  const filler = (size: number) => chunk('paDd', new Uint8Array(size - 12));
  const times = Math.max(0, Math.floor(count / CHUNK_ROOM) - 1);
  return [
    { bytes: times > 0 ? filler(CHUNK_ROOM) : new Uint8Array(), times },
    ...once(filler(count - times * CHUNK_ROOM)),
  ];
}

/** A true-colour PNG of the canvas, cut to the given pixels. */
export function png(canvas: Canvas, size: { width: number; height: number }, comment: string) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size.width, 0);
  header.writeUInt32BE(size.height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const start = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from(`Comment\0${comment}`, 'latin1')),
  ]);
  const rest = Buffer.concat([chunk('IDAT', deflateSync(rows(canvas, size))), chunk('IEND', new Uint8Array())]);
  return { start: once(start), padding: pngPadding, rest: once(rest) };
}

// Every row that repeats the one above it is written as "no difference" (filter 2), which deflates to nearly nothing.
function rows({ rgb, width: cells }: Canvas, { width, height }: { width: number; height: number }): Uint8Array {
  const line = width * 3 + 1;
  const out = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    if (y % PNG_CELL !== 0) {
      out[y * line] = 2;
      continue;
    }
    const from = Math.floor(y / PNG_CELL) * cells * 3;
    for (let x = 0; x < width; x++)
      for (let i = 0; i < 3; i++) out[y * line + 1 + x * 3 + i] = rgb[from + Math.floor(x / PNG_CELL) * 3 + i] ?? 0;
  }
  return out;
}
