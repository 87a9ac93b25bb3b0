import { createHash } from 'node:crypto';

/** Bytes that follow one another, some many times over: a file of gigabytes takes a few kilobytes of memory. */
export type Pieces = readonly Piece[];
interface Piece {
  readonly bytes: Uint8Array;
  readonly times: number;
  /** The same bytes serve many files, and count for none. */
  readonly shared?: true;
}

const BLOCK = 65_536;
const ZEROS = new Uint8Array(BLOCK);

export const once = (...parts: readonly Uint8Array[]): Pieces => [{ bytes: Buffer.concat(parts), times: 1 }];

/** So many zero bytes. */
export const zeros = (count: number): Pieces => [
  { bytes: ZEROS, times: Math.floor(count / BLOCK), shared: true },
  { bytes: ZEROS.subarray(0, count % BLOCK), times: 1, shared: true },
];

/** What a file takes in memory. */
export const heldBy = (pieces: Pieces) =>
  pieces.reduce((sum, { bytes, shared }) => sum + (shared ? 0 : bytes.length), 0);

export const sizeOf = (pieces: Pieces) => pieces.reduce((sum, { bytes, times }) => sum + bytes.length * times, 0);

/** The bytes from `start` up to, not including, `end`, in chunks of at most about 64 KiB; nothing is copied. */
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
