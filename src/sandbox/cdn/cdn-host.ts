import type { IncomingHttpHeaders } from 'node:http';
import type { Host } from '../contract.ts';
import { type Occasion, type Strikes, TRANSPORT_KINDS } from '../faults.ts';
import { contentTypeOf, isClip, type MediaFile } from '../media/media-files.ts';
import type { SandboxMedia } from '../post.ts';
import { type Content, contentOf, deliver, substitute } from '../send-response.ts';
import type { Cdn, Hosted } from './signed-urls.ts';

interface CdnHostInput {
  readonly strikes: () => Strikes;
  readonly cdn: Cdn;
  readonly files: (media: SandboxMedia) => MediaFile;
  readonly bytesPerSecond: number | undefined;
}

/** Serves files by signed address: GET and HEAD, one range at most, no token wanted. */
export function createCdnHost({ strikes, cdn, files, bytesPerSecond }: CdnHostInput): Host {
  const dead = new Map<string, Content>();

  const expiry = (url: URL, occasion: Occasion): Content | undefined => {
    const key = url.searchParams.get('oh') ?? '';
    const fault = dead.has(key) ? undefined : strikes().first(['expired'], occasion);
    if (fault) dead.set(key, contentOf(fault.status ?? 403, 'text/plain', fault.body ?? 'URL signature expired'));
    return dead.get(key);
  };

  const contentFor = ({ media }: Hosted, headers: IncomingHttpHeaders, occasion: Occasion): Content => {
    const huge = strikes().first(['huge'], occasion);
    const wrong = strikes().first(['wrong-type'], occasion);
    const shown = huge ? { ...media, bytes: huge.bytes } : media;
    const file = files(wrong ? otherKindOf(media) : shown);
    return ranged(file, contentTypeOf(media), headers.range);
  };

  return async (request, response, url, note) => {
    const opened = cdn.open(url);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      note.status = 405;
      return deliver(response, contentOf(405, 'text/plain', 'Method Not Allowed'));
    }
    if ('body' in opened) {
      note.status = opened.status;
      return deliver(response, contentOf(opened.status, 'text/plain', opened.body), {
        withBody: request.method === 'GET',
      });
    }
    const occasion = { endpoint: opened.endpoint, mediaId: opened.mediaId };
    note.mediaId = opened.mediaId;
    note.cover = opened.endpoint === 'cover';
    const fault = strikes().first(TRANSPORT_KINDS, occasion);
    const content = expiry(url, occasion) ?? contentFor(opened, request.headers, occasion);
    const sent = substitute(content, fault, request.url ?? '/');
    await deliver(response, sent, {
      fault,
      bytesPerSecond,
      withBody: request.method === 'GET',
      onStatus: (status) => {
        note.status = status;
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
