import { createHash } from 'node:crypto';

/** The bytes of a file, in order. A piece can repeat, so that a file of gigabytes takes a few kilobytes of memory. */
export type Pieces = readonly Piece[];
interface Piece {
  readonly bytes: Uint8Array;
  readonly times: number;
  /** Shared by many files, so not counted as memory of this one. */
  readonly shared?: true;
}

const BLOCK = 65_536;
const ZEROS = new Uint8Array(BLOCK);

export const once = (...parts: readonly Uint8Array[]): Pieces => [{ bytes: Buffer.concat(parts), times: 1 }];

export const zeros = (count: number): Pieces => [
  { bytes: ZEROS, times: Math.floor(count / BLOCK), shared: true },
  { bytes: ZEROS.subarray(0, count % BLOCK), times: 1, shared: true },
];

/** The bytes of memory that a file takes. */
export const memoryOf = (pieces: Pieces) =>
  pieces.reduce((sum, { bytes, shared }) => sum + (shared ? 0 : bytes.length), 0);

export const sizeOf = (pieces: Pieces) => pieces.reduce((sum, { bytes, times }) => sum + bytes.length * times, 0);

/** The bytes from `start` up to, but not including, `end`, in chunks of at most 64 KiB. Nothing is copied. */
export function* slice(pieces: Pieces, start = 0, end = sizeOf(pieces)): Generator<Uint8Array> {
  let at = 0;
  for (const { bytes, times } of pieces) {
    const size = bytes.length;
    const whole = size * times;
    const first = size > 0 && start > at ? Math.min(times, Math.floor((start - at) / size)) : 0;
    for (let i = first; i < times && at + i * size < end; i++) {
      const left = Math.max(0, start - at - i * size);
      const right = Math.min(size, end - at - i * size);
      for (let from = left; from < right; from += BLOCK) yield bytes.subarray(from, Math.min(right, from + BLOCK));
    }
    at += whole;
  }
}

export function sha256(pieces: Pieces): string {
  const hash = createHash('sha256');
  for (const chunk of slice(pieces)) hash.update(chunk);
  return hash.digest('hex');
}
