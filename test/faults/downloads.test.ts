import type { Fault, FaultMatch, SandboxMedia } from '../../src/sandbox/server.ts';
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
  ['a connection that is cut before the answer', { kind: 'reset' }, /Network error: connection lost/],
  ['a connection that is cut half-way', { kind: 'reset', afterBytes: 200 }, /Network error: connection lost/],
  ['silence before the answer', { kind: 'stalled' }, /Network error: no response in time/, { environment: HASTE }],
  [
    'silence half-way',
    { kind: 'stalled', afterBytes: 200 },
    /Network error: the response stopped half-way/,
    { environment: HASTE },
  ],
  [
    'a body that creeps',
    { kind: 'drip', bytes: 2, everyMs: 40 },
    /Network error: the response was too slow/,
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
  loses("an image under a video's name", { kind: 'wrong-type', match: film }, /calls it VIDEO, but it is image/),
  loses("a video under an image's name", { kind: 'wrong-type' }, /calls it IMAGE, but it is video/),
  overcome('a Content-Type that lies', { kind: 'content-type', contentType: 'text/html' }),
  overcome('more bytes than were announced', { kind: 'longer-than-announced' }),
  overcome('a length that is not that of the file, since the answer is said to be compressed', {
    kind: 'encoding',
    encoding: 'gzip',
  }),
  overcome('no announced length', { kind: 'without-length', mode: 'chunked' }),
  overcome('no announced length, ended by closing', { kind: 'without-length', mode: 'close' }),
  {
    name: 'a file of another type than its name says',
    sandbox: { posts: [image(2, { media: { type: 'png', width: 64, height: 64 } })] },
    exit: 0,
    kept: 1,
  },
];

/** One byte now and then, which is no silence. */
const DRIP = { kind: 'drip', bytes: 1, everyMs: 150 } as const;
const dripping = (fault: Partial<Fault>, words: RegExp, name: string): FaultCase =>
  loses(name, { ...DRIP, ...fault } as Fault, words, { environment: HASTE });

/** What drips is never waited for, whatever it is. */
const DRIPPING: readonly FaultCase[] = [
  dripping({}, /too slow|stopped half-way/, 'a file, from its first byte'),
  dripping({ everyMs: 500 }, /stopped half-way/, 'a file, with silence between its bytes'),
  dripping({ afterBytes: 200 }, /too slow|stopped half-way/, 'a file, after half of it'),
  dripping({ status: 301 }, /has too many redirects/, 'the body of a redirect (301)'),
  dripping({ status: 302 }, /has too many redirects/, 'the body of a redirect (302)'),
  dripping({ status: 400 }, /HTTP 400/, 'an answer with status 400'),
  dripping({ status: 403 }, /expired \(HTTP 403\)/, 'an answer with status 403'),
  dripping({ status: 404 }, /not found/, 'an answer with status 404'),
  dripping({ status: 410, afterBytes: 5000 }, /expired \(HTTP 410\)/, 'an answer with status 410, after half of it'),
  dripping({ status: 429 }, /HTTP 429/, 'an answer with status 429'),
  dripping({ status: 500 }, /HTTP 500/, 'an answer with status 500'),
  dripping({ status: 503, afterBytes: 5000 }, /HTTP 503/, 'an answer with status 503, after half of it'),
  overcome('a file, twice', { ...DRIP, times: 2 }, { environment: HASTE }),
  overcome('a cover', { ...DRIP, match: { endpoint: 'cover' } }, { environment: HASTE, says: [/no cover/] }),
  {
    name: 'as many files as there are downloads at once: the others still come',
    faults: [{ ...DRIP, match: { endpoint: 'download', ids: [idOf(5), idOf(4)] } }],
    args: ['--concurrency', '2'],
    environment: HASTE,
    exit: 3,
    kept: ALL - 2,
    failed: 2,
    says: [/too slow|stopped half-way/],
  },
  loses(
    'a file without end, always just fast enough',
    { kind: 'endless', drip: { bytes: 256, everyMs: 100 } },
    /given up after .*: it is too slow/,
    { environment: HASTE },
  ),
  loses('a redirect with a body without end', { kind: 'redirect', endless: true }, /too many redirects/),
  overcome('a redirect with a body without end, once', { kind: 'redirect', endless: true, times: 1 }),
];

const TOO_LARGE: readonly FaultCase[] = [
  loses(
    'ten terabytes that are announced',
    { kind: 'endless', announced: 10 * 1024 ** 4 },
    /Not enough disk space: the file needs 10\.0 TiB, and .* are free|larger than 4\.0 GiB/,
  ),
  loses(
    'a length beyond what numbers can tell',
    { kind: 'endless', announced: '9007199254740993000' },
    /Not enough disk space|larger than 4\.0 GiB/,
  ),
];

/** The file itself ends as no file of its type should. */
const odd = (name: string, media: SandboxMedia, more: Partial<FaultCase> = {}): FaultCase => ({
  name,
  sandbox: {
    posts: [
      image(5),
      (media.type === 'mp4' || media.type === 'mov' ? video : image)(2, {
        media: { seed: 2, width: 64, height: 64, ...media },
      }),
    ],
  },
  exit: 0,
  kept: 2,
  result: { unusual: 1 },
  says: [new RegExp(`${VICTIM} is saved although its structure is unusual`)],
  ...more,
});

const UNUSUAL: readonly FaultCase[] = [
  odd('a JPEG without its end marker', { type: 'jpeg', cutTail: 2 }),
  odd('half a JPEG', { type: 'jpeg', cutTail: 100 }),
  odd('a PNG without IEND', { type: 'png', cutTail: 12 }),
  odd('a GIF without its trailer', { type: 'gif', cutTail: 1 }),
  odd('a WebP that is shorter than it says', { type: 'webp', cutTail: 3 }),
  odd('a HEIC with zeros at its end', { type: 'heic', zeroTail: 3 }),
  odd('a video with zeros at its end', { type: 'mp4', seconds: 1, zeroTail: 4 }),
  odd('a video whose last part says that it is longer', { type: 'mp4', seconds: 1, cutTail: 5 }),
  odd('a QuickTime video with a piece of a header at its end', { type: 'mov', seconds: 1, zeroTail: 7 }),
  odd(
    'a JPEG without its end marker, of no announced length',
    { type: 'jpeg', cutTail: 2 },
    {
      faults: [{ kind: 'without-length', match: download }],
      exit: 3,
      kept: 1,
      failed: 1,
      result: {},
      heals: false,
      says: [/The image\/jpeg ended early, after \d+ bytes/],
    },
  ),
  loses(
    'another body each time',
    { kind: 'garbled' },
    /Two downloads differ: all \d+ bytes of the image\/jpeg arrived/,
  ),
  overcome('another body each time, twice', { kind: 'garbled', times: 2 }),
];

const PARTS: readonly FaultCase[] = [
  overcome('all of it', { kind: 'partial', share: 1 }),
  overcome('a part of it, once', { kind: 'partial', times: 1 }),
  loses('a part of it, for good', { kind: 'partial' }, /Only a part of the file was sent \(HTTP 206\)/),
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
  loses('a redirect without end', { kind: 'redirect' }, /has too many redirects/),
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
    says: [/Instagram provides no URL for this IMAGE/],
    never: [VICTIM],
  },
  {
    name: 'a film without an address, and without a still',
    sandbox: { posts: [video(2, { withoutMediaUrl: true, withoutThumbnail: true }), image(1)] },
    exit: 3,
    kept: 1,
    failed: 1,
    says: [/Instagram provides no URL for this VIDEO/],
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
  'a body that drips': DRIPPING,
  'a body that is too large': TOO_LARGE,
  'a whole body of unusual structure': UNUSUAL,
  'an answer with a range (206)': PARTS,
  'another thing than the media': WRONG_CONTENT,
  'media that Instagram withholds': WITHHELD,
  'a redirect of a download': REDIRECTS,
  'a media address': ADDRESSES,
});
