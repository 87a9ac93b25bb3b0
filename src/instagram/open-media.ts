import { BackfillError } from '../errors.ts';
import { type Answer, type Dispatcher, exchange } from '../lib/exchange.ts';
import type { MediaHosts } from '../lib/media-hosts.ts';
import type { MediaUrl } from '../media/media-url.ts';

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
/** Bytes: several times the largest file that Instagram takes. */
const LARGEST = 16 * 1024 ** 3;

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
        limits: { silence: timeout, atMost: LARGEST },
      });
      const location = answer.statusCode >= 300 && answer.statusCode < 400 ? answer.headers.location : undefined;
      if (location === undefined) return answer;
      answer.discard();
      address = URL.canParse(String(location), target.href) ? new URL(String(location), target.href).href : '';
    }
    throw new BackfillError('The media address leads from one redirect to the next', { instagramMediaId });
  };
}
