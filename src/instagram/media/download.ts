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
import type { Concurrency } from './adaptive-concurrency.ts';
import type { LinkRenewal, Links } from './links.ts';
import { allowingHint, PrivateAddressError } from './media-hosts.ts';
import type { OpenMedia } from './open-media.ts';

/** Receives a body in chunks and checks that it is complete: the file store's side of a download. */
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
  /** Learns from each finished download, and from each that the server refuses or interrupts. */
  concurrency: Pick<Concurrency, 'finished' | 'refused'>;
  now: () => Date;
  /** Meta's time, once a response has told it: the only clock that decides whether links have expired. */
  metaNow?: () => Date | undefined;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  log: Log;
}

const ATTEMPTS = 4;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 60_000;
/** A link that expires within this many milliseconds is renewed before it is tried. */
const EXPIRES_SOON = 60_000;

/** A failure that may be temporary. */
class TransientError extends BackfillError {
  readonly after: number | undefined;

  constructor(
    message: string,
    { after, ...details }: { after?: number | undefined; instagramMediaId: string; cause?: unknown },
  ) {
    super(message, details);
    this.after = after;
  }
}

/** One file to download. */
interface Target {
  readonly id: MediaId;
  /** Undefined if Instagram does not say: then the content decides. */
  readonly kind: ContentType['kind'] | undefined;
  readonly isCover: boolean;
  /** Earlier bodies of unusual structure, by size and hash. */
  readonly seen: Set<string>;
}

/** Downloads items as checked bodies. Never sends cookies or tokens: a media URL is signed. */
export function createDownloader(options: DownloadOptions) {
  const { links, openMedia, receive, concurrency, now, metaNow = () => undefined, sleep, log } = options;
  let hasWarnedOfAddress = false;

  const attempt = async (url: MediaUrl, target: Target, signal: AbortSignal): Promise<Body> => {
    const instagramMediaId = target.id;
    const asked = performance.now();
    try {
      const answer = await openMedia(url, { instagramMediaId, signal });
      const answered = performance.now();
      const size = announcedSize(answer);
      if (size === 'refused') {
        answer.discard();
        if (answer.statusCode === 429 || answer.statusCode === 503) concurrency.refused();
        throw refusalOf(answer.statusCode, instagramMediaId, retryAfter(answer.headers['retry-after'], now()));
      }
      const received = await receive(answer.body, {
        announcedSize: size,
        instagramMediaId,
        kind: target.kind,
        mayWaitForRoom: !target.isCover,
      }).finally(answer.discard);
      concurrency.finished({ waited: answered - asked, took: performance.now() - answered, bytes: received.size });
      return received;
    } catch (error) {
      // Our own errors are final; a full disk is not a network error.
      if (signal.aborted || error instanceof StorylineError) throw error;
      if (error instanceof PrivateAddressError) throw refusedAddress(error, instagramMediaId);
      if (isCut(error)) concurrency.refused();
      throw new TransientError(`Network error: ${reason(error)}`, { instagramMediaId, cause: error });
    }
  };

  /** Not retried: a host that resolves to a private address will do so again. The hint is logged once per run. */
  const refusedAddress = ({ hostname, address }: PrivateAddressError, instagramMediaId: MediaId): BackfillError => {
    const hint = allowingHint(address);
    if (!hasWarnedOfAddress) log.warn(`${hostname} resolves to ${address}, which is not a public address. ${hint}`);
    hasWarnedOfAddress = true;
    const message = `The media host ${hostname} resolves to ${address}, which is not a public address. ${hint}`;
    return new BackfillError(message, { instagramMediaId });
  };

  /** Accepts a body of the right kind; one of unusual structure only if the same bytes arrived twice. */
  const accept = async (body: Body, { id, kind, isCover, seen }: Target): Promise<Body> => {
    if (kind !== undefined && body.type.kind !== kind) {
      await body.discard();
      const called = kind === 'image' ? 'IMAGE' : 'VIDEO';
      throw new BackfillMediaTypeError(`Instagram calls it ${called}, but it is ${body.type.mime}`, {
        instagramMediaId: id,
      });
    }
    if (!body.isUnusual) return body;
    const bytes = `${body.size} ${body.hash}`;
    if (seen.has(bytes)) {
      log.warn(
        `${isCover ? `the cover of ${id}` : id} is saved although its structure is unusual: the same ${body.size} bytes arrived twice, as many as announced`,
      );
      return body;
    }
    await body.discard();
    const what = `all ${body.size} bytes of the ${body.type.mime} arrived, but it does not end like such a file`;
    const message = seen.size === 0 ? `Not confirmed: ${what}` : `Two downloads differ: ${what}`;
    seen.add(bytes);
    throw new BackfillMediaIncompleteError(message, { instagramMediaId: id });
  };

  const fetchUrl = (url: MediaUrl, target: Target, signal: AbortSignal): Promise<Body> =>
    retry(async () => accept(await attempt(url, target, signal), target), {
      attempts: ATTEMPTS,
      firstDelay: FIRST_DELAY,
      longestDelay: LONGEST_DELAY,
      passes: (error) => {
        const after = error instanceof TransientError && { after: error.after };
        const passes = after || (error instanceof BackfillMediaIncompleteError && {});
        if (passes) log.debug(`retrying the download of ${target.id}: ${(error as Error).message}`);
        return passes;
      },
      sleep,
      signal,
    });

  /** Uses Meta's clock only: with a wrong one, every link might seem expired. */
  const expiresSoon = ({ expiresAt }: MediaUrl): boolean => {
    const time = metaNow();
    return expiresAt !== undefined && time !== undefined && expiresAt.getTime() <= time.getTime() + EXPIRES_SOON;
  };

  /** Downloads the item. A link that has expired, or was listed long ago and expires soon, is renewed once. */
  const fetchItem = async (item: Item, signal: AbortSignal): Promise<Body> => {
    const isPoster = isPosterOnly(item);
    const target: Target = { id: item.id, kind: expectedKind(item), isCover: false, seen: new Set() };
    const pick = (from: Links) => (isPoster ? from.cover : from.url);
    const url = pick(item);
    if (!url) throw new BackfillError('Instagram provides no address for this item', { instagramMediaId: item.id });
    if (links.latest(item).isOld && expiresSoon(url)) {
      const renewed = pick(await links.renew(item, 'expired', signal));
      return fetchUrl(renewed ?? url, target, signal);
    }
    try {
      return await fetchUrl(url, target, signal);
    } catch (error) {
      const isGone = error instanceof BackfillMediaNotFoundError;
      if (!isGone && !(error instanceof BackfillMediaExpiredError)) throw error;
      const renewed = pick(await links.renew(item, isGone ? 'gone' : 'expired', signal));
      if (!renewed || renewed.reveal() === url.reveal()) throw error;
      return fetchUrl(renewed, target, signal);
    }
  };

  return {
    /** The item's file; an expired link is renewed once. */
    download: fetchItem,

    /** A video's cover; it is retried, but costs no API call. */
    async downloadCover(item: Item, signal: AbortSignal): Promise<Body | undefined> {
      const { cover } = links.latest(item);
      // An item of unknown type with a cover is a video.
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

/** The size of the file in a response; undefined if it is not announced, `refused` if there is no file. */
function announcedSize({
  statusCode,
  headers,
}: Pick<Answer, 'statusCode' | 'headers'>): number | undefined | 'refused' {
  if (statusCode === 206) return wholeRange(headers) ?? 'refused';
  if (statusCode !== 200) return 'refused';
  // For a compressed response, the length says nothing about the file.
  const coding = String(headers['content-encoding'] ?? 'identity').trim();
  const isPlain = coding === '' || coding.toLowerCase() === 'identity';
  const length = String(headers['content-length'] ?? '').trim();
  return isPlain && headers['transfer-encoding'] === undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** The size of a file that was sent as one complete range: `bytes 0-99/100` (RFC 9110, 14.4). */
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
  if (status >= 500 || status === 429) return new TransientError(message, { instagramMediaId, after });
  return new BackfillError(message, { instagramMediaId });
}
