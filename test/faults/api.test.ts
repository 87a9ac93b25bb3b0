import type { Fault, FaultMatch } from '../../src/sandbox/server.ts';
import { album, images } from '../support/posts.ts';
import { ALL, type FaultCase, FEED, matrix } from './case.ts';

/** What goes wrong between a question to the Graph API and its answer. */

const listing: FaultMatch = { endpoint: 'media-edge' };
const HASTE = { NETWORK_TIMEOUT_SECONDS: '0.4' };
/** Nine pictures, three a page: what strikes at the second page finds three kept. */
const pages = { posts: images(9), maxPageSize: 3 };
const second: FaultMatch = { endpoint: 'media-edge', from: 2 };

const overcome = (name: string, fault: Fault, more: Partial<FaultCase> = {}): FaultCase => ({
  name,
  faults: [{ match: listing, ...fault }],
  exit: 0,
  kept: ALL,
  ...more,
});

/** The run is stopped at the second page; what was kept stays. */
const stops = (name: string, fault: Fault, words: RegExp, more: Partial<FaultCase> = {}): FaultCase => ({
  name,
  sandbox: pages,
  faults: [{ match: second, ...fault }],
  exit: 1,
  kept: 3,
  says: [words],
  ...more,
});

const CODES = [4, 17, 32, 613, 80001, 80002] as const;

const RATE_LIMITS: readonly FaultCase[] = [
  ...CODES.flatMap((code): FaultCase[] => [
    stops(`code ${code}`, { kind: 'rate-limit', code, minutes: 25 }, /The limit resets at about 2026-11-20 10:25 UTC/, {
      exit: 4,
      result: { stopped_by: 'RateLimitError' },
    }),
    stops(
      `code ${code}, waited for`,
      { kind: 'rate-limit', code, minutes: 25, clearsAfterMs: 25 * 60_000 },
      /waiting until/,
      {
        exit: 0,
        kept: 9,
        args: ['--wait'],
        // Three pages, the refused call, and the count of posts.
        calls: 5,
      },
    ),
  ]),
  stops('at the first page', { kind: 'rate-limit', match: listing }, /rate limit/, { exit: 4, kept: 0 }),
  stops('without a time', { kind: 'rate-limit', withoutHeaders: true }, /resets at about 2026-11-20 11:00 UTC/, {
    exit: 4,
  }),
  stops(
    'one that lasts longer than was said, waited for',
    { kind: 'rate-limit', minutes: 10, clearsAfterMs: 25 * 60_000 },
    /waiting until/,
    { exit: 0, kept: 9, args: ['--wait'] },
  ),
  stops(
    'usage headers at 100 %, before the limit strikes',
    { kind: 'usage', percent: 100, minutes: 30, match: { endpoint: 'media-edge', nth: 1 } },
    /API quota is used up/,
    { exit: 4, calls: 1 },
  ),
  stops('usage headers near the limit: the run slows down', { kind: 'usage', percent: 97 }, /waiting \d+ ms/, {
    exit: 0,
    kept: 9,
    args: ['--verbose'],
  }),
  {
    name: 'while links are renewed',
    faults: [
      { kind: 'expired', match: { endpoint: 'download' } },
      { kind: 'rate-limit', minutes: 25, match: second },
    ],
    exit: 4,
    kept: 0,
    says: [/resets at about 2026-11-20 10:25 UTC/],
  },
  {
    name: 'when all is done but the count of posts',
    faults: [{ kind: 'rate-limit', match: { endpoint: 'account' } }],
    exit: 0,
    kept: ALL,
    says: [/did not return the number of posts/],
  },
];

const revoked = (subcode: number, words: RegExp) =>
  stops(`revoked in mid-run, subcode ${subcode}`, { kind: 'token-revoked', subcode }, words, {
    result: { stopped_by: 'TokenExpiredError' },
  });

const TOKENS: readonly FaultCase[] = [
  revoked(458, /The app was removed/),
  revoked(459, /visit facebook\.com/),
  revoked(460, /The password was changed/),
  revoked(463, /The token has expired/),
  revoked(467, /Sign in again/),
  stops('dead from the start', { kind: 'token-revoked', match: listing }, /storyline-cli instagram-auth/, {
    kept: 0,
  }),
  stops('an invalid session (code 102)', { kind: 'error', code: 102, status: 400 }, /rejected the token/),
  stops('a permission that is missing (code 10)', { kind: 'error', code: 10, status: 403 }, /lacks a permission/),
  stops(
    'an account that is not visible',
    { kind: 'error', code: 100, subcode: 33, status: 400 },
    /Check the account id/,
  ),
  stops(
    'an account that is blocked (code 368)',
    { kind: 'error', code: 368, status: 400 },
    /blocked the account or app/,
  ),
];

const PASSING: readonly (readonly [string, Fault, RegExp, Partial<FaultCase>?])[] = [
  ['code 1', { kind: 'error', code: 1, message: 'Please try again' }, /code 1/],
  ['code 2', { kind: 'error', code: 2 }, /code 2/],
  ['another that says it is transient', { kind: 'error', code: 960, status: 400, isTransient: true }, /code 960/],
  ['500', { kind: 'status', status: 500 }, /HTTP 500 without an explanation/],
  ['502', { kind: 'status', status: 502 }, /HTTP 502 without an explanation/],
  ['503 with Retry-After', { kind: 'status', status: 503, retryAfter: 3 }, /HTTP 503/],
  ['429', { kind: 'status', status: 429 }, /HTTP 429/],
  ['a connection that is cut before the answer', { kind: 'reset' }, /connection lost/],
  ['a connection that is cut half-way', { kind: 'reset', afterBytes: 100 }, /connection lost/],
  ['silence before the answer', { kind: 'stalled' }, /no response in time|timed out/, { environment: HASTE }],
  ['silence half-way', { kind: 'stalled', afterBytes: 100 }, /stopped half-way|timed out/, { environment: HASTE }],
  ['an answer that creeps', { kind: 'drip', bytes: 2, everyMs: 50 }, /timed out|too slow/, { environment: HASTE }],
  ['an answer that does not end', { kind: 'endless' }, /the response is too large/],
  ['a header that is too large', { kind: 'huge-header', bytes: 100_000 }, /the response is too large/],
  ['an answer cut short', { kind: 'short-body' }, /connection lost|No response/],
  ['an answer cut short unnoticed', { kind: 'short-body-without-length' }, /not JSON/],
  ['HTML', { kind: 'html' }, /not JSON/],
  ['nothing', { kind: 'empty' }, /not JSON/],
  ['what is not JSON', { kind: 'not-json', body: '{"data": [' }, /not JSON/],
];

/** A creeping explanation costs no more than a creeping answer, whatever its status. */
const CREEPING: readonly FaultCase[] = [400, 403, 404, 429, 500].map((status) =>
  stops(`HTTP ${status}`, { kind: 'drip', bytes: 1, everyMs: 20, status }, /timed out|too slow/, {
    environment: HASTE,
  }),
);

const PASSES: readonly FaultCase[] = PASSING.flatMap(([name, fault, words, more]) => [
  overcome(`${name}, twice`, { ...fault, times: 2 }, more),
  stops(`${name}, for good`, fault, words, more),
]);

const TOO_MUCH: readonly FaultCase[] = [
  overcome('pages of 30 at most', { kind: 'reduce-data', maxLimit: 30 }, { sandbox: { posts: images(40) }, kept: 40 }),
  overcome('pages of 1 at most', { kind: 'reduce-data', maxLimit: 1 }, { kept: ALL }),
  stops('no page at all', { kind: 'reduce-data', maxLimit: 0, match: listing }, /says the page is too large/, {
    kept: 0,
  }),
  overcome('a field that this kind of sign-in has not', { kind: 'refuse-field', field: 'alt_text' }),
];

const shape = (body: unknown, where: RegExp) => stops(`${JSON.stringify(body)}`, { kind: 'wrong-shape', body }, where);

const SHAPES: readonly FaultCase[] = [
  shape([], /not of the documented shape/),
  shape(null, /not of the documented shape/),
  shape(7, /not of the documented shape/),
  shape({}, /at data/),
  shape({ data: null }, /at data/),
  shape({ data: 'none' }, /at data/),
  shape({ data: {} }, /at data/),
  shape({ error: 'no' }, /without an explanation/),
  stops('redirected to another host', { kind: 'redirect', to: 'https://example.com/' }, /not followed/),
  stops('redirected to a file', { kind: 'redirect', to: 'file:///etc/passwd' }, /not followed/),
  {
    name: "an album's children",
    sandbox: { posts: [album(8, 3, { extra: { children: undefined } }), ...FEED] },
    faults: [{ kind: 'wrong-shape', body: { data: 'x' }, match: { endpoint: 'children' } }],
    exit: 3,
    kept: ALL,
    failed: 1,
    says: [/CAROUSEL_ALBUM/],
  },
];

matrix({
  'a rate limit': RATE_LIMITS,
  'a token or permission': TOKENS,
  'an error of the API': PASSES,
  'an error that creeps': CREEPING,
  'a page that is too much': TOO_MUCH,
  'an answer of another shape': SHAPES,
});
