import type { MediaPart, Sample } from '../../backfill/ports.ts';
import type { Headers } from '../../lib/exchange.ts';
import { type Item, isPosterOnly } from '../../media/item.ts';
import type { LinkRenewal } from './links.ts';
import type { OpenMedia } from './open-media.ts';

/** Bytes: enough to measure the speed after the response began. */
const FIRST_BYTES = 256 * 1024;

interface SampleRequest {
  item: Item;
  part: MediaPart;
  signal: AbortSignal;
}

/** Reads the beginning of a file to measure its size and speed; undefined if that fails. */
export async function sampleMedia(
  links: Pick<LinkRenewal, 'latest'>,
  openMedia: OpenMedia,
  { item, part, signal }: SampleRequest,
): Promise<Sample | undefined> {
  const from = links.latest(item);
  const url = part === 'cover' || isPosterOnly(item) ? from.cover : from.url;
  if (!url) return undefined;
  try {
    const began = performance.now();
    const { statusCode, headers, body, discard } = await openMedia(url, {
      instagramMediaId: item.id,
      signal,
      firstBytes: FIRST_BYTES,
    });
    const waited = performance.now() - began;
    const size = wholeSize(statusCode, headers);
    if (size === undefined) {
      discard();
      return undefined;
    }
    let received = 0;
    for await (const chunk of body) {
      received += chunk.length;
      // A server without ranges sends the whole file.
      if (received >= FIRST_BYTES) break;
    }
    return { size, waited: waited / 1000, received, took: (performance.now() - began - waited) / 1000 };
  } catch {
    return undefined;
  }
}

/** Bytes of the whole file: `content-range: bytes 0-99/1234` (RFC 9110, 14.4), else the length of what is sent. */
function wholeSize(status: number, headers: Headers): number | undefined {
  // A page that says what is wrong has a length too.
  if (/^(text\/|application\/json)/.test(String(headers['content-type']))) return undefined;
  const ofRange = /\/(\d+)$/.exec(String(headers['content-range']))?.[1];
  const size = Number(status === 206 ? ofRange : status === 200 ? headers['content-length'] : undefined);
  return Number.isSafeInteger(size) && size > 0 ? size : undefined;
}
