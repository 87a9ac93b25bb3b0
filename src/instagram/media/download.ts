import type { Body } from '../../backfill/ports.ts';
import {
  BackfillError,
  BackfillMediaExpiredError,
  BackfillMediaIncompleteError,
  BackfillMediaNotFoundError,
  BackfillMediaTypeError,
  StorylineError,
} from '../../errors.ts';
import { type Answer, type Headers, isCut, reason } from '../../lib/exchange.ts';
import type { Log } from '../../lib/log.ts';
import { retry, retryAfter } from '../../lib/retry.ts';
import type { ContentType } from '../../media/content.ts';
import { expectedKind, type Item, isPosterOnly, type MediaId } from '../../media/item.ts';
import type { MediaUrl } from '../../media/media-url.ts';
import type { AtOnce } from './adaptive-concurrency.ts';
import type { LinkRenewal, Links } from './links.ts';
import { allowingHint, PrivateAddressError } from './media-hosts.ts';
import type { OpenMedia } from './open-media.ts';

/** Takes a body in, piece by piece, and checks that it is whole: the storage's side of a download. */
export type Receive = (
  chunks: AsyncIterable<Uint8Array>,
  about: {
    announcedSize: number | undefined;
    instagramMediaId: string;
    kind: ContentType['kind'] | undefined;
    mayWaitForRoom: boolean;
  },
) => Promise<Body>;

export interface DownloadOptions {
  links: Pick<LinkRenewal, 'latest' | 'renew'>;
  openMedia: OpenMedia;
  receive: Receive;
  /** Told of each download that arrives, and of each that the server refuses or cuts. */
  atOnce: Pick<AtOnce, 'finished' | 'refused'>;
  now: () => Date;
  /** The time by Meta's clock, once an answer has told it: the only clock that links are judged by. */
  metaNow?: () => Date | undefined;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  log: Log;
}

const ATTEMPTS = 4;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 60_000;
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

/** One file that is to be downloaded. */
interface Wanted {
  readonly id: MediaId;
  /** Absent where Instagram does not say: then the content decides. */
  readonly kind: ContentType['kind'] | undefined;
  readonly isCover: boolean;
  /** Bodies of unusual structure that came before, by length and hash. */
  readonly seen: Set<string>;
}

/** Turns items into checked bodies. Cookies and tokens are never sent: a media URL is its own key. */
export function createDownloader(options: DownloadOptions) {
  const { links, openMedia, receive, atOnce, now, metaNow = () => undefined, sleep, log } = options;
  let hasWarnedOfAddress = false;

  const attempt = async (url: MediaUrl, wanted: Wanted, signal: AbortSignal): Promise<Body> => {
    const instagramMediaId = wanted.id;
    const asked = performance.now();
    try {
      const answer = await openMedia(url, { instagramMediaId, signal });
      const answered = performance.now();
      const size = announcedSize(answer);
      if (size === 'refused') {
        answer.discard();
        if (answer.statusCode === 429 || answer.statusCode === 503) atOnce.refused();
        throw refusalOf(answer.statusCode, instagramMediaId, retryAfter(answer.headers['retry-after'], now()));
      }
      const received = await receive(answer.body, {
        announcedSize: size,
        instagramMediaId,
        kind: wanted.kind,
        mayWaitForRoom: !wanted.isCover,
      }).finally(answer.discard);
      atOnce.finished({ waited: answered - asked, took: performance.now() - answered, bytes: received.size });
      return received;
    } catch (error) {
      // What has a name of ours is decided already; a full disk is none of the network's faults.
      if (signal.aborted || error instanceof StorylineError) throw error;
      if (error instanceof PrivateAddressError) throw refusedAddress(error, instagramMediaId);
      if (isCut(error)) atOnce.refused();
      throw new PassingError(`Network error: ${reason(error)}`, { instagramMediaId, cause: error });
    }
  };

  /** A name that leads to a private address does so at the next try too. The run says once what to do. */
  const refusedAddress = ({ hostname, address }: PrivateAddressError, instagramMediaId: MediaId): BackfillError => {
    const hint = allowingHint(address);
    if (!hasWarnedOfAddress) log.warn(`${hostname} resolves to ${address}, which is not a public address. ${hint}`);
    hasWarnedOfAddress = true;
    const message = `The media host ${hostname} resolves to ${address}, which is not a public address. ${hint}`;
    return new BackfillError(message, { instagramMediaId });
  };

  /** The body of the right kind; one of unusual structure only when the same bytes came twice. */
  const accept = async (body: Body, { id, kind, isCover, seen }: Wanted): Promise<Body> => {
    if (kind !== undefined && body.type.kind !== kind) {
      await body.discard();
      const called = kind === 'image' ? 'IMAGE' : 'VIDEO';
      throw new BackfillMediaTypeError(`Instagram calls it ${called}, but what came is ${body.type.mime}`, {
        instagramMediaId: id,
      });
    }
    if (!body.isUnusual) return body;
    const bytes = `${body.size} ${body.hash}`;
    if (seen.has(bytes)) {
      log.warn(
        `${isCover ? `the cover of ${id}` : id} is kept although its structure is unusual: twice the same ${body.size} bytes came, as many as announced`,
      );
      return body;
    }
    await body.discard();
    const what = `all ${body.size} bytes of the ${body.type.mime} came, but it does not end as such a file does`;
    const message = seen.size === 0 ? `Not confirmed: ${what}` : `Two downloads differ: ${what}`;
    seen.add(bytes);
    throw new BackfillMediaIncompleteError(message, { instagramMediaId: id });
  };

  const fetchUrl = (url: MediaUrl, wanted: Wanted, signal: AbortSignal): Promise<Body> =>
    retry(async () => accept(await attempt(url, wanted, signal), wanted), {
      attempts: ATTEMPTS,
      firstDelay: FIRST_DELAY,
      longestDelay: LONGEST_DELAY,
      passes: (error) => {
        const after = error instanceof PassingError && { after: error.after };
        const passes = after || (error instanceof BackfillMediaIncompleteError && {});
        if (passes) log.debug(`download of ${wanted.id} is tried again: ${(error as Error).message}`);
        return passes;
      },
      sleep,
      signal,
    });

  /** Only by Meta's clock: ours may be wrong, and then every link would seem dead. */
  const isDying = ({ expiresAt }: MediaUrl): boolean => {
    const time = metaNow();
    return expiresAt !== undefined && time !== undefined && expiresAt.getTime() <= time.getTime() + DYING;
  };

  /** Fetches the item from its link. One that is dead, or that was listed long ago and is about to die, is renewed once. */
  const fetchItem = async (item: Item, signal: AbortSignal): Promise<Body> => {
    const isPoster = isPosterOnly(item);
    const wanted: Wanted = { id: item.id, kind: expectedKind(item), isCover: false, seen: new Set() };
    const pick = (from: Links) => (isPoster ? from.cover : from.url);
    const url = pick(item);
    if (!url) throw new BackfillError('Instagram provides no URL for this item', { instagramMediaId: item.id });
    if (links.latest(item).isOld && isDying(url)) {
      const renewed = pick(await links.renew(item, 'expired', signal));
      return fetchUrl(renewed ?? url, wanted, signal);
    }
    try {
      return await fetchUrl(url, wanted, signal);
    } catch (error) {
      const isGone = error instanceof BackfillMediaNotFoundError;
      if (!isGone && !(error instanceof BackfillMediaExpiredError)) throw error;
      const renewed = pick(await links.renew(item, isGone ? 'gone' : 'expired', signal));
      if (!renewed || renewed.reveal() === url.reveal()) throw error;
      return fetchUrl(renewed, wanted, signal);
    }
  };

  return {
    /** The item's file; an expired address is renewed once. */
    download: fetchItem,

    /** A video's still; it is worth a few tries, but not a call. */
    async downloadCover(item: Item, signal: AbortSignal): Promise<Body | undefined> {
      const { cover } = links.latest(item);
      // Where the type is not known, a still says that it is a video.
      if ((item.kind !== 'video' && item.kind !== 'unknown') || !cover || isPosterOnly(item)) return undefined;
      try {
        return await fetchUrl(cover, { id: item.id, kind: 'image', isCover: true, seen: new Set() }, signal);
      } catch (error) {
        if (!(error instanceof BackfillError)) throw error;
        log.warn(`no cover for the video ${item.id}: ${error.message}`);
        return undefined;
      }
    },
  };
}

/** The length of the file that an answer brings; undefined if it does not say, `refused` where it brings no file. */
function announcedSize({
  statusCode,
  headers,
}: Pick<Answer, 'statusCode' | 'headers'>): number | undefined | 'refused' {
  if (statusCode === 206) return wholeRange(headers) ?? 'refused';
  if (statusCode !== 200) return 'refused';
  // The length is that of what travels: of a compressed or re-coded answer it says nothing about the file.
  const coding = String(headers['content-encoding'] ?? 'identity').trim();
  const isPlain = coding === '' || coding.toLowerCase() === 'identity';
  const length = String(headers['content-length'] ?? '').trim();
  return isPlain && headers['transfer-encoding'] === undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** The length of a file that came as one range which is all of it: `bytes 0-99/100` (RFC 9110, 14.4). */
function wholeRange(headers: Headers): number | undefined {
  const [, from, to, of] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(String(headers['content-range'] ?? '').trim()) ?? [];
  return from === '0' && Number(to) + 1 === Number(of) ? Number(of) : undefined;
}

function refusalOf(status: number, instagramMediaId: string, after: number | undefined): BackfillError {
  if (status === 403 || status === 410) {
    return new BackfillMediaExpiredError(`Instagram media URL has expired (HTTP ${status})`, { instagramMediaId });
  }
  if (status === 404) return new BackfillMediaNotFoundError(undefined, { instagramMediaId });
  if (status === 206) {
    return new BackfillMediaIncompleteError('Only a part of the file was sent (HTTP 206)', { instagramMediaId });
  }
  const message = `Download failed: HTTP ${status}`;
  if (status >= 500 || status === 429) return new PassingError(message, { instagramMediaId, after });
  return new BackfillError(message, { instagramMediaId });
}
