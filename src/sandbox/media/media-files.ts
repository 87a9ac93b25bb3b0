import type { MediaType, SandboxMedia } from '../post.ts';
import { hashText } from '../random.ts';
import { readAsset } from './assets.ts';
import { memoryOf, once, type Pieces, sha256, sizeOf, slice, zeros } from './byte-pieces.ts';
import { flatJpeg, stampedJpeg } from './jpeg.ts';
import { smallClip, stampedClip } from './mp4.ts';
import { flatPng, stampedPng } from './png.ts';
import { gif, heic, webp } from './small-formats.ts';
import type { UnpaddedFile } from './unpadded-file.ts';

/** A file to be served. Its bytes are made when they are first read. */
export interface MediaFile {
  readonly contentType: string;
  /** With its dot; empty if the file is not media. */
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  chunks(start?: number, end?: number): Generator<Uint8Array>;
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

/** Makes files and caches the latest. The same media has the same bytes in every process. */
export function createMediaFiles(): (media: SandboxMedia) => MediaFile {
  const cache = new Map<string, { pieces: Pieces; memory: number }>();
  const hashes = new Map<string, string>();
  let memory = 0;
  const piecesOf = (key: string, media: SandboxMedia): Pieces => {
    const known = cache.get(key);
    if (known) {
      cache.delete(key);
      cache.set(key, known);
      return known.pieces;
    }
    const pieces = withDamagedEnd(padded(media), media);
    const entry = { pieces, memory: memoryOf(pieces) };
    cache.set(key, entry);
    memory += entry.memory;
    for (const [oldKey, old] of cache) {
      if (memory <= CACHE_BYTES || oldKey === key) break;
      cache.delete(oldKey);
      memory -= old.memory;
    }
    return pieces;
  };
  return (media) => {
    const key = JSON.stringify(media, Object.keys(media).sort());
    return {
      ...TYPES[media.type ?? 'jpeg'],
      get size() {
        const isDamaged = media.cutTail !== undefined || media.zeroTail !== undefined;
        return (isDamaged ? undefined : media.bytes) ?? sizeOf(piecesOf(key, media));
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

function withDamagedEnd(pieces: Pieces, { cutTail = 0, zeroTail = 0 }: SandboxMedia): Pieces {
  const cut = cutTail === 0 ? pieces : once(...slice(pieces, 0, sizeOf(pieces) - cutTail));
  return zeroTail === 0 ? cut : [...cut, ...zeros(zeroTail)];
}

function padded(media: SandboxMedia): Pieces {
  const { start, rest, padding } = media.asset === undefined ? generated(media) : stamped(media, media.asset);
  if (media.bytes === undefined) return [...start, ...rest];
  const missing = media.bytes - sizeOf(start) - sizeOf(rest);
  if (missing < 0)
    throw new RangeError(
      `${media.type ?? 'jpeg'} ${media.seed ?? ''} needs ${-missing} bytes more than ${media.bytes}`,
    );
  return [...start, ...padding(missing), ...rest];
}

const commentOf = ({ seed = 'sandbox' }: SandboxMedia) => `sandbox ${seed}`;

/** A picture or clip of the assets, with a comment that makes its bytes unique. */
function stamped(media: SandboxMedia, asset: string): UnpaddedFile {
  const comment = commentOf(media);
  if (isClip(media)) return stampedClip(readAsset(`${asset}.mp4`), comment);
  if (media.type === 'png') return stampedPng(readAsset(`${asset}.png`), comment);
  return stampedJpeg(readAsset(`${asset}.jpg`), comment, media.look);
}

/** A small file in the size asked for. */
function generated(media: SandboxMedia): UnpaddedFile {
  const type = media.type ?? 'jpeg';
  const comment = commentOf(media);
  const clip = isClip(media);
  const size = { width: media.width ?? (clip ? 360 : 1080), height: media.height ?? (clip ? 640 : 1080) };
  const [red, green, blue] = [0, 8, 16].map((bits) => (hashText(comment) >>> bits) & 255) as [number, number, number];
  const text = (content: string): UnpaddedFile => ({
    start: once(Buffer.from(content)),
    rest: [],
    padding: (count) => once(Buffer.alloc(count, ' ')),
  });
  switch (type) {
    case 'jpeg':
      return flatJpeg(
        size,
        [red / 2 - 32, green / 2 - 64, blue / 2 - 64].map(Math.round) as [number, number, number],
        comment,
      );
    case 'png':
      return flatPng(size, red, comment);
    case 'gif':
      return gif(size, comment);
    case 'webp':
      return webp(size, comment, media.bytes);
    case 'heic':
      return heic(comment);
    case 'mp4':
    case 'mov':
      return smallClip(size, media.seconds ?? 3, type, comment);
    case 'html':
      return text(`<!doctype html><title>Sorry</title><p>This page is not available (${comment}).</p>`);
    case 'json':
      return text(`{"error":{"message":"not available","media":${JSON.stringify(comment)}}}`);
    case 'empty':
      return text('');
  }
}
