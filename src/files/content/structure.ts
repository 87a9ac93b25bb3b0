/**
 * Tells from a file's own structure whether it is complete: a body without an announced length can end early unnoticed.
 * Takes the file chunk by chunk, in order, and keeps only a few bytes.
 */
export interface StructureCheck {
  push(chunk: Uint8Array): void;
  /** True if the chunks so far are a complete file. */
  isComplete(): boolean;
}

/** Follows a chain of sized parts: `next` reads a part's header and returns the distance to the next one. */
function partStructure(
  start: number,
  headerSize: number,
  next: (header: Buffer) => { headerSize: number } | { skip: number; last?: boolean } | 'broken',
  isEnd: (state: { last: boolean; remaining: number; headerRead: number }) => boolean,
): StructureCheck {
  let remaining = start;
  let header = Buffer.alloc(0);
  let needed = headerSize;
  let last = false;
  let broken = false;
  return {
    push(chunk) {
      let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      while (rest.length > 0 && !broken) {
        if (remaining > 0) {
          const skipped = Math.min(remaining, rest.length);
          remaining -= skipped;
          rest = rest.subarray(skipped);
          continue;
        }
        if (last) return;
        const taken = rest.subarray(0, needed - header.length);
        header = Buffer.concat([header, taken]);
        rest = rest.subarray(taken.length);
        if (header.length < needed) return;
        const found = next(header);
        if (found === 'broken') broken = true;
        else if ('headerSize' in found) needed = found.headerSize;
        else {
          remaining = found.skip;
          last = found.last ?? false;
          header = Buffer.alloc(0);
          needed = headerSize;
        }
      }
    },
    isComplete: () => !broken && isEnd({ last, remaining, headerRead: header.length }),
  };
}

/** ISO media (MP4, MOV, HEIC, AVIF): top-level boxes that end with the file, among them an index and its data. */
export function boxStructure(): StructureCheck {
  const seen = new Set<string>();
  return partStructure(
    0,
    8,
    (header) => {
      const size = header.readUInt32BE(0);
      const type = header.toString('latin1', 4, 8);
      if (size === 1 && header.length < 16) return { headerSize: 16 };
      seen.add(type);
      if (size === 0) return { skip: Number.MAX_SAFE_INTEGER, last: true };
      const length = size === 1 ? Number(header.readBigUInt64BE(8)) : size;
      return length < header.length ? 'broken' : { skip: length - header.length };
    },
    // A last box of size 0 extends to the end of the file.
    ({ last, remaining, headerRead }) =>
      headerRead === 0 && (last || remaining === 0) && (seen.has('moov') || seen.has('meta')) && seen.has('mdat'),
  );
}

/** PNG: chunks up to and including `IEND`. */
export const pngStructure = (): StructureCheck =>
  partStructure(
    8,
    8,
    (header) => ({ skip: header.readUInt32BE(0) + 4, last: header.toString('latin1', 4, 8) === 'IEND' }),
    ({ last, remaining }) => last && remaining === 0,
  );

/** WebP: the number of bytes in its RIFF header. */
export const riffStructure = (): StructureCheck =>
  partStructure(
    0,
    8,
    (header) => ({ skip: header.readUInt32LE(4), last: true }),
    ({ last, remaining }) => last && remaining === 0,
  );

/** GIF: ends with its trailer. */
export function gifStructure(): StructureCheck {
  let last: number | undefined;
  return {
    push(chunk) {
      last = chunk.at(-1) ?? last;
    },
    isComplete: () => last === 0x3b,
  };
}

/** JPEG: segments by their lengths, scans by their markers, up to the end-of-image marker; later bytes are ignored. */
export function jpegStructure(): StructureCheck {
  let state: 'marker' | 'code' | 'length' | 'length-low' | 'skip' | 'scan' | 'scan-code' | 'end' | 'broken' = 'marker';
  let segment = 0;
  let skip = 0;
  let isScan = false;

  const code = (byte: number): typeof state => {
    if (byte === 0xff) return 'code';
    if (byte === 0xd9) return 'end';
    if (byte === 0xd8 || byte === 0x01 || (byte >= 0xd0 && byte <= 0xd7)) return 'marker';
    isScan = byte === 0xda;
    return byte === 0x00 ? 'broken' : 'length';
  };

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let at = 0;
      while (at < bytes.length && state !== 'end' && state !== 'broken') {
        if (state === 'skip') {
          const skipped = Math.min(skip, bytes.length - at);
          skip -= skipped;
          at += skipped;
          if (skip === 0) state = isScan ? 'scan' : 'marker';
          continue;
        }
        if (state === 'scan') {
          const marker = bytes.indexOf(0xff, at);
          if (marker < 0) return;
          at = marker + 1;
          state = 'scan-code';
          continue;
        }
        const byte = bytes[at++] ?? 0;
        if (state === 'marker') state = byte === 0xff ? 'code' : 'broken';
        else if (state === 'code') state = code(byte);
        else if (state === 'length') {
          segment = byte << 8;
          state = 'length-low';
        } else if (state === 'length-low') {
          skip = segment + byte - 2;
          state = skip < 0 ? 'broken' : skip > 0 ? 'skip' : isScan ? 'scan' : 'marker';
        } else if (state === 'scan-code') {
          // Inside a scan, FF 00 is a byte of data and FF D0–D7 restart it; other markers end it.
          const continues = byte === 0x00 || (byte >= 0xd0 && byte <= 0xd7);
          state = continues ? 'scan' : byte === 0xff ? 'scan-code' : code(byte);
        }
      }
    },
    isComplete: () => state === 'end',
  };
}
