import { describe, expect, test } from 'vitest';
import { detectContent } from '../../src/media/content.ts';
import { gif, heic, jpeg, mov, mp4, png, webp } from '../support/files.ts';

const files: [string, Buffer][] = [
  ['.jpg', jpeg()],
  ['.png', png()],
  ['.gif', gif()],
  ['.webp', webp()],
  ['.heic', heic()],
  ['.mp4', mp4()],
  ['.mov', mov()],
];

describe.each(files)('a %s file', (extension, bytes) => {
  test('is told by its first bytes', () => {
    expect(detectContent(bytes.subarray(0, 16))?.extension).toBe(extension);
  });

  test('is whole, in whatever pieces it comes', () => {
    for (const size of [1, 2, 3, 7, 64, bytes.length]) expect(isWhole(bytes, size)).toBe(true);
  });

  test('is not whole when it is cut anywhere', () => {
    for (let length = 16; length < bytes.length; length += 1) {
      expect(isWhole(bytes.subarray(0, length), 5), `cut at ${length} of ${bytes.length}`).toBe(false);
    }
  });
});

function isWhole(bytes: Buffer, size: number): boolean {
  const check = detectContent(bytes)?.completeness();
  for (let from = 0; from < bytes.length; from += size) check?.push(bytes.subarray(from, from + size));
  return check?.isWhole() ?? false;
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

test('what follows the end of a JPEG does not matter', () => {
  expect(isWhole(Buffer.concat([jpeg(), Buffer.alloc(20)]), 11)).toBe(true);
});

test('an MP4 whose last box reaches to the end of the file is whole', () => {
  expect(isWhole(mp4({ openEnd: true }), 9)).toBe(true);
});
