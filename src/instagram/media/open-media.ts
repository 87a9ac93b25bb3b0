import { BackfillError } from '../../errors.ts';
import { type Answer, type Dispatcher, ExchangeError, exchange } from '../../lib/exchange.ts';
import { formatBytes, formatDuration } from '../../lib/format.ts';
import type { MediaUrl } from '../../media/media-url.ts';
import type { MediaHosts } from './media-hosts.ts';

interface Options {
  hosts: MediaHosts;
  dispatcher: Dispatcher;
  /** Silence of so many milliseconds ends the request. */
  timeout: number;
}

interface Asked {
  instagramMediaId: string;
  signal: AbortSignal;
  /** Only so many bytes from the beginning. */
  firstBytes?: number;
}

export type OpenMedia = ReturnType<typeof createMediaOpener>;

const REDIRECTS = 5;
/**
 * The most bytes of a file. Instagram takes videos of up to 300 MB by its API (docs of content publishing: reels), and
 * its app took hour-long ones of up to 3.6 GB. What is longer than this is no file of Instagram's.
 */
const LARGEST_FILE = 4 * 1024 ** 3;

/** A body of unknown length may come for so many times the longest silence: half an hour by default. */
const UNANNOUNCED_SILENCES = 60;
/** No file may come for longer than this, in milliseconds: at 100 KB/s the largest one is there. */
const LONGEST_BODY = 12 * 60 * 60_000;

/**
 * Asks for a media file at its address. Redirects are followed to hosts that media may come from, and to no others.
 * Cookies and tokens are never sent: the address is its own key.
 */
export function createMediaOpener({ hosts, dispatcher, timeout }: Options) {
  /** @throws {BackfillError} for an address that is refused. */
  return async (url: MediaUrl, { instagramMediaId, signal, firstBytes }: Asked): Promise<Answer> => {
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
    throw new BackfillError('The media address leads from one redirect to the next', { instagramMediaId });
  };
}

/**
 * The body, as far as it may be a file of Instagram's. A body that is slow in passing is left to the exchange; what is
 * decided here would be the same at the next try.
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
        const message = `The download was given up after ${formatDuration(waited / 1000)}: it is too slow to end`;
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
