import { animate, FRAMES_PER_SECOND } from '../clip.ts';
import { h264, VIDEO_CELL } from '../h264.ts';
import { JPEG_CELL, jpeg } from './jpeg.ts';
import { mp4, mp4Padding } from './mp4.ts';
import { drawPicture } from '../picture.ts';
import { heldBy, once, type Pieces, sha256, sizeOf, slice, zeros } from './byte-pieces.ts';
import { png } from './png.ts';
import type { MediaType, SandboxMedia } from '../post.ts';
import { gif, heicBoxes, webp } from './small-formats.ts';

/** A file ready to be sent. Its bytes are made when first asked for. */
export interface MediaFile {
  readonly contentType: string;
  /** With its dot; empty for what is no media. */
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  chunks(start?: number, end?: number): Generator<Uint8Array>;
}

interface Made {
  readonly start: Pieces;
  readonly rest: Pieces;
  padding(count: number): Pieces;
}

const TYPES: Readonly<Record<MediaType, { contentType: string; extension: string }>> = {
  jpeg: { contentType: 'image/jpeg', extension: '.jpg' },
  png: { contentType: 'image/png', extension: '.png' },
  gif: { contentType: 'image/gif', extension: '.gif' },
  webp: { contentType: 'image/webp', extension: '.webp' },
  heic: { contentType: 'image/heic', extension: '.heic' },
  mp4: { contentType: 'video/mp4', extension: '.mp4' },
  mov: { contentType: 'video/quicktime', extension: '.mov' },
  html: { contentType: 'text/html; charset=utf-8', extension: '' },
  json: { contentType: 'application/json', extension: '' },
  empty: { contentType: 'image/jpeg', extension: '' },
};

export const contentTypeOf = (media: SandboxMedia) => TYPES[media.type ?? 'jpeg'].contentType;
export const isClip = (media: SandboxMedia) => media.type === 'mp4' || media.type === 'mov';

const CACHE_BYTES = 64 * 1024 * 1024;

/** Makes files, and keeps those made last; the same media is the same bytes in every process. */
export function createMediaFiles(): (media: SandboxMedia) => MediaFile {
  const cache = new Map<string, { pieces: Pieces; held: number }>();
  const hashes = new Map<string, string>();
  let held = 0;
  const piecesOf = (key: string, media: SandboxMedia): Pieces => {
    const known = cache.get(key);
    if (known) {
      cache.delete(key);
      cache.set(key, known);
      return known.pieces;
    }
    const pieces = withTail(padded(media), media);
    const made = { pieces, held: heldBy(pieces) };
    cache.set(key, made);
    held += made.held;
    for (const [oldKey, old] of cache) {
      if (held <= CACHE_BYTES || oldKey === key) break;
      cache.delete(oldKey);
      held -= old.held;
    }
    return pieces;
  };
  return (media) => {
    const key = JSON.stringify(media, Object.keys(media).sort());
    return {
      ...TYPES[media.type ?? 'jpeg'],
      get size() {
        const isOdd = media.cutTail !== undefined || media.zeroTail !== undefined;
        return (isOdd ? undefined : media.bytes) ?? sizeOf(piecesOf(key, media));
      },
      get sha256() {
        const hash = hashes.get(key) ?? sha256(piecesOf(key, media));
        hashes.set(key, hash);
        return hash;
      },
      chunks: (start, end) => slice(piecesOf(key, media), start, end),
    };
  };
}

/** The file with an end that is not as it should be. */
function withTail(pieces: Pieces, { cutTail = 0, zeroTail = 0 }: SandboxMedia): Pieces {
  const cut = cutTail === 0 ? pieces : once(...slice(pieces, 0, sizeOf(pieces) - cutTail));
  return zeroTail === 0 ? cut : [...cut, ...zeros(zeroTail)];
}

function padded(media: SandboxMedia): Pieces {
  const { start, rest, padding } = make(media);
  if (media.bytes === undefined) return [...start, ...rest];
  const missing = media.bytes - sizeOf(start) - sizeOf(rest);
  if (missing < 0)
    throw new RangeError(
      `${media.type ?? 'jpeg'} ${media.seed ?? ''} needs ${-missing} bytes more than ${media.bytes}`,
    );
  return [...start, ...padding(missing), ...rest];
}

function make(media: SandboxMedia): Made {
  const type = media.type ?? 'jpeg';
  const seed = media.seed ?? 'sandbox';
  const comment = `sandbox ${seed}`;
  const clip = isClip(media);
  const cell = clip ? VIDEO_CELL : JPEG_CELL;
  const size = { width: media.width ?? (clip ? 360 : 1080), height: media.height ?? (clip ? 640 : 1080) };
  const draw = () =>
    drawPicture({
      seed,
      label: media.label,
      sublabel: media.sublabel,
      scene: media.scene,
      width: Math.ceil(size.width / cell),
      height: Math.ceil(size.height / cell),
    });
  const plain = (bytes: Uint8Array): Made => ({
    start: once(bytes),
    rest: [],
    padding: (count) => once(Buffer.alloc(count, ' ')),
  });
  switch (type) {
    case 'jpeg':
      return jpeg(draw(), size, comment);
    case 'png':
      return png(draw(), size, comment);
    case 'gif':
      return gif(draw(), comment);
    case 'webp':
      return webp(draw(), size, comment, media.bytes);
    case 'heic':
      return { start: once(heicBoxes(comment)), rest: [], padding: mp4Padding };
    case 'mp4':
    case 'mov': {
      const video = h264(animate(draw(), media.seconds ?? 3, seed), size);
      const brand = type === 'mov' ? 'qt' : 'isom';
      return mp4({ video, ...size, framesPerSecond: FRAMES_PER_SECOND, brand, comment });
    }
    case 'html':
      return plain(Buffer.from(`<!doctype html><title>Sorry</title><p>This page is not available (${seed}).</p>`));
    case 'json':
      return plain(Buffer.from(`{"error":{"message":"not available","media":${JSON.stringify(String(seed))}}}`));
    case 'empty':
      return plain(new Uint8Array());
  }
}
