import { boxesComplete, type Completeness, gifComplete, jpegComplete, pngComplete, riffComplete } from './structure.ts';

/** A type of file that the library keeps. */
export interface ContentType {
  readonly kind: 'image' | 'video';
  readonly mime: string;
  /** With its dot. */
  readonly extension: string;
  /** Makes a check that is fed the file's bytes in order and then says whether the file is whole. */
  readonly completeness: () => Completeness;
}

const JPEG: ContentType = { kind: 'image', mime: 'image/jpeg', extension: '.jpg', completeness: jpegComplete };
const PNG: ContentType = { kind: 'image', mime: 'image/png', extension: '.png', completeness: pngComplete };
const GIF: ContentType = { kind: 'image', mime: 'image/gif', extension: '.gif', completeness: gifComplete };
const WEBP: ContentType = { kind: 'image', mime: 'image/webp', extension: '.webp', completeness: riffComplete };
const HEIC: ContentType = { kind: 'image', mime: 'image/heic', extension: '.heic', completeness: boxesComplete };
const MP4: ContentType = { kind: 'video', mime: 'video/mp4', extension: '.mp4', completeness: boxesComplete };
const MOV: ContentType = { kind: 'video', mime: 'video/quicktime', extension: '.mov', completeness: boxesComplete };

const TYPES = [JPEG, MP4, PNG, WEBP, HEIC, MOV, GIF];

/** Every extension a kept file can have, with its dot. */
export const EXTENSIONS: readonly string[] = TYPES.map((type) => type.extension);

/** Every MIME type a kept file can have. */
export const MIME_TYPES: ReadonlySet<string> = new Set(TYPES.map((type) => type.mime));

/** How many bytes {@link detectContent} wants to see. */
export const DETECTION_BYTES = 16;

/** Brands of ISO media files (ISO/IEC 23008-12) that hold still pictures. */
const HEIF_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);

/** Boxes that a QuickTime file without `ftyp` may begin with. */
const QUICKTIME_BOXES = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

/** Tells a file's type by its first bytes; nothing for what is neither image nor video, such as a page of HTML. */
export function detectContent(head: Uint8Array): ContentType | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 12) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return JPEG;
  if (bytes.readUInt32BE(0) === 0x89504e47 && bytes.readUInt32BE(4) === 0x0d0a1a0a) return PNG;
  const text = (from: number) => bytes.toString('latin1', from, from + 4);
  if (text(0) === 'GIF8') return GIF;
  if (text(0) === 'RIFF' && text(8) === 'WEBP') return WEBP;
  if (text(4) === 'ftyp') return HEIF_BRANDS.has(text(8)) ? HEIC : text(8) === 'qt  ' ? MOV : MP4;
  if (QUICKTIME_BOXES.has(text(4))) return MOV;
  return undefined;
}
