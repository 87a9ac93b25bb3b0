import type { ThumbnailSize } from '../contract/media.ts';
import { StorylineError } from '../errors.ts';
import type { StoredAt, StoredFile } from '../files/file-store.ts';
import type { Stores } from '../files/stores.ts';
import { withLocalFile } from '../files/with-local-file.ts';
import type { Log } from '../lib/log.ts';
import { createNewestFirst } from '../lib/newest-first.ts';
import { coverStem } from '../library/paths.ts';
import { EXTENSIONS } from '../media/content.ts';
import { isMediaId } from '../media/file-name.ts';
import { MAX_PIXELS, openSharp } from './open-sharp.ts';
import { createPreviewCache } from './preview-cache.ts';
import { contentOf, readWhole } from './read-file.ts';
import { createVideoFrames } from './video-frame.ts';

/** What a preview is made from. */
export interface PreviewedMedia {
  readonly id: string;
  readonly file: StoredAt;
  readonly fileHash: string;
  readonly mimeType: string | undefined;
  readonly instagramMediaId: string | undefined;
}

export interface Preview {
  /** Unique to these bytes. */
  readonly name: string;
  /** WebP. */
  readonly bytes: Uint8Array;
}

export interface Previews {
  /**
   * The preview of a media item, from the cache or made now; undefined if its file is missing or cannot be decoded.
   *
   * @throws the signal's reason if it is aborted first; {@link UsageError} if the file is in a store that this program
   * cannot open.
   */
  preview(media: PreviewedMedia, size: ThumbnailSize, signal: AbortSignal): Promise<Preview | undefined>;
}

interface PreviewOptions {
  stores: Stores;
  /** The cache. */
  folder: string;
  log: Log;
  now: () => Date;
  /** Its name on the PATH, or its path. */
  ffmpeg?: string;
}

/** Previews made in parallel; each uses one core. */
const CONCURRENCY = 2;
/** Milliseconds until a file that could not be decoded is tried again. */
const RETRY_AFTER = 5 * 60_000;
const MAX_GIVEN_UP = 5000;

const TILE_PIXELS = 360;
const VIEW_PIXELS = 1440;

export function createPreviews({ stores, folder, log, now, ffmpeg = 'ffmpeg' }: PreviewOptions): Previews {
  const cache = createPreviewCache(folder);
  const making = createNewestFirst<Buffer | undefined>(CONCURRENCY);
  const frames = createVideoFrames(ffmpeg);
  /** By name: when each is tried again. */
  const givenUp = new Map<string, number>();
  let hasWarned = false;

  const coverOf = async (id: string | undefined): Promise<StoredFile | undefined> => {
    if (id === undefined || !isMediaId(id)) return undefined;
    for (const extension of EXTENSIONS) {
      const cover = await stores.media.stat(coverStem(id) + extension);
      if (cover) return cover;
    }
    return undefined;
  };

  /** An image of the file, encoded. */
  const imageOf = async (
    { file, mimeType }: { file: StoredAt; mimeType: string | undefined },
    cover: StoredFile | undefined,
    signal: AbortSignal,
  ) => {
    const type = await contentOf(file, mimeType);
    if (!type) return undefined;
    if (type.kind === 'image' && type.mime !== 'image/heic') return readWhole(file);
    if (type.kind === 'image') return frameOf(file, signal);
    const still = cover && { store: stores.media, key: cover.key };
    const isImage = still && (await contentOf(still))?.kind === 'image';
    return isImage ? readWhole(still) : frameOf(file, signal);
  };
  const frameOf = (file: StoredAt, signal: AbortSignal) =>
    withLocalFile(file, (opened) => frames.first(opened, signal));

  const make = async (name: string, image: () => Promise<Buffer | undefined>, size: ThumbnailSize) => {
    const kept = await cache.read(name);
    if (kept) return kept;
    const from = await image();
    const bytes = from === undefined ? undefined : await shrink(from, size);
    if (bytes) await cache.write(name, bytes).catch(notKept);
    return bytes;
  };

  /** The next preview would have the same problem: one warning is enough. */
  const warnOnce = (text: string) => {
    if (!hasWarned) log.warn(text);
    hasWarned = true;
  };
  const notKept = (error: unknown) => warnOnce(`previews cannot be saved in ${folder}: ${String(error)}`);

  const giveUp = (name: string) => {
    if (givenUp.size >= MAX_GIVEN_UP) givenUp.clear();
    givenUp.set(name, now().getTime() + RETRY_AFTER);
  };

  return {
    async preview(media, size, signal) {
      const { file } = media;
      // The hash becomes part of a file name.
      if (!/^[\da-f]{64}$/i.test(media.fileHash) || !(await file.store.stat(file.key))) return undefined;
      const cover = media.mimeType?.startsWith('video/') ? await coverOf(media.instagramMediaId) : undefined;
      // A new cover needs a new preview.
      const stamp = cover ? `-${cover.modifiedAt.getTime().toString(36)}${cover.size.toString(36)}` : '';
      const name = `${media.fileHash}${stamp}-${size}.webp`;
      const kept = await cache.read(name);
      if (kept) return { name, bytes: kept };
      if ((givenUp.get(name) ?? 0) > now().getTime()) return undefined;
      givenUp.delete(name);
      const work = (until: AbortSignal) =>
        make(name, () => imageOf({ file, mimeType: media.mimeType }, cover, until), size);
      const bytes = await making.ask(name, work, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        if (error instanceof StorylineError) warnOnce(error.message);
        else log.debug(`no preview of media item ${media.id}: ${String(error)}`);
        return undefined;
      });
      if (!bytes) giveUp(name);
      return bytes && { name, bytes };
    },
  };
}

/** Rotated upright, without metadata; of an animated image, the first frame. */
async function shrink(from: Buffer, size: ThumbnailSize): Promise<Buffer> {
  const sharp = await openSharp();
  const image = sharp(from, { failOn: 'error', limitInputPixels: MAX_PIXELS }).autoOrient();
  return size === 'tile'
    ? image.resize(TILE_PIXELS, TILE_PIXELS, { fit: 'cover', position: 'centre' }).webp({ quality: 72 }).toBuffer()
    : image
        .resize(VIEW_PIXELS, VIEW_PIXELS, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 80 })
        .toBuffer();
}
