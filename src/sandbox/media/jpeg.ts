import { once, type Pieces, zeros } from './byte-pieces.ts';
import type { UnpaddedFile } from './unpadded-file.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `mono` is black and white, `muted` has pale colours. */
export type Look = 'mono' | 'muted';

const START = Buffer.from([0xff, 0xd8]);

const segment = (marker: number, ...body: readonly Uint8Array[]) => {
  const content = Buffer.concat(body);
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
};

const FULL_COMMENT = segment(0xfe, new Uint8Array(65_533));

/** Padding of exactly `count` bytes, as comments; throws a RangeError for 1 to 3 bytes. */
function jpegPadding(count: number): Pieces {
  if (count === 0) return [];
  if (count < 4) throw new RangeError(`a JPEG cannot be padded by ${count} bytes`);
  const times = Math.floor(count / FULL_COMMENT.length);
  const rest = count - times * FULL_COMMENT.length;
  const full = { bytes: FULL_COMMENT, shared: true } as const;
  if (rest === 0) return [{ ...full, times }];
  // A comment takes at least four bytes. If fewer are left, the comment before it is made shorter.
  if (rest < 4)
    return [{ ...full, times: times - 1 }, ...emptyComment(FULL_COMMENT.length - 4), ...emptyComment(rest + 4)];
  return [{ ...full, times }, ...emptyComment(rest)];
}

function emptyComment(size: number): Pieces {
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(size - 2, 2);
  return [...once(head), ...zeros(size - 4)];
}

/** A JPEG of the assets with a comment of its own, in the look asked for. */
export function stampedJpeg(asset: Buffer, comment: string, look?: Look): UnpaddedFile {
  const rest = asset.subarray(2);
  return {
    start: once(START, segment(0xfe, Buffer.from(comment))),
    padding: jpegPadding,
    rest: look ? once(withLook(rest, look)) : [{ bytes: rest, times: 1, shared: true }],
  };
}

/** Colours fade when the quantisers of their coefficients get smaller: the picture need not be decoded. */
function withLook(rest: Buffer, look: Look): Buffer {
  const out = Buffer.from(rest);
  for (let at = 0; out[at + 1] !== 0xda; at += 2 + out.readUInt16BE(at + 2)) {
    if (out[at + 1] !== 0xdb) continue;
    const end = at + 2 + out.readUInt16BE(at + 2);
    for (let table = at + 4; table < end; table += 65) {
      if (out[table] !== 1) continue;
      for (let i = table + 1; i <= table + 64; i++) out[i] = look === 'mono' ? 1 : Math.ceil((out[i] ?? 1) * 0.5);
    }
  }
  return out;
}

// One DC table and one AC table. A DC difference of zero and the end of a block take one bit each, 0; a difference of
// n bits has the five-bit code 0b10000 + n - 1.
const DC_TABLE = segment(
  0xc4,
  Uint8Array.from([0x00, 1, 0, 0, 0, 11, ...new Uint8Array(11), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
);
const AC_TABLE = segment(0xc4, Uint8Array.from([0x10, 1, ...new Uint8Array(15), 0]));
const QUANTISERS = segment(0xdb, Uint8Array.from([0, ...new Uint8Array(64).fill(8)]));
const SCAN = segment(0xda, Uint8Array.from([3, 1, 0, 2, 0, 3, 0, 0, 63, 0]));

/** A JPEG of one colour: brightness and the two colour differences, each -128 to 127. */
export function flatJpeg(size: Size, color: readonly [number, number, number], comment: string): UnpaddedFile {
  const frame = Buffer.from([8, 0, 0, 0, 0, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
  frame.writeUInt16BE(size.height, 1);
  frame.writeUInt16BE(size.width, 3);
  // With a quantiser of 8 the DC coefficient of a flat block is its colour. All further blocks differ by zero.
  const first = color.map((value) => `${dcBits(value)}0`).join('');
  const blocks = Math.ceil(size.width / 8) * Math.ceil(size.height / 8);
  const bits = first.length + (blocks - 1) * 6;
  const scan = Buffer.alloc(Math.ceil(bits / 8));
  first
    .padEnd(Math.min(48, scan.length * 8), '0')
    .match(/.{8}/g)
    ?.forEach((byte, i) => {
      scan[i] = Number.parseInt(byte, 2);
    });
  scan[scan.length - 1] = (scan.at(-1) ?? 0) | ((1 << (scan.length * 8 - bits)) - 1);
  const stuffed = Buffer.from(scan.toString('latin1').replaceAll('\xff', '\xff\0'), 'latin1');
  return {
    start: once(
      START,
      segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1')),
      segment(0xfe, Buffer.from(comment)),
    ),
    padding: jpegPadding,
    rest: once(QUANTISERS, segment(0xc0, frame), DC_TABLE, AC_TABLE, SCAN, stuffed, Buffer.from([0xff, 0xd9])),
  };
}

function dcBits(difference: number): string {
  if (difference === 0) return '0';
  const size = 32 - Math.clz32(Math.abs(difference));
  const value = difference < 0 ? difference + (1 << size) - 1 : difference;
  return (16 + size - 1).toString(2) + value.toString(2).padStart(size, '0');
}
