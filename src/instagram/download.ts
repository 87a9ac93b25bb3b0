import type { Body } from '../backfill/ports.ts';
import {
  BackfillError,
  BackfillMediaExpiredError,
  BackfillMediaIncompleteError,
  BackfillMediaNotFoundError,
  BackfillMediaTypeError,
  StorylineError,
} from '../errors.ts';
import type { AtOnce } from '../lib/at-once.ts';
import type { Log } from '../lib/log.ts';
import { retry, retryAfter } from '../lib/retry.ts';
import { type Item, isPosterOnly } from '../media/item.ts';
import type { MediaUrl } from '../media/media-url.ts';
import type { LinkRenewal, Links } from './links.ts';
import { isCut, reason } from './meta-call.ts';
import type { OpenMedia } from './open-media.ts';

/** Takes a body in, piece by piece, and checks that it is whole: the storage's side of a download. */
export type Receive = (
  chunks: AsyncIterable<Uint8Array>,
  about: { announcedSize: number | undefined; instagramMediaId: string },
) => Promise<Body>;

export interface DownloadOptions {
  links: Pick<LinkRenewal, 'latest' | 'renew'>;
  openMedia: OpenMedia;
  /** Silence of so many milliseconds ends a try. */
  timeout: number;
  receive: Receive;
  /** Told of each download that arrives, and of each that the server refuses or cuts. */
  atOnce: Pick<AtOnce, 'finished' | 'refused'>;
  now: () => Date;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  log: Log;
}

const ATTEMPTS = 4;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 60_000;
/** A body that comes slower than this many bytes a second, for twice the time that silence may last, is stalled. */
const SLOWEST = 1024;
/** A link that has no more than this left, in milliseconds, is renewed before it is tried. */
const DYING = 60_000;

/** An answer that may be better a little later. */
class PassingError extends BackfillError {
  readonly after: number | undefined;

  constructor(
    message: string,
    { after, ...details }: { after?: number | undefined; instagramMediaId: string; cause?: unknown },
  ) {
    super(message, details);
    this.after = after;
  }
}

/** Turns items into checked bodies. Cookies and tokens are never sent: a media URL is its own key. */
export function createDownloader(options: DownloadOptions) {
  const { links, openMedia, timeout, receive, atOnce, now, sleep, log } = options;

  const attempt = async (url: MediaUrl, instagramMediaId: string, signal: AbortSignal): Promise<Body> => {
    const asked = performance.now();
    try {
      const { statusCode, headers, body } = await openMedia(url, { instagramMediaId, signal });
      const answered = performance.now();
      if (statusCode !== 200) {
        if (statusCode === 429 || statusCode === 503) atOnce.refused();
        await body.dump();
        throw refusalOf(statusCode, instagramMediaId, retryAfter(headers['retry-after'], now()));
      }
      const announced = Number(headers['content-length'] ?? Number.NaN);
      const announcedSize = Number.isSafeInteger(announced) ? announced : undefined;
      const received = await receive(unstalled(body, 2 * timeout, instagramMediaId), {
        announcedSize,
        instagramMediaId,
      });
      atOnce.finished({ waited: answered - asked, took: performance.now() - answered, bytes: received.size });
      return received;
    } catch (error) {
      // What has a name of ours is decided already; a full disk is none of the network's faults.
      if (signal.aborted || error instanceof StorylineError) throw error;
      if (isCut(error)) atOnce.refused();
      throw new PassingError(`Network error: ${reason(error)}`, { instagramMediaId, cause: error });
    }
  };

  const fetchUrl = (url: MediaUrl, instagramMediaId: string, signal: AbortSignal): Promise<Body> => {
    if (isExpired(url)) {
      throw new BackfillMediaExpiredError(undefined, { instagramMediaId });
    }
    return retry(() => attempt(url, instagramMediaId, signal), {
      attempts: ATTEMPTS,
      firstDelay: FIRST_DELAY,
      longestDelay: LONGEST_DELAY,
      passes: (error) => {
        const after = error instanceof PassingError && { after: error.after };
        const passes = after || (error instanceof BackfillMediaIncompleteError && {});
        if (passes) log.debug(`download of ${instagramMediaId} is tried again: ${(error as Error).message}`);
        return passes;
      },
      sleep,
      signal,
    });
  };

  const isExpired = ({ expiresAt }: MediaUrl) => expiresAt !== undefined && expiresAt <= now();
  const isDying = ({ expiresAt }: MediaUrl) =>
    expiresAt !== undefined && expiresAt.getTime() <= now().getTime() + DYING;

  /** Fetches the item from its link; a link that is dead, or about to be, is renewed once. */
  const fetchItem = async (item: Item, signal: AbortSignal): Promise<Body> => {
    const wanted = (from: Links) => (isPosterOnly(item) ? from.cover : from.url);
    const url = wanted(item);
    if (!url) throw new BackfillError('Instagram gives no address for this item', { instagramMediaId: item.id });
    if (isDying(url)) {
      const renewed = wanted(await links.renew(item, 'expired', signal));
      return fetchUrl(renewed ?? url, item.id, signal);
    }
    try {
      return await fetchUrl(url, item.id, signal);
    } catch (error) {
      const isGone = error instanceof BackfillMediaNotFoundError;
      if (!isGone && !(error instanceof BackfillMediaExpiredError)) throw error;
      const renewed = wanted(await links.renew(item, isGone ? 'gone' : 'expired', signal));
      if (!renewed) throw error;
      return fetchUrl(renewed, item.id, signal);
    }
  };

  return {
    /** The item's file; an expired address is renewed once. */
    async download(item: Item, signal: AbortSignal): Promise<Body> {
      const body = await fetchItem(item, signal);
      const kind = isPosterOnly(item) ? 'image' : item.kind;
      if (kind === 'unknown' || body.type.kind === kind) return body;
      await body.discard();
      throw new BackfillMediaTypeError(`Instagram calls it ${item.mediaType}, but what came is ${body.type.mime}`, {
        instagramMediaId: item.id,
      });
    },

    /** A video's still; it is worth a few tries, but not a call. */
    async downloadCover(item: Item, signal: AbortSignal): Promise<Body | undefined> {
      const { cover } = links.latest(item);
      // Where the type is not known, a still says that it is a video.
      if ((item.kind !== 'video' && item.kind !== 'unknown') || !cover || isPosterOnly(item)) return undefined;
      try {
        const body = await fetchUrl(cover, item.id, signal);
        if (body.type.kind === 'image') return body;
        await body.discard();
      } catch (error) {
        if (!(error instanceof BackfillError)) throw error;
        log.warn(`no cover for the video ${item.id}: ${error.message}`);
      }
      return undefined;
    },
  };
}

function refusalOf(status: number, instagramMediaId: string, after: number | undefined): BackfillError {
  if (status === 403 || status === 410) {
    return new BackfillMediaExpiredError(`Instagram media URL has expired (HTTP ${status})`, { instagramMediaId });
  }
  if (status === 404) return new BackfillMediaNotFoundError(undefined, { instagramMediaId });
  const message = `Download failed: HTTP ${status}`;
  if (status >= 500 || status === 429) return new PassingError(message, { instagramMediaId, after });
  return new BackfillError(message, { instagramMediaId });
}

async function* unstalled(
  body: AsyncIterable<Buffer>,
  slowestFor: number,
  instagramMediaId: string,
): AsyncGenerator<Buffer> {
  const began = performance.now();
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    const elapsed = performance.now() - began;
    if (elapsed > slowestFor && size < (elapsed / 1000) * SLOWEST) {
      throw new BackfillMediaIncompleteError('The download crept to a stall', { instagramMediaId });
    }
    yield chunk;
  }
}
