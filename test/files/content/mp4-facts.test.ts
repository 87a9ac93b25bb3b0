import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mp4Facts } from '../../../src/files/content/mp4-facts.ts';
import { createMediaFiles } from '../../../src/sandbox/media/media-files.ts';
import { box } from '../../support/files.ts';

const u32 = (...values: readonly number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value >>> 0, index * 4);
  });
  return bytes;
};
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

const ONE = 0x10000;
const UPRIGHT = [ONE, 0, 0, 0, ONE, 0, 0, 0, 0x40000000];
const A_QUARTER = [0, ONE, 0, -ONE, 0, 0, 0, 0, 0x40000000];
const UPSIDE_DOWN = [-ONE, 0, 0, 0, -ONE, 0, 0, 0, 0x40000000];

const mvhd = (scale: number, units: number) => box('mvhd', u32(0, 0, 0, scale, units, ...new Array(20).fill(0)));
const longMvhd = (scale: number, units: bigint) =>
  box('mvhd', Buffer.concat([u32(1 << 24, 0, 0, 0, 0, scale), u64(units), Buffer.alloc(80)]));
const tkhd = (width: number, height: number, matrix: readonly number[] = UPRIGHT) =>
  box('tkhd', u32(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...matrix, width * ONE, height * ONE));
const longTkhd = (width: number, height: number) =>
  box('tkhd', u32(1 << 24, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, ...UPRIGHT, width * ONE, height * ONE));
const media = (handler: string) =>
  box('mdia', box('hdlr', Buffer.concat([u32(0, 0), Buffer.from(handler), Buffer.alloc(13)])));
const track = (header: Buffer, handler = 'vide') => box('trak', Buffer.concat([header, media(handler)]));
const moov = (...parts: readonly Buffer[]) => box('moov', Buffer.concat(parts));
const ftyp = box('ftyp', Buffer.from('isom\0\0\0\0isom'));

/** Reads a file in memory, and notes what it cost. */
function reader(file: Buffer) {
  const cost = { reads: 0, most: 0 };
  const read = async (start: number, length: number) => {
    cost.reads += 1;
    cost.most = Math.max(cost.most, length);
    return file.subarray(start, start + length);
  };
  return { cost, read };
}
const factsOf = (file: Buffer) => mp4Facts(reader(file).read, file.length);
const WIDE = { width: 640, height: 360, duration: 2.5 };

describe('what an MP4 says of its picture', () => {
  const index = moov(mvhd(1000, 2500), track(tkhd(640, 360)));
  test.each([
    ['its index before the data', Buffer.concat([ftyp, index, box('mdat', Buffer.alloc(50_000))]), WIDE],
    ['its index after the data', Buffer.concat([ftyp, box('mdat', Buffer.alloc(50_000)), index]), WIDE],
    ['data of a 64-bit size', Buffer.concat([ftyp, box('mdat', Buffer.alloc(99), { long: true }), index]), WIDE],
    ['an index that reaches to the end', Buffer.concat([ftyp, box('moov', index.subarray(8), { open: true })]), WIDE],
    ['headers of version 1', moov(longMvhd(90_000, 225_000n), track(longTkhd(640, 360))), WIDE],
    ['a length beyond 32 bits', moov(longMvhd(1, 5_000_000_000n)), { duration: 5_000_000_000 }],
    ['a track on its side', moov(mvhd(1000, 2500), track(tkhd(640, 360, A_QUARTER))), { width: 360, height: 640 }],
    ['a track upside down', moov(mvhd(1000, 2500), track(tkhd(640, 360, UPSIDE_DOWN))), WIDE],
    ['sound before its picture', moov(mvhd(1000, 2500), track(tkhd(9, 9), 'soun'), track(tkhd(640, 360))), WIDE],
    ['the first of two pictures', moov(mvhd(1000, 2500), track(tkhd(640, 360)), track(tkhd(8, 8))), WIDE],
    ['sound alone', moov(mvhd(1000, 2500), track(tkhd(0, 0), 'soun')), { width: undefined, duration: 2.5 }],
    [
      'a length that is not known',
      moov(mvhd(1000, 0xffffffff), track(tkhd(640, 360))),
      { width: 640, duration: undefined },
    ],
    ['no scale', moov(mvhd(0, 5), track(tkhd(640, 360))), { width: 640, duration: undefined }],
  ])('%s', async (_what, file, expected) => {
    expect(await factsOf(file)).toMatchObject(expected);
  });

  test.each([
    ['no bytes', Buffer.alloc(0)],
    ['a page of HTML', Buffer.from('<html><body>Not found, but very politely so.</body></html>')],
    ['no index', Buffer.concat([ftyp, box('mdat', Buffer.alloc(20))])],
    ['an index that is cut', index.subarray(0, -1)],
    ['an empty index', box('moov')],
    ['a box smaller than its header', Buffer.concat([u32(7), Buffer.from('free'), index])],
    ['a 64-bit size of nothing', Buffer.concat([u32(1), Buffer.from('free'), u64(0n), index])],
    ['a 64-bit size beyond all', Buffer.concat([u32(1), Buffer.from('moov'), u64(2n ** 64n - 1n), index])],
  ])('nothing of a file with %s', async (_what, file) => {
    expect(await factsOf(file)).toBeUndefined();
  });

  test('a video of the sandbox has the size and length that it was made with', async () => {
    const made = createMediaFiles()({ type: 'mp4', seed: 5, width: 96, height: 64, seconds: 2 });
    expect(await factsOf(Buffer.concat([...made.chunks()]))).toEqual({ width: 96, height: 64, duration: 2 });
  });
});

describe('a hostile file costs little', () => {
  const MOST_READS = 1100;

  test('millions of empty boxes are not walked through', async () => {
    const header = box('free');
    const { cost, read } = reader(Buffer.alloc(0));
    const endless = async (start: number, length: number) => {
      await read(start, length);
      return Buffer.concat(new Array(Math.ceil(length / 8) + 1).fill(header)).subarray(start % 8, (start % 8) + length);
    };
    expect(await mp4Facts(endless, 2 ** 45)).toBeUndefined();
    expect(cost.reads).toBeLessThan(MOST_READS);
  });

  test('an index that claims gigabytes is not read whole', async () => {
    const head = Buffer.concat([u32(1), Buffer.from('moov'), u64(6_000_000_000n), mvhd(10, 25)]);
    const { cost, read } = reader(head);
    expect(await mp4Facts(read, 6_000_000_000)).toMatchObject({ duration: 2.5 });
    expect(cost).toMatchObject({ most: 4096 });
    expect(cost.reads).toBeLessThan(10);
  });

  test('whatever is cut from a file, or flipped in it, it says something sound or nothing', async () => {
    const whole = Buffer.concat([
      ...createMediaFiles()({ type: 'mp4', seed: 1, width: 32, height: 32, seconds: 1 }).chunks(),
    ]);
    const indexEnd = whole.indexOf('mdat') + 8;
    const flips = fc.array(fc.record({ at: fc.nat(indexEnd - 1), to: fc.nat(255) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(flips, fc.nat(whole.length), fc.nat(2 ** 31), async (changes, cut, claimed) => {
        const file = Buffer.from(whole.subarray(0, cut));
        for (const { at, to } of changes) if (at < file.length) file[at] = to;
        for (const size of [file.length, claimed]) {
          const { cost, read } = reader(file);
          const facts = await mp4Facts(read, size);
          expect(cost.reads).toBeLessThan(MOST_READS);
          expect(cost.most).toBeLessThanOrEqual(4096);
          if (!facts) continue;
          for (const pixels of [facts.width, facts.height]) {
            expect(pixels === undefined || (Number.isInteger(pixels) && pixels > 0 && pixels <= 65_536)).toBe(true);
          }
          expect(facts.duration === undefined || (Number.isFinite(facts.duration) && facts.duration > 0)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
