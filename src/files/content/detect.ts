import { AVIF, type ContentType, GIF, HEIC, JPEG, type KeptMime, MOV, MP4, PNG, WEBP } from '../../media/content.ts';

type KeptType = ContentType & { readonly mime: KeptMime };

/** How many bytes {@link detectContent} needs, if the file has that many: enough for the brands of an ISO media file. */
export const DETECTION_BYTES = 64;

/** Brands of ISO media files that hold still images (ISO/IEC 23008-12, and AVIF's own). */
const IMAGE_BRANDS: Readonly<Record<string, KeptType>> = {
  avif: AVIF,
  avis: AVIF,
  heic: HEIC,
  heix: HEIC,
  heim: HEIC,
  heis: HEIC,
  hevc: HEIC,
  hevx: HEIC,
};
/** Still images whose coding only the compatible brands tell. */
const IMAGE_FORMAT_BRANDS = new Set(['mif1', 'mif2', 'msf1']);
/** MP4 and its relatives: ISO, MPEG-4, DASH, CMAF, Apple's and Adobe's videos, phones (3GP). */
const VIDEO_BRAND =
  /^(iso[m\da-c]|mp4[12v]|mp7[12t]|avc\d|hvc1|hev1|av01|dash|ms(dh|ix|nv)|cmf[2cfsl]|m4v.|f4[vp] |3g[2egprs].|mmp4|xavc|nds.)$/i;
/** The same container with sound only, a raw photo, or another still image: no player or browser shows these as a video. */
const OTHER_BRAND = /^(m4[abp] |f4[ab] |aax[ c]|crx |j2[ip][1-9s]|jp2 |jp[mx] |mj[2p]\d)$/i;

/** Boxes that a QuickTime file without `ftyp` may begin with. */
const QUICKTIME_BOXES = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

/**
 * Detects a file's type from its first bytes. Returns undefined for anything that is neither image nor video, such as
 * an HTML page.
 *
 * An ISO media file with unknown brands is an MP4 only if a video is `expected`: it may be the only copy, and players
 * read the tracks and ignore the brand.
 */
export function detectContent(head: Uint8Array, expected?: ContentType['kind']): KeptType | undefined {
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

/** The brands of an `ftyp` box: the major one, then the compatible ones. */
function brandsOf(bytes: Buffer): [major: string, ...compatible: string[]] {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length);
  const compatible: string[] = [];
  for (let at = 16; at + 4 <= end; at += 4) compatible.push(bytes.toString('latin1', at, at + 4));
  return [bytes.toString('latin1', 8, 12), ...compatible];
}

function isoContent(
  [major, ...compatible]: [string, ...string[]],
  expected: ContentType['kind'] | undefined,
): KeptType | undefined {
  if (OTHER_BRAND.test(major)) return undefined;
  if (IMAGE_FORMAT_BRANDS.has(major)) return compatible.map((brand) => IMAGE_BRANDS[brand]).find(Boolean) ?? HEIC;
  for (const brand of [major, ...compatible]) {
    if (IMAGE_BRANDS[brand]) return IMAGE_BRANDS[brand];
    if (brand === 'qt  ') return MOV;
    if (VIDEO_BRAND.test(brand)) return MP4;
  }
  return expected === 'video' ? MP4 : undefined;
}
