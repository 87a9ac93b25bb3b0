import { crc32, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { createMediaFiles } from '../../../src/sandbox/media/media-files.ts';
import type { MediaType, SandboxMedia } from '../../../src/sandbox/server.ts';
import { sha256 } from '../support.ts';

const bytesOf = (media: SandboxMedia) => Buffer.concat([...createMediaFiles()(media).chunks()]);

interface Mp4Box {
  readonly type: string;
  readonly at: number;
  readonly body: Buffer;
}

function boxesOf(bytes: Buffer): Mp4Box[] {
  const boxes: Mp4Box[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > bytes.length) throw new Error(`a box of ${size} bytes at ${at} of ${bytes.length}`);
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), at, body: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

function chunksOf(png: Buffer) {
  const chunks: { type: string; body: Buffer }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), body: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

describe('generated files', () => {
  test.each<MediaType>(['jpeg', 'png', 'gif', 'webp'])(
    'a %s decodes to a picture of the size asked for',
    async (type) => {
      for (const [width, height] of [
        [1, 1],
        [64, 64],
        [33, 50],
        [1080, 1350],
      ] as const) {
        const decoded = sharp(bytesOf({ seed: 1, type, width, height }), { failOn: 'warning' });
        const { info } = await decoded.raw().toBuffer({ resolveWithObject: true });
        expect([info.width, info.height]).toEqual([width, height]);
      }
    },
  );

  test('JPEGs of many seeds decode, in many colours', async () => {
    const colors = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const decoded = sharp(bytesOf({ seed, width: 24, height: 16 }), { failOn: 'warning' });
      const pixels = await decoded.raw().toBuffer();
      expect(pixels.equals(Buffer.alloc(pixels.length, pixels.subarray(0, 3)))).toBe(true);
      colors.add(pixels.toString('hex', 0, 3));
    }
    expect(colors.size).toBeGreaterThan(150);
  });

  test('a PNG has valid chunks and every pixel', () => {
    const chunks = chunksOf(bytesOf({ seed: 1, type: 'png', width: 1080, height: 608 }));
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'tEXt', 'IDAT', 'IEND']);
    expect(inflateSync(chunks[2]?.body ?? Buffer.alloc(0)).length).toBe(1081 * 608);
  });

  test('a video has its index before its frames', () => {
    const boxes = boxesOf(bytesOf({ seed: 1, type: 'mp4', width: 176, height: 320, seconds: 2 }));
    expect(boxes.map(({ type }) => type).filter((type) => type !== 'free')).toEqual(['ftyp', 'moov', 'mdat']);
  });

  test('a QuickTime video has its own brand', () => {
    expect(bytesOf({ type: 'mov', width: 96, height: 160, seconds: 1 }).toString('latin1', 4, 12)).toBe('ftypqt  ');
  });
});

describe('sizes', () => {
  const types: MediaType[] = ['jpeg', 'png', 'gif', 'mp4', 'mov', 'heic', 'webp'];
  test.each(types)('a %s is padded to the byte', (type) => {
    const small = { seed: 5, type, width: 96, height: 160, seconds: 1 };
    const least = bytesOf(small).length;
    for (const more of [0, 12, 64, 300, 66_000, 65_537 + 2, 65_537 + 66, 1_048_576 * 2 + 30]) {
      // A WebP is made of chunks of even length.
      const bytes = least + more + (type === 'webp' ? more % 2 : 0);
      const file = createMediaFiles()({ ...small, bytes });
      const made = Buffer.concat([...file.chunks()]);
      expect([made.length, file.size, file.sha256]).toEqual([bytes, bytes, sha256(made)]);
    }
  });

  test('a padded file still decodes', async () => {
    const size = { seed: 5, width: 320, height: 320, bytes: 200_000 };
    const pixels = (bytes: number) =>
      sharp(bytesOf({ ...size, bytes }), { failOn: 'warning' })
        .raw()
        .toBuffer();
    expect((await pixels(200_000)).equals(await pixels(90_000))).toBe(true);
    expect(chunksOf(bytesOf({ ...size, type: 'png' })).at(-1)?.type).toBe('IEND');
    const clip = { ...size, type: 'mp4', seconds: 1, bytes: 900_000 } as const;
    expect(boxesOf(bytesOf(clip)).at(-1)?.type).toBe('free');
  });

  test('fewer bytes than the picture needs are refused', () => {
    expect(() => bytesOf({ seed: 1, bytes: 100 })).toThrow(RangeError);
  });

  test('any part of a file is the same part of the whole', () => {
    const media = { seed: 5, width: 96, height: 96, bytes: 400_000 };
    const file = createMediaFiles()(media);
    const whole = bytesOf(media);
    for (const [start, end] of [
      [0, 1],
      [100, 70_000],
      [65_000, 65_600],
      [131_070, 399_999],
      [399_999, 400_000],
    ] as const)
      expect(Buffer.concat([...file.chunks(start, end)]).equals(whole.subarray(start, end))).toBe(true);
  });
});

test.each([
  ['gif', 'GIF89a'],
  ['webp', 'RIFF'],
  ['html', '<!doctype html>'],
  ['json', '{'],
  ['empty', ''],
] as const)('%s begins as such files do', (type, start) => {
  expect(bytesOf({ type, width: 96, height: 96 }).toString('latin1').slice(0, start.length)).toBe(start);
});
