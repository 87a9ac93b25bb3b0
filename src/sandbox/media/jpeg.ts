import type { Canvas } from '../canvas.ts';
import { once, type Pieces, zeros } from './byte-pieces.ts';

/** A cell is one JPEG block: flat, so that it has a DC coefficient and nothing else. */
export const JPEG_CELL = 8;

// With a quantiser of 8 the DC levels of an 8x8 block are the colour values themselves: nothing is lost.
const QUANTISER = 8;
const LUMA_DC = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  codes: [2, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9],
};
const CHROMA_DC = {
  counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
  codes: [2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
};
const CATEGORIES = Uint8Array.from({ length: 12 }, (_, i) => i);

const segment = (marker: number, ...body: readonly Uint8Array[]) => {
  const content = Buffer.concat(body);
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
};

/** Canonical Huffman codes, category by category. */
function codesOf(lengths: readonly number[]): number[] {
  let code = 0;
  return lengths.map((length, i) => {
    if (i > 0) code = (code + 1) << (length - (lengths[i - 1] ?? length));
    return code;
  });
}

const FULL_COMMENT = segment(0xfe, new Uint8Array(65_533));

const table = (id: number, counts: readonly number[], symbols: Uint8Array) =>
  segment(0xc4, Uint8Array.from([id, ...counts]), symbols);
// One symbol, one bit: every block ends right after its DC coefficient.
const END_OF_BLOCK_ONLY = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** Padding of exactly `count` bytes, as comments; 1 to 3 bytes cannot be padded and are refused. */
function jpegPadding(count: number): Pieces {
  if (count === 0) return [];
  if (count < 4) throw new RangeError(`a JPEG cannot be padded by ${count} bytes`);
  const times = Math.floor(count / FULL_COMMENT.length);
  const rest = count - times * FULL_COMMENT.length;
  const whole = { bytes: FULL_COMMENT, shared: true } as const;
  if (rest === 0) return [{ ...whole, times }];
  // What is left takes four bytes for itself; where it is less, the comment before makes room.
  if (rest < 4) return [{ ...whole, times: times - 1 }, ...comment(FULL_COMMENT.length - 4), ...comment(rest + 4)];
  return [{ ...whole, times }, ...comment(rest)];
}

/** A comment of zeros that takes so many bytes in all. */
function comment(size: number): Pieces {
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(size - 2, 2);
  return [...once(head), ...zeros(size - 4)];
}

/** A baseline JPEG of the canvas, cut to the given pixels; the comment makes files differ that look alike. */
export function jpeg(canvas: Canvas, size: { width: number; height: number }, comment: string) {
  const frame = Buffer.from([8, 0, 0, 0, 0, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
  frame.writeUInt16BE(size.height, 1);
  frame.writeUInt16BE(size.width, 3);
  const start = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1')),
    segment(0xfe, Buffer.from(comment)),
  ]);
  const rest = Buffer.concat([
    segment(0xdb, Uint8Array.from([0, ...new Uint8Array(64).fill(QUANTISER)])),
    segment(0xc0, frame),
    table(0x00, LUMA_DC.counts, CATEGORIES),
    table(0x01, CHROMA_DC.counts, CATEGORIES),
    table(0x10, END_OF_BLOCK_ONLY, new Uint8Array(1)),
    segment(0xda, Uint8Array.from([3, 1, 0x00, 2, 0x10, 3, 0x10, 0, 63, 0])),
    scan(canvas),
    Buffer.from([0xff, 0xd9]),
  ]);
  return { start: once(start), padding: jpegPadding, rest: once(rest) };
}

function scan({ rgb, width, height }: Canvas): Uint8Array {
  const luma = { lengths: LUMA_DC.codes, codes: codesOf(LUMA_DC.codes) };
  const chroma = { lengths: CHROMA_DC.codes, codes: codesOf(CHROMA_DC.codes) };
  const out = Buffer.alloc(width * height * 18 + 16);
  let at = 0;
  let held = 0;
  let bits = 0;
  const put = (value: number, count: number) => {
    held = (held << count) | value;
    bits += count;
    while (bits >= 8) {
      bits -= 8;
      const byte = (held >>> bits) & 255;
      out[at++] = byte;
      if (byte === 255) out[at++] = 0;
    }
    held &= (1 << bits) - 1;
  };
  const block = (difference: number, { lengths, codes }: { lengths: readonly number[]; codes: readonly number[] }) => {
    const category = 32 - Math.clz32(Math.abs(difference));
    put(codes[category] ?? 0, lengths[category] ?? 0);
    if (category > 0) put(difference < 0 ? difference + (1 << category) - 1 : difference, category);
    put(0, 1);
  };
  let lastY = 0;
  let lastCb = 0;
  let lastCr = 0;
  for (let i = 0; i < rgb.length; i += 3) {
    const r = rgb[i] ?? 0;
    const g = rgb[i + 1] ?? 0;
    const b = rgb[i + 2] ?? 0;
    const y = Math.round(0.299 * r + 0.587 * g + 0.114 * b) - 128;
    const cb = Math.round(-0.168736 * r - 0.331264 * g + 0.5 * b);
    const cr = Math.round(0.5 * r - 0.418688 * g - 0.081312 * b);
    block(y - lastY, luma);
    block(cb - lastCb, chroma);
    block(cr - lastCr, chroma);
    lastY = y;
    lastCb = cb;
    lastCr = cr;
  }
  put((1 << ((8 - bits) & 7)) - 1, (8 - bits) & 7);
  return out.subarray(0, at);
}
