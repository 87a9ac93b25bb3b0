import {
  boxesComplete,
  type Completeness,
  gifComplete,
  jpegComplete,
  pngComplete,
  riffComplete,
} from '../files/content/structure.ts';

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
const AVIF: ContentType = { kind: 'image', mime: 'image/avif', extension: '.avif', completeness: boxesComplete };
const HEIC: ContentType = { kind: 'image', mime: 'image/heic', extension: '.heic', completeness: boxesComplete };
const MP4: ContentType = { kind: 'video', mime: 'video/mp4', extension: '.mp4', completeness: boxesComplete };
const MOV: ContentType = { kind: 'video', mime: 'video/quicktime', extension: '.mov', completeness: boxesComplete };

const TYPES = [JPEG, MP4, PNG, WEBP, HEIC, AVIF, MOV, GIF];

/** Every extension a kept file can have, with its dot. */
export const EXTENSIONS: readonly string[] = TYPES.map((type) => type.extension);

/** Every MIME type a kept file can have. */
export const MIME_TYPES: ReadonlySet<string> = new Set(TYPES.map((type) => type.mime));

/** Image or video, as a MIME type says it. */
export const kindOfMime = (mime: string | null | undefined): ContentType['kind'] | undefined =>
  mime?.startsWith('image/') ? 'image' : mime?.startsWith('video/') ? 'video' : undefined;

/** How many bytes {@link detectContent} reads, where the file has so many: enough for the brands of an ISO media file. */
export const DETECTION_BYTES = 64;

/** Brands of ISO media files that hold still pictures (ISO/IEC 23008-12, and AV1's own for AVIF). */
const PICTURE_BRANDS: Readonly<Record<string, ContentType>> = {
  avif: AVIF,
  avis: AVIF,
  heic: HEIC,
  heix: HEIC,
  heim: HEIC,
  heis: HEIC,
  hevc: HEIC,
  hevx: HEIC,
};
/** These say that there is a picture, but not how it is coded: the compatible brands do. */
const PICTURE_FORMAT_BRANDS = new Set(['mif1', 'mif2', 'msf1']);
/** MP4 and its relatives: ISO, MPEG-4, DASH, CMAF, Apple's and Adobe's videos, phones (3GP). */
const VIDEO_BRAND =
  /^(iso[m\da-c]|mp4[12v]|mp7[12t]|avc\d|hvc1|hev1|av01|dash|ms(dh|ix|nv)|cmf[2cfsl]|m4v.|f4[vp] |3g[2egprs].|mmp4|xavc|nds.)$/i;
/** Same container, but sound alone, a raw photo, or another still picture: no player or browser shows these as a video. */
const OTHER_BRAND = /^(m4[abp] |f4[ab] |aax[ c]|crx |j2[ip][1-9s]|jp2 |jp[mx] |mj[2p]\d)$/i;

/** Boxes that a QuickTime file without `ftyp` may begin with. */
const QUICKTIME_BOXES = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

/**
 * Tells a file's type by its first bytes; nothing for what is neither image nor video, such as a page of HTML.
 *
 * An ISO media file whose brands nobody knows is an MP4 only where a video is `expected`: it may be the only copy, and
 * players read the tracks and not the brand.
 */
export function detectContent(head: Uint8Array, expected?: ContentType['kind']): ContentType | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 12) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return JPEG;
  if (bytes.readUInt32BE(0) === 0x89504e47 && bytes.readUInt32BE(4) === 0x0d0a1a0a) return PNG;
  const text = (from: number) => bytes.toString('latin1', from, from + 4);
  if (text(0) === 'GIF8') return GIF;
  if (text(0) === 'RIFF' && text(8) === 'WEBP') return WEBP;
  if (text(4) === 'ftyp') return isoContent(brandsOf(bytes), expected);
  if (QUICKTIME_BOXES.has(text(4))) return MOV;
  return undefined;
}

/** The brands of an `ftyp` box: the major one, then those that it is compatible with. */
function brandsOf(bytes: Buffer): [major: string, ...compatible: string[]] {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length);
  const compatible: string[] = [];
  for (let at = 16; at + 4 <= end; at += 4) compatible.push(bytes.toString('latin1', at, at + 4));
  return [bytes.toString('latin1', 8, 12), ...compatible];
}

function isoContent(
  [major, ...compatible]: [string, ...string[]],
  expected: ContentType['kind'] | undefined,
): ContentType | undefined {
  if (OTHER_BRAND.test(major)) return undefined;
  if (PICTURE_FORMAT_BRANDS.has(major)) return compatible.map((brand) => PICTURE_BRANDS[brand]).find(Boolean) ?? HEIC;
  for (const brand of [major, ...compatible]) {
    if (PICTURE_BRANDS[brand]) return PICTURE_BRANDS[brand];
    if (brand === 'qt  ') return MOV;
    if (VIDEO_BRAND.test(brand)) return MP4;
  }
  return expected === 'video' ? MP4 : undefined;
}
