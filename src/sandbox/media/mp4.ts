import { readAsset } from './assets.ts';
import { once, type Pieces, zeros } from './byte-pieces.ts';
import type { Size } from './jpeg.ts';
import type { UnpaddedFile } from './unpadded-file.ts';

const MOST_32_BIT = 2 ** 32 - 1;

function u32(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    out.writeUInt32BE(value, i * 4);
  });
  return out;
}

export function box(type: string, body: Uint8Array): Buffer {
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body]);
}

/** Padding of exactly `count` bytes: one `free` box, with a 64-bit size if necessary; throws a RangeError for 1 to 7. */
export function mp4Padding(count: number): Pieces {
  if (count === 0) return [];
  if (count < 8) throw new RangeError(`an MP4 cannot be padded by ${count} bytes`);
  if (count <= MOST_32_BIT) return [...once(u32(count), Buffer.from('free')), ...zeros(count - 8)];
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(count));
  return [...once(u32(1), Buffer.from('free'), size), ...zeros(count - 16)];
}

/** A clip of the assets with a comment of its own at its end. */
export const stampedClip = (asset: Buffer, comment: string): UnpaddedFile => ({
  start: [{ bytes: asset, times: 1, shared: true }, ...once(box('free', Buffer.from(comment)))],
  padding: mp4Padding,
  rest: [],
});

/** A small clip that is shown at the given size and plays for so many seconds. `mov` has the brand of QuickTime. */
export function smallClip(size: Size, seconds: number, type: 'mp4' | 'mov', comment: string): UnpaddedFile {
  const clip = Buffer.from(readAsset('small.mp4'));
  if (type === 'mov') clip.write('qt  ', 8, 'latin1');
  for (const header of ['mvhd', 'mdhd']) {
    // Creation, modification, time scale and duration follow type and version. The asset lasts one second.
    const scaleAt = clip.indexOf(header) + 16;
    clip.writeUInt32BE(Math.round(clip.readUInt32BE(scaleAt) / seconds), scaleAt);
  }
  const sizeAt = clip.indexOf('tkhd') + 80;
  clip.set(u32(size.width * 65_536, size.height * 65_536), sizeAt);
  return stampedClip(clip, comment);
}
