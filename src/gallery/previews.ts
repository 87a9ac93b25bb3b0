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
import { MOST_PIXELS, openSharp } from './open-sharp.ts';
import { createPreviewCache } from './preview-cache.ts';
import { contentOf, readWhole } from './read-file.ts';
import { createVideoFrames } from './video-frame.ts';

/** What of a media item its preview is made of. */
export interface PreviewedMedia {
  readonly id: string;
  readonly file: StoredAt;
  readonly fileHash: string;
  readonly mimeType: string | undefined;
  readonly instagramMediaId: string | undefined;
}

export interface Preview {
  /** Names these bytes: another preview has another name. */
  readonly name: string;
  /** WebP. */
  readonly bytes: Uint8Array;
}

export interface Previews {
  /**
   * The preview of a media item: from the cache, or made now; undefined if its file is missing, or no picture can be
   * made of it.
   *
   * @throws the signal's reason, where it is aborted before that; {@link UsageError} for a source without a storage.
   */
  preview(media: PreviewedMedia, size: ThumbnailSize, signal: AbortSignal): Promise<Preview | undefined>;
}

interface PreviewOptions {
  stores: Stores;
  /** Of the cache. */
  folder: string;
  log: Log;
  now: () => Date;
  /** Its name on the PATH, or its place. */
  ffmpeg?: string;
}

/** Pictures made at once: each takes a core. */
const AT_ONCE = 2;
/** For so long a file that no picture can be made of is left alone. */
const GIVEN_UP_MS = 5 * 60_000;
const GIVEN_UP_MOST = 5000;

const TILE_PIXELS = 360;
const VIEW_PIXELS = 1440;

export function createPreviews({ stores, folder, log, now, ffmpeg = 'ffmpeg' }: PreviewOptions): Previews {
  const cache = createPreviewCache(folder);
  const making = createNewestFirst<Buffer | undefined>(AT_ONCE);
  const frames = createVideoFrames(ffmpeg);
  /** Until when each is left alone. */
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

  /** A picture of the file, as bytes. */
  const pictureOf = async (
    { file, mimeType }: { file: StoredAt; mimeType: string | undefined },
    cover: StoredFile | undefined,
    signal: AbortSignal,
  ) => {
    const type = await contentOf(file, mimeType);
    if (!type) return undefined;
    if (type.kind === 'image' && type.mime !== 'image/heic') return readWhole(file);
    if (type.kind === 'image') return frameOf(file, signal);
    const still = cover && { store: stores.media, key: cover.key };
    const isPicture = still && (await contentOf(still))?.kind === 'image';
    return isPicture ? readWhole(still) : frameOf(file, signal);
  };
  const frameOf = (file: StoredAt, signal: AbortSignal) =>
    withLocalFile(file, (opened) => frames.first(opened, signal));

  const make = async (name: string, picture: () => Promise<Buffer | undefined>, size: ThumbnailSize) => {
    const kept = await cache.read(name);
    if (kept) return kept;
    const from = await picture();
    const bytes = from === undefined ? undefined : await shrink(from, size);
    if (bytes) await cache.write(name, bytes).catch(notKept);
    return bytes;
  };

  /** The same is true of the next picture: said once. */
  const warnOnce = (text: string) => {
    if (!hasWarned) log.warn(text);
    hasWarned = true;
  };
  const notKept = (error: unknown) => warnOnce(`previews cannot be kept in ${folder}: ${String(error)}`);

  const giveUp = (name: string) => {
    if (givenUp.size >= GIVEN_UP_MOST) givenUp.clear();
    givenUp.set(name, now().getTime() + GIVEN_UP_MS);
  };

  return {
    async preview(media, size, signal) {
      const { file } = media;
      // A hash becomes a file's name.
      if (!/^[\da-f]{64}$/i.test(media.fileHash) || !(await file.store.stat(file.key))) return undefined;
      const cover = media.mimeType?.startsWith('video/') ? await coverOf(media.instagramMediaId) : undefined;
      // Another cover is another preview.
      const stamp = cover ? `-${cover.modifiedAt.getTime().toString(36)}${cover.size.toString(36)}` : '';
      const name = `${media.fileHash}${stamp}-${size}.webp`;
      const kept = await cache.read(name);
      if (kept) return { name, bytes: kept };
      if ((givenUp.get(name) ?? 0) > now().getTime()) return undefined;
      givenUp.delete(name);
      const work = (until: AbortSignal) =>
        make(name, () => pictureOf({ file, mimeType: media.mimeType }, cover, until), size);
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

/** Upright, without what a camera noted beside the picture; of a moving picture its first frame. */
async function shrink(from: Buffer, size: ThumbnailSize): Promise<Buffer> {
  const sharp = await openSharp();
  const picture = sharp(from, { failOn: 'error', limitInputPixels: MOST_PIXELS }).autoOrient();
  return size === 'tile'
    ? picture.resize(TILE_PIXELS, TILE_PIXELS, { fit: 'cover', position: 'centre' }).webp({ quality: 72 }).toBuffer()
    : picture
        .resize(VIEW_PIXELS, VIEW_PIXELS, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 80 })
        .toBuffer();
}
