import { makeZip, predictLength } from 'client-zip';
import { exactBytes } from '../lib/exact-bytes.ts';

/** A file in a ZIP. */
export interface ZipEntry {
  /** With `/` between its parts. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  open(): AsyncIterable<Uint8Array>;
}

/** The most files of one ZIP: beyond it the format has other numbers, which not all programs read. */
export const MOST_ENTRIES = 65_534;

/** The exact length of the ZIP of these files, which are stored as they are. */
export const zipLength = (entries: readonly ZipEntry[]): number =>
  Number(predictLength(entries.map(({ name, size }) => ({ name, size }))));

/**
 * The ZIP of these files, made as it is read: one file is open at a time, and none after the reader has left.
 *
 * @throws {RangeError} in its midst, where a file is not as long as it was said to be.
 */
export async function* zipBytes(entries: Iterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const reader = makeZip(inputs(entries)).getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    // It passes on that it was asked to end as an error.
    await reader.cancel().catch(() => undefined);
  }
}

async function* inputs(entries: Iterable<ZipEntry>) {
  for (const { name, size, modifiedAt, open } of entries) {
    const input = exactBytes(open, size);
    try {
      yield { input, name, size, lastModified: modifiedAt };
    } finally {
      await input.return(undefined);
    }
  }
}
