import type { IncomingHttpHeaders } from 'node:http';
import type { Host } from '../contract.ts';
import { type FaultPlan, type FaultTarget, TRANSPORT_KINDS } from '../faults.ts';
import { contentTypeOf, isClip, type MediaFile } from '../media/media-files.ts';
import type { SandboxMedia } from '../post.ts';
import { type Content, contentOf, send, withFault } from '../send-response.ts';
import type { HostedFile, SignedUrls } from './signed-urls.ts';

interface CdnHostInput {
  readonly faultPlan: () => FaultPlan;
  readonly cdn: SignedUrls;
  readonly files: (media: SandboxMedia) => MediaFile;
  readonly bytesPerSecond: number | undefined;
}

/** Serves files by signed address: GET and HEAD, one range at most, no token wanted. */
export function createCdnHost({ faultPlan, cdn, files, bytesPerSecond }: CdnHostInput): Host {
  const dead = new Map<string, Content>();

  const expiry = (url: URL, target: FaultTarget): Content | undefined => {
    const key = url.searchParams.get('oh') ?? '';
    const fault = dead.has(key) ? undefined : faultPlan().first(['expired'], target);
    if (fault) dead.set(key, contentOf(fault.status ?? 403, 'text/plain', fault.body ?? 'URL signature expired'));
    return dead.get(key);
  };

  const contentFor = ({ media }: HostedFile, headers: IncomingHttpHeaders, target: FaultTarget): Content => {
    const huge = faultPlan().first(['huge'], target);
    const wrong = faultPlan().first(['wrong-type'], target);
    const shown = huge ? { ...media, bytes: huge.bytes } : media;
    const file = files(wrong ? otherKindOf(media) : shown);
    return ranged(file, contentTypeOf(media), headers.range);
  };

  return async (request, response, url, logEntry) => {
    const opened = cdn.open(url);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      logEntry.status = 405;
      return send(response, contentOf(405, 'text/plain', 'Method Not Allowed'));
    }
    if ('body' in opened) {
      logEntry.status = opened.status;
      return send(response, contentOf(opened.status, 'text/plain', opened.body), {
        withBody: request.method === 'GET',
      });
    }
    const target = { endpoint: opened.endpoint, mediaId: opened.mediaId };
    logEntry.mediaId = opened.mediaId;
    logEntry.cover = opened.endpoint === 'cover';
    const fault = faultPlan().first(TRANSPORT_KINDS, target);
    const content = expiry(url, target) ?? contentFor(opened, request.headers, target);
    const sent = withFault(content, fault, request.url ?? '/');
    await send(response, sent, {
      fault,
      bytesPerSecond,
      withBody: request.method === 'GET',
      onStatus: (status) => {
        logEntry.status = status;
      },
    });
  };
}

const otherKindOf = (media: SandboxMedia): SandboxMedia => ({
  seed: media.seed ?? '',
  type: isClip(media) ? 'jpeg' : 'mp4',
  width: 160,
  height: 160,
  seconds: 1,
});

function ranged(file: MediaFile, contentType: string, range: string | undefined): Content {
  const { size } = file;
  const headers = {
    'content-type': contentType,
    'accept-ranges': 'bytes',
    'cache-control': 'max-age=1209600, no-transform',
  };
  const asked = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  if (!asked || (asked[1] === '' && asked[2] === '')) return { status: 200, headers, size, chunks: file.chunks };
  const [, from = '', to = ''] = asked;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1);
  if (start >= end) {
    const refused = contentOf(416, 'text/plain', 'Requested Range Not Satisfiable');
    return { ...refused, headers: { ...refused.headers, 'content-range': `bytes */${size}` } };
  }
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${size}` },
    size: end - start,
    chunks: (first = 0, last = end - start) => file.chunks(start + first, start + last),
  };
}
