import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createMediaFiles } from '../../../src/sandbox/media/media-files.ts';
import type { MediaType, SandboxMedia } from '../../../src/sandbox/server.ts';
import { decodeFlatJpeg } from './flat-jpeg.ts';
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

describe('pictures', () => {
  test('a JPEG decodes to a picture of its size, with more than one colour and the label in white', () => {
    const { width, height, colors } = decodeFlatJpeg(bytesOf({ seed: 1, label: '#12', width: 1080, height: 1350 }));
    expect([width, height]).toEqual([1080, 1350]);
    expect(colors).toHaveLength(135 * 169);
    expect(new Set(colors).size).toBeGreaterThan(30);
    expect(colors.filter((color) => color === 'ffffff').length).toBeGreaterThan(100);
  });

  test('a PNG has sound chunks and every pixel', () => {
    const chunks = chunksOf(bytesOf({ seed: 1, type: 'png', width: 1080, height: 608 }));
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'tEXt', 'IDAT', 'IEND']);
    expect(inflateSync(chunks[2]?.body ?? Buffer.alloc(0)).length).toBe((1080 * 3 + 1) * 608);
  });

  test('labels and seeds make different pictures', () => {
    const variants = [
      { seed: 1 },
      { seed: 2 },
      { seed: 1, label: '#1' },
      { seed: 1, label: '#1', sublabel: '2019-09-26' },
    ];
    const pictures = variants.map((media) =>
      decodeFlatJpeg(bytesOf({ ...media, width: 320, height: 320 })).colors.join(),
    );
    expect(new Set(pictures).size).toBe(4);
  });
});

describe('videos', () => {
  test('an MP4 has its index before its frames, and the index leads to them', () => {
    const bytes = bytesOf({ seed: 1, type: 'mp4', width: 176, height: 320, seconds: 2 });
    const [ftyp, moov, mdat] = boxesOf(bytes);
    expect([ftyp?.type, moov?.type, mdat?.type]).toEqual(['ftyp', 'moov', 'mdat']);
    const table = (type: string) => bytes.subarray(bytes.indexOf(type) + 8);
    const sizes = table('stsz');
    const count = sizes.readUInt32BE(4);
    expect(count).toBe(24);
    let at = table('stco').readUInt32BE(4);
    expect(at).toBe((mdat?.at ?? 0) + 8);
    for (let i = 0; i < count; i++) {
      const size = sizes.readUInt32BE(8 + i * 4);
      expect(bytes.readUInt32BE(at)).toBe(size - 4);
      expect((bytes[at + 4] ?? 0) & 31).toBe(i === 0 ? 5 : 1);
      at += size;
    }
    expect(at).toBe(bytes.length);
  });

  test('no NAL unit has a start code in it', () => {
    const frames =
      boxesOf(bytesOf({ seed: 3, type: 'mp4', width: 96, height: 160, seconds: 1 }))[2]?.body ?? Buffer.alloc(0);
    for (let at = 0; at < frames.length; at += 4 + frames.readUInt32BE(at)) {
      const unit =
        frames
          .subarray(at + 4, at + 4 + frames.readUInt32BE(at))
          .toString('hex')
          .match(/../g) ?? [];
      expect(unit.join(' ')).not.toMatch(/00 00 0[012]/);
    }
  });

  test('a QuickTime film has its own brand', () => {
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

  test('padding does not harm', () => {
    const size = { seed: 5, width: 320, height: 320, bytes: 200_000 };
    expect(decodeFlatJpeg(bytesOf(size)).colors).toEqual(decodeFlatJpeg(bytesOf({ ...size, bytes: 90_000 })).colors);
    expect(chunksOf(bytesOf({ ...size, type: 'png' })).at(-1)?.type).toBe('IEND');
    const clip = { ...size, type: 'mp4', seconds: 1, bytes: 900_000 } as const;
    expect(boxesOf(bytesOf(clip)).map(({ type }) => type)).toEqual(['ftyp', 'moov', 'mdat', 'free']);
  });

  test('less than the picture takes is refused', () => {
    expect(() => bytesOf({ seed: 1, bytes: 500 })).toThrow(RangeError);
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
