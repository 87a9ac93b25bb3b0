import { deflateSync } from 'node:zlib';

// Small files that are complete by the rules of their formats, independent of the code under test.

const marker = (code: number, ...body: number[]) => {
  const length = body.length + 2;
  return Buffer.from([0xff, code, length >> 8, length & 0xff, ...body]);
};

/** Similar to a progressive JPEG: an EXIF segment that contains an end marker, and two scans. */
export function jpeg(): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    marker(0xe1, 0x45, 0x78, 0xff, 0xd8, 0xff, 0xd9),
    marker(0xdb, 0, 1, 2, 3),
    marker(0xda, 1, 2, 3),
    Buffer.from([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56]),
    marker(0xc4, 9, 9),
    marker(0xda, 1, 2, 3),
    Buffer.from([0x77, 0x78, 0xff, 0xff, 0xd9]),
  ]);
}

export function png(): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const frame = Buffer.alloc(named.length + 8);
    frame.writeUInt32BE(body.length, 0);
    named.copy(frame, 4);
    // The checksum stays zero: only the structure is checked.
    return frame;
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from([0, 128]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export const gif = (): Buffer =>
  Buffer.concat([Buffer.from('GIF89a', 'latin1'), Buffer.from([1, 0, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 0x3b])]);

export function webp(): Buffer {
  const body = Buffer.from('WEBPVP8 0123456789', 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from('RIFF', 'latin1'), size, body]);
}

export function box(type: string, body: Buffer = Buffer.alloc(0), { long = false, open = false } = {}): Buffer {
  const header = Buffer.alloc(long ? 16 : 8);
  header.writeUInt32BE(open ? 0 : long ? 1 : body.length + 8, 0);
  header.write(type, 4, 'latin1');
  if (long) header.writeBigUInt64BE(BigInt(body.length + 16), 8);
  return Buffer.concat([header, body]);
}

const ftyp = (brand: string) => box('ftyp', Buffer.from(`${brand}\0\0\0\0${brand}`, 'latin1'));

export const mp4 = ({ openEnd = false } = {}): Buffer =>
  Buffer.concat([
    ftyp('isom'),
    box('moov', Buffer.alloc(20)),
    box('mdat', Buffer.alloc(30), openEnd ? { open: true } : { long: true }),
  ]);

export const mov = (): Buffer =>
  Buffer.concat([box('wide'), box('mdat', Buffer.alloc(9)), box('moov', Buffer.alloc(12))]);

export const heic = (): Buffer =>
  Buffer.concat([ftyp('heic'), box('meta', Buffer.alloc(10)), box('mdat', Buffer.alloc(25))]);

export const avif = (): Buffer =>
  Buffer.concat([ftyp('avif'), box('meta', Buffer.alloc(10)), box('mdat', Buffer.alloc(25))]);
