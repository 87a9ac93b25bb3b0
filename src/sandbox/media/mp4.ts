import type { H264 } from '../h264.ts';
import { once, type Pieces, zeros } from './byte-pieces.ts';

const MOVIE_SCALE = 1000;
const MOST_32_BIT = 2 ** 32 - 1;
const IDENTITY = Buffer.concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map((value) => u32(value)));

function u32(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    out.writeUInt32BE(value, i * 4);
  });
  return out;
}

function u16(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => {
    out.writeUInt16BE(value, i * 2);
  });
  return out;
}

function box(type: string, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body]);
}

const fullBox = (type: string, flags: number, ...content: readonly Uint8Array[]) => box(type, u32(flags), ...content);

/** Padding of exactly `count` bytes: one `free` box, of the 64-bit kind where it must be. */
export function mp4Padding(count: number): Pieces {
  if (count === 0) return [];
  if (count < 8) throw new RangeError(`an MP4 cannot be padded by ${count} bytes`);
  if (count <= MOST_32_BIT) return [...once(u32(count), Buffer.from('free')), ...zeros(count - 8)];
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(count));
  return [...once(u32(1), Buffer.from('free'), size), ...zeros(count - 16)];
}

export interface Clip {
  readonly video: H264;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** 'qt' writes the brand of a QuickTime file. */
  readonly brand: 'isom' | 'qt';
  readonly comment: string;
}

/** A file to be played while it loads: index first, then the frames, each a sample of its own. */
export function mp4(clip: Clip) {
  const { frames } = clip.video;
  const samples = frames.map((frame) => Buffer.concat([u32(frame.length), frame]));
  const brands = clip.brand === 'qt' ? ['qt  ', 'qt  '] : ['isom', 'isom', 'iso2', 'avc1', 'mp41'];
  const ftyp = box('ftyp', Buffer.from(brands[0] ?? ''), u32(512), Buffer.from(brands.slice(1).join('')));
  const sizes = samples.map((sample) => sample.length);
  const length = moov(clip, sizes, 0).length;
  const index = moov(clip, sizes, ftyp.length + length + 8);
  return { start: once(ftyp, index, box('mdat', ...samples)), padding: mp4Padding, rest: [] as Pieces };
}

function moov(clip: Clip, sizes: readonly number[], firstSampleAt: number): Buffer {
  const { width, height, framesPerSecond } = clip;
  const duration = Math.round((sizes.length * MOVIE_SCALE) / framesPerSecond);
  const mvhd = fullBox(
    'mvhd',
    0,
    u32(0, 0, MOVIE_SCALE, duration, 0x10000),
    u16(0x0100, 0),
    u32(0, 0),
    IDENTITY,
    Buffer.alloc(24),
    u32(2),
  );
  const tkhd = fullBox(
    'tkhd',
    3,
    u32(0, 0, 1, 0, duration, 0, 0),
    u16(0, 0, 0, 0),
    IDENTITY,
    u32(width * 65536, height * 65536),
  );
  const edts = box('edts', fullBox('elst', 0, u32(1, duration, 0), u16(1, 0)));
  const mdhd = fullBox('mdhd', 0, u32(0, 0, framesPerSecond, sizes.length), u16(0x55c4, 0));
  const hdlr = fullBox('hdlr', 0, u32(0), Buffer.from('vide'), Buffer.alloc(12), Buffer.from('VideoHandler\0'));
  const dinf = box('dinf', fullBox('dref', 0, u32(1), fullBox('url ', 1)));
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, u32(1), sampleEntry(clip)),
    fullBox('stts', 0, u32(1, sizes.length, 1)),
    fullBox('stss', 0, u32(1, 1)),
    fullBox('stsc', 0, u32(1, 1, sizes.length, 1)),
    fullBox('stsz', 0, u32(0, sizes.length, ...sizes)),
    fullBox('stco', 0, u32(1, firstSampleAt)),
  );
  const minf = box('minf', fullBox('vmhd', 1, u16(0, 0, 0, 0)), dinf, stbl);
  const trak = box('trak', tkhd, edts, box('mdia', mdhd, hdlr, minf));
  return box('moov', mvhd, trak, box('udta', box('name', Buffer.from(clip.comment))));
}

function sampleEntry({ width, height, video: { sps, pps } }: Clip): Buffer {
  const avcC = Buffer.concat([
    Buffer.from([1, ...sps.subarray(1, 4), 0xff, 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  ]);
  return box(
    'avc1',
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]),
    Buffer.alloc(16),
    u16(width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    box('avcC', avcC),
  );
}
