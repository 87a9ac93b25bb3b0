/** What an MP4 or QuickTime file says about its picture. */
export interface Mp4Facts {
  /** Pixels, as displayed; undefined without a video track. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Seconds; undefined if the file does not say. */
  readonly duration: number | undefined;
}

/** Reads up to `length` bytes from `start`; fewer if the file ends earlier. */
export type ReadBytes = (start: number, length: number) => Promise<Uint8Array>;

/** Headers read in one file: a normal one has a few dozen, a hostile one may have millions. */
const MAX_BOXES = 500;
/** Bytes per read: small boxes are next to each other. */
const WINDOW = 4096;

interface Box {
  readonly type: string;
  /** Of the box's content. */
  readonly start: number;
  readonly end: number;
}

type Peek = (start: number, length: number) => Promise<Buffer>;

/**
 * Reads the index of an MP4 or QuickTime file of `size` bytes, wherever in the file it is: a few kilobytes, and never
 * more than two megabytes, whatever the file claims. Returns undefined if there is no valid index.
 *
 * @throws what `read` throws.
 */
export async function mp4Facts(read: ReadBytes, size: number): Promise<Mp4Facts | undefined> {
  const peek = windowed(read);
  let left = MAX_BOXES;
  const mayLook = () => left-- > 0;
  /** The boxes between two offsets, up to the first invalid one. */
  async function* boxes({ start, end }: Pick<Box, 'start' | 'end'>): AsyncGenerator<Box> {
    for (let at = start; at + 8 <= end && mayLook(); ) {
      const box = readHeader(await peek(at, 16), at, end);
      if (!box) return;
      yield box;
      at = box.end;
    }
  }

  const moov = await find(boxes({ start: 0, end: size }), 'moov');
  if (!moov) return undefined;
  let duration: number | undefined;
  let picture: Pick<Mp4Facts, 'width' | 'height'> | undefined;
  for await (const box of boxes(moov)) {
    if (box.type === 'mvhd') duration ??= readDuration(await peek(box.start, Math.min(32, box.end - box.start)));
    if (box.type !== 'trak' || picture) continue;
    let header: Buffer | undefined;
    let isVideo = false;
    for await (const part of boxes(box)) {
      if (part.type === 'tkhd') header ??= await peek(part.start, Math.min(96, part.end - part.start));
      if (part.type !== 'mdia') continue;
      const handler = await find(boxes(part), 'hdlr');
      if (!handler) continue;
      isVideo = (await peek(handler.start, Math.min(12, handler.end - handler.start))).toString('latin1', 8) === 'vide';
    }
    if (isVideo && header) picture = readPicture(header);
  }
  if (duration === undefined && !picture) return undefined;
  return { width: picture?.width, height: picture?.height, duration };
}

async function find(boxes: AsyncIterable<Box>, type: string): Promise<Box | undefined> {
  for await (const box of boxes) if (box.type === type) return box;
  return undefined;
}

/** Serves small reads from larger ones. */
function windowed(read: ReadBytes): Peek {
  let held: Buffer = Buffer.alloc(0);
  let from = 0;
  return async (start, length) => {
    if (start < from || start + length > from + held.length) {
      const bytes = await read(start, WINDOW);
      held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      from = start;
    }
    return held.subarray(start - from, start - from + length);
  };
}

/** Undefined for a box that is smaller than its header or extends beyond its parent. */
function readHeader(header: Buffer, at: number, parentEnd: number): Box | undefined {
  if (header.length < 8) return undefined;
  const type = header.toString('latin1', 4, 8);
  const short = header.readUInt32BE(0);
  // A size of 0 extends to the end.
  if (short === 0) return { type, start: at + 8, end: parentEnd };
  if (short === 1 && header.length < 16) return undefined;
  const headerSize = short === 1 ? 16 : 8;
  const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
  if (size < headerSize || at + size > parentEnd) return undefined;
  return { type, start: at + headerSize, end: at + size };
}

function readDuration(mvhd: Buffer): number | undefined {
  const isLong = mvhd[0] === 1;
  if (mvhd.length < (isLong ? 32 : 20)) return undefined;
  const scale = mvhd.readUInt32BE(isLong ? 20 : 12);
  const units = isLong ? Number(mvhd.readBigUInt64BE(24)) : mvhd.readUInt32BE(16);
  const isUnknown = units === 0 || units >= (isLong ? 2 ** 64 : 2 ** 32 - 1);
  return scale === 0 || isUnknown ? undefined : units / scale;
}

/** The track's size after its matrix is applied. */
function readPicture(tkhd: Buffer): Pick<Mp4Facts, 'width' | 'height'> | undefined {
  const matrix = tkhd[0] === 1 ? 52 : 40;
  if (tkhd.length < matrix + 44) return undefined;
  const at = (index: number) => tkhd.readInt32BE(matrix + index * 4);
  const isUpright = at(0) !== 0 || at(4) !== 0 || at(1) === 0 || at(3) === 0;
  // 16.16 fixed-point numbers.
  const width = Math.round(tkhd.readUInt32BE(matrix + 36) / 65_536);
  const height = Math.round(tkhd.readUInt32BE(matrix + 40) / 65_536);
  if (width === 0 || height === 0) return undefined;
  return isUpright ? { width, height } : { width: height, height: width };
}
