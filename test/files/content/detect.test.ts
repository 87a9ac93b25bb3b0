import { describe, expect, test } from 'vitest';
import { createContentCheck } from '../../../src/files/content/content-check.ts';
import { detectContent } from '../../../src/files/content/detect.ts';
import { avif, box, gif, heic, jpeg, mov, mp4, png, webp } from '../../support/files.ts';

const files: [string, Buffer][] = [
  ['.jpg', jpeg()],
  ['.png', png()],
  ['.gif', gif()],
  ['.webp', webp()],
  ['.heic', heic()],
  ['.avif', avif()],
  ['.mp4', mp4()],
  ['.mov', mov()],
];

describe.each(files)('a %s file', (extension, bytes) => {
  test('is detected from its first bytes', () => {
    expect(detectContent(bytes.subarray(0, 16))?.extension).toBe(extension);
  });

  test('is complete, in chunks of any size', () => {
    for (const size of [1, 2, 3, 7, 64, bytes.length]) expect(isComplete(bytes, size)).toBe(true);
  });

  test('is incomplete wherever it is cut', () => {
    for (let length = 16; length < bytes.length; length += 1) {
      expect(isComplete(bytes.subarray(0, length), 5), `cut at ${length} of ${bytes.length}`).toBe(false);
    }
  });
});

/** Checked in chunks of this many bytes. */
function isComplete(bytes: Buffer, size: number): boolean {
  const check = createContentCheck();
  for (let from = 0; from < bytes.length; from += size) {
    check.push(bytes.subarray(from, from + size), Math.min(from + size, bytes.length));
  }
  return check.isComplete();
}

test.each([
  '<!DOCTYPE html><html></html>',
  '{"error":{"message":"gone"}}',
  '',
  'URL signature expired',
  '%PDF-1.7 and so on',
])('is neither image nor video: %j', (text) => {
  expect(detectContent(Buffer.from(text))).toBeUndefined();
});

test('bytes after the end of a JPEG are ignored', () => {
  expect(isComplete(Buffer.concat([jpeg(), Buffer.alloc(20)]), 11)).toBe(true);
});

test('an MP4 whose last box extends to the end of the file is complete', () => {
  expect(isComplete(mp4({ openEnd: true }), 9)).toBe(true);
});

const branded = (major: string, ...compatible: string[]) =>
  Buffer.concat([box('ftyp', Buffer.from(`${major}\0\0\0\0${compatible.join('')}`, 'latin1')), box('mdat')]);

describe('an ISO media file', () => {
  test.each([
    ['avif', [], 'image/avif'],
    ['avis', ['avif', 'msf1'], 'image/avif'],
    ['mif1', ['avif', 'miaf'], 'image/avif'],
    ['mif1', ['miaf', 'heic'], 'image/heic'],
    ['mif1', [], 'image/heic'],
    ['heix', ['mif1'], 'image/heic'],
    ['isom', ['iso2', 'avc1', 'mp41'], 'video/mp4'],
    ['iso5', ['dash'], 'video/mp4'],
    ['mp42', ['isom'], 'video/mp4'],
    ['M4V ', ['mp42'], 'video/mp4'],
    ['3gp4', [], 'video/mp4'],
    ['cmfc', [], 'video/mp4'],
    ['qt  ', [], 'video/quicktime'],
    ['XYZ1', ['isom'], 'video/mp4'],
    ['XYZ1', ['mif1', 'heic'], 'image/heic'],
  ] as const)('of brand %j, compatible with %j, is %s', (major, compatible, mime) => {
    expect(detectContent(branded(major, ...compatible))?.mime).toBe(mime);
    expect(detectContent(branded(major, ...compatible), 'video')?.mime).toBe(mime);
  });

  test.each([
    ['M4A ', ['mp42', 'isom']],
    ['M4B ', []],
    ['crx ', ['isom']],
    ['jp2 ', []],
  ] as const)('of brand %j, compatible with %j, is neither image nor video', (major, compatible) => {
    for (const expected of [undefined, 'image', 'video'] as const) {
      expect(detectContent(branded(major, ...compatible), expected)).toBeUndefined();
    }
  });

  test('of an unknown brand is a video only if one is expected', () => {
    expect(detectContent(branded('zzzz', 'yyyy'))).toBeUndefined();
    expect(detectContent(branded('zzzz', 'yyyy'), 'image')).toBeUndefined();
    expect(detectContent(branded('zzzz', 'yyyy'), 'video')?.mime).toBe('video/mp4');
  });
});
