import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PostsQuery } from '../../src/contract/posts.ts';
import { POST_KINDS } from '../../src/contract/values.ts';
import {
  type Address,
  dayAfter,
  formatAddress,
  formatQuery,
  isFiltered,
  parseAddress,
  parseQuery,
  type Query,
  type Route,
} from '../../src/page/address.ts';

const run = '0b0e7a52-1c7d-4d39-9a3c-1f1f6f0c9a11';

test.each<[string, Address['base'], Route]>([
  ['/', '', { page: 'gallery' }],
  ['/sandbox', '/sandbox', { page: 'gallery' }],
  ['/sandbox/', '/sandbox', { page: 'gallery' }],
  ['/posts/178', '', { page: 'post', id: '178' }],
  ['/sandbox/posts/178', '/sandbox', { page: 'post', id: '178' }],
  ['/posts/../etc', '', { page: 'not-found' }],
  ['/posts/abc', '', { page: 'not-found' }],
  ['/runs', '', { page: 'runs' }],
  [`/sandbox/runs/${run}`, '/sandbox', { page: 'run', id: run }],
  ['/runs/1', '', { page: 'not-found' }],
  ['/library/', '', { page: 'library' }],
  ['/accounts', '', { page: 'accounts' }],
  ['/sandboxes', '', { page: 'not-found' }],
])('%s leads to its page', (path, base, route) => {
  const address = parseAddress(path, '');
  expect(address).toEqual({ base, route, query: { order: 'newest' } });
});

test('invalid parts of an address are ignored, the rest is used', () => {
  expect(
    parseQuery('?kind=reel,nonsense&since=yesterday&state=gone&account=1&hashtag=a%20b&order=best&search=%20sea%20'),
  ).toEqual({ order: 'newest', kind: ['reel'], search: 'sea' });
});

const day = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const queries: fc.Arbitrary<Query> = fc.record(
  {
    order: fc.constantFrom('newest', 'likes'),
    kind: fc.subarray([...POST_KINDS], { minLength: 1 }),
    since: day,
    until: day,
    account: fc.constant(run),
    search: fc
      .string({ minLength: 1, maxLength: 50 })
      .map((text) => text.trim())
      .filter((text) => text !== ''),
    hashtag: fc.constantFrom('coffee', 'Straßenfest', 'café_2019', '日本'),
    state: fc.constantFrom('missing', 'poster'),
    run: fc.constant(run),
  },
  { requiredKeys: ['order'] },
);

test('every query survives formatting and parsing, and the server accepts it', () => {
  fc.assert(
    fc.property(queries, fc.constantFrom('' as const, '/sandbox' as const), (query, base) => {
      const address: Address = { base, route: { page: 'post', id: '17' }, query };
      const text = formatAddress(address);
      const [path = '', search = ''] = text.split(/(?=\?)/);
      expect(parseAddress(path, search)).toEqual(address);
      expect(PostsQuery.safeParse(Object.fromEntries(new URLSearchParams(formatQuery(query)))).success).toBe(true);
    }),
  );
});

test('only the gallery and its posts have a query', () => {
  const query: Query = { order: 'likes', kind: ['reel'] };
  expect(formatAddress({ base: '', route: { page: 'gallery' }, query })).toBe('/?kind=reel&order=likes');
  expect(formatAddress({ base: '/sandbox', route: { page: 'runs' }, query })).toBe('/sandbox/runs');
});

test('the order is not a filter', () => {
  expect(isFiltered({ order: 'likes' })).toBe(false);
  expect(isFiltered({ order: 'newest', search: 'sea' })).toBe(true);
});

test.each([
  ['2019-12-31', 1, '2020-01-01'],
  ['2020-03-01', -1, '2020-02-29'],
  ['nonsense', 1, ''],
])('%s plus %i days is %s', (from, days, to) => expect(dayAfter(from, days)).toBe(to));
