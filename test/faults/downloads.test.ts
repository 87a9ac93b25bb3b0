import type { Fault, FaultMatch } from '../../src/sandbox/server.ts';
import { childId, idOf, image, video } from '../support/posts.ts';
import { ALL, type FaultCase, FEED, matrix, VICTIM } from './case.ts';

/** What goes wrong between a media address and its file. */

const download: FaultMatch = { endpoint: 'download', ids: [VICTIM] };
const film: FaultMatch = { endpoint: 'download', ids: [idOf(4)] };
/** Silence is waited for in earnest. */
const HASTE = { NETWORK_TIMEOUT_SECONDS: '0.4' };

/** Whole in the end: what was tried again came. */
const overcome = (name: string, fault: Fault, more: Partial<FaultCase> = {}): FaultCase => ({
  name,
  faults: [{ match: download, ...fault }],
  exit: 0,
  kept: ALL,
  ...more,
});

/** One item is lost to this run, and told; the others are kept. */
const loses = (name: string, fault: Fault, words: RegExp, more: Partial<FaultCase> = {}): FaultCase => ({
  name,
  faults: [{ match: download, ...fault }],
  exit: 3,
  kept: ALL - 1,
  failed: 1,
  says: [words, new RegExp(`\\(media_id: ${fault.match?.ids?.[0] ?? VICTIM}\\)`)],
  ...more,
});

const EXPIRED: readonly FaultCase[] = [
  // One page listed again: the page itself, its second listing, and the count of posts.
  overcome('403 once', { kind: 'expired', times: 1 }, { calls: 3 }),
  overcome('410 once', { kind: 'expired', status: 410, times: 1 }, { calls: 3 }),
  overcome(
    'every link of the page, once',
    { kind: 'expired', times: 1, match: { endpoint: 'download' } },
    { calls: 3, result: { skipped_duplicate: 0 } },
  ),
  overcome('a share of the links', { kind: 'expired', times: 1, match: { endpoint: 'download', share: 0.4 } }),
  {
    name: 'links that are about to die: renewed before they are tried',
    sandbox: { urlLifeSeconds: 30 },
    exit: 0,
    kept: ALL,
    calls: 3,
  },
  {
    name: 'links that say themselves that they are dead',
    sandbox: { urlLifeSeconds: -5 },
    exit: 3,
    kept: 0,
    failed: ALL,
    says: [/expired/],
    calls: 3,
    heals: false,
  },
  loses('403 for good', { kind: 'expired' }, /Instagram media URL has expired \(HTTP 403\)/),
  loses('410 for good', { kind: 'expired', status: 410 }, /Instagram media URL has expired \(HTTP 410\)/),
  loses('a film, for good', { kind: 'expired', match: film }, /expired/),
  loses(
    "an album's child, for good",
    { kind: 'expired', match: { endpoint: 'download', ids: [childId(3, 2)] } },
    /expired/,
  ),
];

const NOT_FOUND: readonly FaultCase[] = [
  overcome('404 once', { kind: 'status', status: 404, times: 1 }),
  loses('404 for good', { kind: 'status', status: 404 }, /Instagram media not found/),
  overcome(
    'a cover, for good',
    { kind: 'status', status: 404, match: { endpoint: 'cover' } },
    {
      says: [/no cover for the video/],
    },
  ),
];

const PASSING: readonly (readonly [string, Fault, RegExp, Partial<FaultCase>?])[] = [
  ['500', { kind: 'status', status: 500 }, /Download failed: HTTP 500/],
  ['502', { kind: 'status', status: 502 }, /Download failed: HTTP 502/],
  ['503', { kind: 'status', status: 503 }, /Download failed: HTTP 503/],
  ['503 with Retry-After in seconds', { kind: 'status', status: 503, retryAfter: 7 }, /HTTP 503/],
  [
    '503 with Retry-After as a date',
    { kind: 'status', status: 503, retryAfter: 'Fri, 20 Nov 2026 10:00:20 GMT' },
    /HTTP 503/,
  ],
  ['503 with a Retry-After that is none', { kind: 'status', status: 503, retryAfter: 'soon' }, /HTTP 503/],
  ['429', { kind: 'status', status: 429 }, /HTTP 429/],
  ['a connection that is cut before the answer', { kind: 'reset' }, /Network error: the connection was cut/],
  ['a connection that is cut half-way', { kind: 'reset', afterBytes: 200 }, /Network error: the connection was cut/],
  ['silence before the answer', { kind: 'stalled' }, /Network error: no answer in time/, { environment: HASTE }],
  [
    'silence half-way',
    { kind: 'stalled', afterBytes: 200 },
    /Network error: the answer stopped half-way/,
    { environment: HASTE },
  ],
  [
    'a body that creeps',
    { kind: 'drip', bytes: 2, everyMs: 40 },
    /Network error: the answer was too slow/,
    { environment: HASTE },
  ],
  ['a body cut short', { kind: 'short-body' }, /Network error|ended early/],
  [
    'a body cut short whose length nobody announced',
    { kind: 'short-body-without-length', mode: 'chunked' },
    /The image\/jpeg ended early, after \d+ bytes/,
  ],
  [
    'a body cut short by closing the connection',
    { kind: 'short-body-without-length', mode: 'close' },
    /The image\/jpeg ended early, after \d+ bytes/,
  ],
];

const PASSES: readonly FaultCase[] = PASSING.flatMap(([name, fault, words, more]) => [
  overcome(`${name}, twice`, { ...fault, times: 2 }, more),
  loses(`${name}, for good`, fault, words, more),
]);

const WRONG_CONTENT: readonly FaultCase[] = [
  loses('HTML with status 200', { kind: 'html' }, /neither image nor video/),
  loses('JSON with status 200', { kind: 'json' }, /neither image nor video/),
  loses('an empty body', { kind: 'empty' }, /The file is empty/),
  loses("an image under a video's name", { kind: 'wrong-type', match: film }, /calls it VIDEO, but what came is image/),
  loses("a video under an image's name", { kind: 'wrong-type' }, /calls it IMAGE, but what came is video/),
  overcome('a Content-Type that lies', { kind: 'content-type', contentType: 'text/html' }),
  overcome('more bytes than were announced', { kind: 'longer-than-announced' }),
  overcome('no announced length', { kind: 'without-length', mode: 'chunked' }),
  overcome('no announced length, ended by closing', { kind: 'without-length', mode: 'close' }),
  {
    name: 'a file of another type than its name says',
    sandbox: { posts: [image(2, { media: { type: 'png', width: 64, height: 64 } })] },
    exit: 0,
    kept: 1,
  },
];

const elsewhere = (name: string, to: string, words: RegExp): FaultCase =>
  loses(`a redirect to ${name}`, { kind: 'redirect', to }, words);

const REDIRECTS: readonly FaultCase[] = [
  elsewhere('another host', 'https://example.com/x.jpg', /https:\/\/example\.com is not among MEDIA_DOWNLOAD_HOSTS/),
  elsewhere('a file', 'file:///etc/passwd', /the scheme file: is not allowed/),
  elsewhere('a private address', 'http://169.254.169.254/latest/meta-data', /not among MEDIA_DOWNLOAD_HOSTS/),
  elsewhere('another port of this machine', 'http://127.0.0.1:9/x.jpg', /not among MEDIA_DOWNLOAD_HOSTS/),
  elsewhere('a data address', 'data:text/html,x', /the scheme data: is not allowed/),
  elsewhere('what is no address', 'http://', /refused: it is not a URL/),
  loses('a redirect without end', { kind: 'redirect' }, /leads from one redirect to the next/),
  overcome('a redirect to where it was, once', { kind: 'redirect', times: 1 }),
  {
    ...loses(
      'a redirect to another host on the second hop',
      { kind: 'redirect', times: 1 },
      /not among MEDIA_DOWNLOAD_HOSTS/,
    ),
    faults: [
      { kind: 'redirect', match: { ...download, nth: 1 } },
      { kind: 'redirect', to: 'https://example.com/x.jpg', match: { ...download, from: 1 } },
    ],
  },
];

const address = (media_url: string, words: RegExp): FaultCase => ({
  name: `a media address of ${media_url}`,
  sandbox: { posts: [...FEED.filter(({ id }) => id !== VICTIM), image(2, { extra: { media_url } })] },
  exit: 3,
  kept: ALL - 1,
  failed: 1,
  says: [words],
  never: [VICTIM],
});

const ADDRESSES: readonly FaultCase[] = [
  address('file:///etc/passwd', /the scheme file: is not allowed/),
  address('ftp://127.0.0.1/x', /the scheme ftp: is not allowed/),
  address('https://example.com/x.jpg', /not among MEDIA_DOWNLOAD_HOSTS/),
  address('http://[::1]:80/x.jpg', /not among MEDIA_DOWNLOAD_HOSTS/),
  address('not an address', /refused: it is not a URL/),
];

const WITHHELD: readonly FaultCase[] = [
  {
    name: 'a picture without an address',
    sandbox: { posts: [image(2, { withoutMediaUrl: true, withoutThumbnail: true }), image(1)] },
    exit: 3,
    kept: 1,
    failed: 1,
    says: [/Instagram gives no address for this IMAGE/],
    never: [VICTIM],
  },
  {
    name: 'a film without an address, and without a still',
    sandbox: { posts: [video(2, { withoutMediaUrl: true, withoutThumbnail: true }), image(1)] },
    exit: 3,
    kept: 1,
    failed: 1,
    says: [/Instagram gives no address for this VIDEO/],
    never: [VICTIM],
  },
  {
    name: 'a film without an address, but with its still',
    sandbox: { posts: [video(2, { withoutMediaUrl: true }), image(1)] },
    exit: 0,
    kept: 2,
  },
];

matrix({
  'a media link that has expired': EXPIRED,
  'media that is not found': NOT_FOUND,
  'a download that fails': PASSES,
  'another thing than the media': WRONG_CONTENT,
  'media that Instagram withholds': WITHHELD,
  'a redirect of a download': REDIRECTS,
  'a media address': ADDRESSES,
});
