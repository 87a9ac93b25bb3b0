import { crc32, deflateSync } from 'node:zlib';
import { once, type Pieces } from './byte-pieces.ts';
import type { Size } from './jpeg.ts';
import type { UnpaddedFile } from './unpadded-file.ts';

const PADDING_CHUNK = 1_048_576;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
const HEADER_END = SIGNATURE.length + 25;

function chunk(type: string, body: Uint8Array): Uint8Array {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, body.length + 8)), body.length + 8);
  return out;
}

/** Padding of exactly `count` bytes, as private ancillary chunks; throws a RangeError for 1 to 11 bytes. */
function pngPadding(count: number): Pieces {
  if (count === 0) return [];
  if (count < 12) throw new RangeError(`a PNG cannot be padded by ${count} bytes`);
  const filler = (size: number) => chunk('paDd', new Uint8Array(size - 12));
  const times = Math.max(0, Math.floor(count / PADDING_CHUNK) - 1);
  return [
    { bytes: times > 0 ? filler(PADDING_CHUNK) : new Uint8Array(), times },
    ...once(filler(count - times * PADDING_CHUNK)),
  ];
}

/** A PNG of the assets with a comment of its own. */
export const stampedPng = (asset: Buffer, comment: string): UnpaddedFile => ({
  start: once(asset.subarray(0, HEADER_END), chunk('tEXt', Buffer.from(`Comment\0${comment}`, 'latin1'))),
  padding: pngPadding,
  rest: [{ bytes: asset.subarray(HEADER_END), times: 1, shared: true }],
});

/** A PNG of one shade of grey. */
export function flatPng({ width, height }: Size, gray: number, comment: string): UnpaddedFile {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const rows = Buffer.alloc((width + 1) * height, gray);
  for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0;
  const png = [SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', new Uint8Array())];
  return stampedPng(Buffer.concat(png), comment);
}
