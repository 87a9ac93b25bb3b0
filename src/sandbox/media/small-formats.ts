import type { Canvas } from '../canvas.ts';
import { once, type Pieces, zeros } from './byte-pieces.ts';

const NOTHING: Pieces = [];

/** A GIF of the canvas, one pixel a cell, in a palette of 6x6x3 colours; codes are never compressed. */
export function gif({ rgb, width, height }: Canvas, comment: string) {
  const palette = Buffer.alloc(128 * 3);
  for (let i = 0; i < 108; i++)
    palette.set([Math.floor(i / 18) * 51, (Math.floor(i / 3) % 6) * 51, (i % 3) * 127], i * 3);
  const screen = Buffer.from([width & 255, width >> 8, height & 255, height >> 8]);
  const codes: number[] = [];
  for (let i = 0; i < width * height; i++) {
    // Starting over before the table grows keeps every code at eight bits: one byte.
    if (i % 120 === 0) codes.push(128);
    const [r = 0, g = 0, b = 0] = rgb.subarray(i * 3, i * 3 + 3);
    codes.push(Math.round(r / 51) * 18 + Math.round(g / 51) * 3 + Math.round(b / 127.5));
  }
  codes.push(129);
  const note = Buffer.from(comment).subarray(0, 255);
  const start = Buffer.concat([Buffer.from('GIF89a'), screen, Buffer.from([0xf6, 0, 0]), palette]);
  const rest = Buffer.concat([
    Buffer.from([0x21, 0xfe, note.length, ...note, 0]),
    Buffer.from([0x2c, 0, 0, 0, 0, ...screen, 0, 7]),
    blocks(Buffer.from(codes)),
    Buffer.from([0x3b]),
  ]);
  const padding = (count: number): Pieces => {
    if (count === 0) return NOTHING;
    if (count < 4) throw new RangeError(`a GIF cannot be padded by ${count} bytes`);
    const body = gifFiller(count - 3);
    return [...once(Buffer.from([0x21, 0xfe])), ...body, ...once(new Uint8Array(1))];
  };
  return { start: once(start), padding, rest: once(rest) };
}

/** Comment blocks of exactly `count` bytes, lengths included. */
function gifFiller(count: number): Pieces {
  if (count < 2) throw new RangeError('a GIF cannot be padded by this few bytes');
  const rest = count % 256;
  const whole = Math.floor(count / 256) - (rest === 1 ? 1 : 0);
  const filler = (size: number) => Buffer.concat([Buffer.from([size - 1]), new Uint8Array(size - 1)]);
  const last = rest === 1 ? [filler(255), filler(2)] : rest > 0 ? [filler(rest)] : [];
  return [{ bytes: filler(256), times: whole }, ...once(...last)];
}

function blocks(bytes: Uint8Array): Buffer {
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    out.push(Uint8Array.of(part.length), part);
  }
  return Buffer.concat([...out, Uint8Array.of(0)]);
}

function riffChunk(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, new Uint8Array(body.length % 2)]);
}

/** A lossless WebP of one colour: with one symbol a code, no pixel takes a single bit. */
export function webp(
  canvas: Canvas,
  size: { width: number; height: number },
  comment: string,
  bytes: number | undefined,
) {
  const [r = 0, g = 0, b = 0] = canvas.rgb;
  let held = 0n;
  let at = 0n;
  const put = (value: number, count: number) => {
    held |= BigInt(value) << at;
    at += BigInt(count);
  };
  put(0x2f, 8);
  put(size.width - 1, 14);
  put(size.height - 1, 14);
  put(0, 4); // no alpha, version 0
  put(0, 3); // no transform, no colour cache, no meta codes
  for (const symbol of [g, r, b, 255, 0]) {
    put(0b101, 3); // a simple code with one symbol of eight bits
    put(symbol, 8);
  }
  const lossless = Uint8Array.from({ length: Number((at + 7n) / 8n) }, (_, i) =>
    Number((held >> BigInt(i * 8)) & 255n),
  );
  const content = Buffer.concat([
    Buffer.from('WEBP'),
    riffChunk('VP8L', lossless),
    riffChunk('NOTE', Buffer.from(comment)),
  ]);
  const filler = bytes === undefined ? 0 : bytes - content.length - 8;
  if (filler < 0 || (filler > 0 && filler < 8) || filler % 2 === 1)
    throw new RangeError(`a WebP cannot be padded by ${filler} bytes`);
  const start = Buffer.concat([Buffer.from('RIFF    '), content]);
  start.writeUInt32LE(content.length + filler, 4);
  if (filler === 0) return { start: once(start), padding: () => NOTHING, rest: NOTHING };
  const head = Buffer.from('FILL    ');
  head.writeUInt32LE(filler - 8, 4);
  return { start: once(start), padding: () => [...once(head), ...zeros(filler - 8)], rest: NOTHING };
}

/** The boxes of a HEIC file, whole and in order, around a picture that is only noise. */
export function heicBoxes(comment: string): Buffer {
  const box = (type: string, body: Uint8Array) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
  };
  return Buffer.concat([
    box('ftyp', Buffer.from('heic\0\0\0\0mif1heic')),
    box('meta', Buffer.alloc(4)),
    box('mdat', Buffer.from(comment)),
  ]);
}
