import { BackfillError } from '../../errors.ts';
import { type Answer, type Dispatcher, ExchangeError, exchange } from '../../lib/exchange.ts';
import { formatBytes, formatDuration } from '../../lib/format.ts';
import type { MediaUrl } from '../../media/media-url.ts';
import type { MediaHosts } from './media-hosts.ts';

interface Options {
  hosts: MediaHosts;
  dispatcher: Dispatcher;
  /** Milliseconds of silence that end the request. */
  timeout: number;
}

interface MediaRequest {
  instagramMediaId: string;
  signal: AbortSignal;
  /** Request only so many bytes from the beginning. */
  firstBytes?: number;
}

export type OpenMedia = ReturnType<typeof createMediaOpener>;

const REDIRECTS = 5;
/**
 * The largest file in bytes. Instagram's API accepts videos of up to 300 MB (docs of content publishing: reels), and its
 * app accepted hour-long ones of up to 3.6 GB. A larger file is not from Instagram.
 */
const LARGEST_FILE = 4 * 1024 ** 3;

/** A body of unknown length may take so many times the longest silence: half an hour by default. */
const UNANNOUNCED_SILENCES = 60;
/** Milliseconds: enough for the largest file at 100 KB/s. */
const LONGEST_BODY = 12 * 60 * 60_000;

/**
 * Requests a media file. Follows redirects only to allowed media hosts. Never sends cookies or tokens: the address is
 * signed.
 */
export function createMediaOpener({ hosts, dispatcher, timeout }: Options) {
  /** @throws {BackfillError} for an address that is not allowed. */
  return async (url: MediaUrl, { instagramMediaId, signal, firstBytes }: MediaRequest): Promise<Answer> => {
    let address = url.reveal();
    for (let hop = 0; hop <= REDIRECTS; hop += 1) {
      const target = URL.canParse(address) ? new URL(address) : undefined;
      const refusal = target ? hosts.refusal(target) : 'it is not a URL';
      if (!target || refusal) {
        throw new BackfillError(`The media address was refused: ${refusal}`, { instagramMediaId });
      }
      const answer = await exchange(target, {
        dispatcher,
        signal,
        headers: {
          'accept-encoding': 'identity',
          ...(firstBytes === undefined ? {} : { range: `bytes=0-${firstBytes - 1}` }),
        },
        limits: { silence: timeout, atMost: LARGEST_FILE },
      });
      const location = answer.statusCode >= 300 && answer.statusCode < 400 ? answer.headers.location : undefined;
      if (location === undefined) {
        const isAnnounced = answer.headers['content-length'] !== undefined;
        const longest = isAnnounced ? LONGEST_BODY : UNANNOUNCED_SILENCES * timeout;
        return { ...answer, body: limited(answer.body, { longest, instagramMediaId }) };
      }
      answer.discard();
      address = URL.canParse(String(location), target.href) ? new URL(String(location), target.href).href : '';
    }
    throw new BackfillError('The media address has too many redirects', { instagramMediaId });
  };
}

/**
 * The body, with limits for size and time. Temporary slowness is left to the exchange; a retry would meet these limits
 * again.
 */
async function* limited(
  body: AsyncIterable<Buffer>,
  { longest, instagramMediaId }: { longest: number; instagramMediaId: string },
): AsyncGenerator<Buffer> {
  let waited = 0;
  let asked = performance.now();
  try {
    for await (const chunk of body) {
      waited += performance.now() - asked;
      if (waited > longest) {
        const message = `The download was given up after ${formatDuration(waited / 1000)}: it is too slow`;
        throw new BackfillError(message, { instagramMediaId });
      }
      yield chunk;
      asked = performance.now();
    }
  } catch (error) {
    if (!(error instanceof ExchangeError) || error.code !== 'TOO_LARGE') throw error;
    const message = `The file is larger than ${formatBytes(LARGEST_FILE)}: Instagram has no such files`;
    throw new BackfillError(message, { instagramMediaId, cause: error });
  }
}
