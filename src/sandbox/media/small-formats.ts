import { once, type Pieces, zeros } from './byte-pieces.ts';
import type { Size } from './jpeg.ts';
import { box, mp4Padding } from './mp4.ts';
import type { UnpaddedFile } from './unpadded-file.ts';

/** A GIF whose screen has the given size, with a picture of one pixel in it. */
export function gif({ width, height }: Size, comment: string): UnpaddedFile {
  const note = Buffer.from(comment).subarray(0, 255);
  const screen = Buffer.from([width & 255, width >> 8, height & 255, height >> 8, 0x80, 0, 0]);
  const pixel = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b];
  return {
    start: once(Buffer.from('GIF89a'), screen, Buffer.from([230, 140, 60, 255, 255, 255])),
    padding(count) {
      if (count === 0) return [];
      if (count < 4) throw new RangeError(`a GIF cannot be padded by ${count} bytes`);
      return [...once(Buffer.from([0x21, 0xfe])), ...commentBlocks(count - 3), ...once(new Uint8Array(1))];
    },
    rest: once(Buffer.from([0x21, 0xfe, note.length, ...note, 0]), Buffer.from(pixel)),
  };
}

/** Comment blocks of exactly `count` bytes, lengths included. */
function commentBlocks(count: number): Pieces {
  if (count < 2) throw new RangeError(`a GIF cannot be padded by ${count + 3} bytes`);
  const rest = count % 256;
  const full = Math.floor(count / 256) - (rest === 1 ? 1 : 0);
  const block = (size: number) => Buffer.concat([Buffer.from([size - 1]), new Uint8Array(size - 1)]);
  const last = rest === 1 ? [block(255), block(2)] : rest > 0 ? [block(rest)] : [];
  return [{ bytes: block(256), times: full }, ...once(...last)];
}

function riffChunk(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, new Uint8Array(body.length % 2)]);
}

/** A lossless WebP of one colour. Its padding has an even number of bytes, at least 8. */
export function webp({ width, height }: Size, comment: string, bytes: number | undefined): UnpaddedFile {
  // After the size: no alpha, no transforms, and five codes of one symbol each, so that no pixel takes a bit.
  const lossless = Buffer.from([0x2f, 0, 0, 0, 0, 0x28, 0x63, 0xcd, 0xcb, 0xd3, 0xff, 2, 0]);
  lossless.writeUInt32LE((width - 1) | ((height - 1) << 14), 1);
  const chunks = [riffChunk('VP8L', lossless), riffChunk('NOTE', Buffer.from(comment))];
  const head = Buffer.concat([Buffer.from('RIFF    WEBP'), ...chunks]);
  const missing = bytes === undefined ? 0 : bytes - head.length;
  if (missing < 0 || (missing > 0 && missing < 8) || missing % 2 === 1)
    throw new RangeError(`a WebP cannot be padded by ${missing} bytes`);
  head.writeUInt32LE(head.length - 8 + missing, 4);
  const filler = Buffer.from('FILL    ');
  filler.writeUInt32LE(Math.max(0, missing - 8), 4);
  return {
    start: once(head),
    padding: (count) => (count === 0 ? [] : [...once(filler), ...zeros(count - 8)]),
    rest: [],
  };
}

/** The boxes of a HEIC file, in order, without a picture in them. */
export const heic = (comment: string): UnpaddedFile => ({
  start: once(
    box('ftyp', Buffer.from('heic\0\0\0\0mif1heic')),
    box('meta', Buffer.alloc(4)),
    box('mdat', Buffer.from(comment)),
  ),
  padding: mp4Padding,
  rest: [],
});
