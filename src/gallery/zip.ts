import { makeZip, predictLength } from 'client-zip';
import { exactBytes } from '../lib/exact-bytes.ts';

/** A file in a ZIP. */
export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  open(): AsyncIterable<Uint8Array>;
}

/** The most files in one ZIP: more need ZIP64, which some programs cannot read. */
export const MOST_ENTRIES = 65_534;

/** The exact size of the ZIP of these files, which are stored uncompressed. */
export const zipLength = (entries: readonly ZipEntry[]): number =>
  Number(predictLength(entries.map(({ name, size }) => ({ name, size }))));

/**
 * The ZIP of these files, made while it is read. One file is open at a time, and none after the reader has stopped.
 *
 * @throws {RangeError} while it is read, if a file does not have its stated size.
 */
export async function* zipBytes(entries: Iterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const reader = makeZip(inputs(entries)).getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    // makeZip reports its own cancellation as an error.
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
