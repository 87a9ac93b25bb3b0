import { afterEach, describe, expect, test } from 'vitest';
import { InstagramApiError, RateLimitError, TokenExpiredError, UsageError } from '../../src/errors.ts';
import { idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let it: TestApp;
afterEach(() => it.close());

const stories = [image(31, { productType: 'STORY' }), video(30, { productType: 'STORY' })];

describe('stories', () => {
  test('the live ones are kept', async () => {
    it = await testApp({ posts: images(3), stories });
    const { report } = await it.run({ mediaType: 'stories' });
    expect(report).toMatchObject({ downloaded: 2, totalApiItems: 2 });
    const sources = await it.app.db.query.selectFrom('instagram_posts').select('source').execute();
    expect(sources).toEqual([{ source: 'stories' }, { source: 'stories' }]);
  });

  test('are not asked for children, which they cannot have', async () => {
    it = await testApp({
      stories,
      faults: [{ kind: 'refuse-field', field: 'children', match: { endpoint: 'stories' } }],
    });
    expect((await it.run({ mediaType: 'stories' })).report).toMatchObject({ downloaded: 2, apiCalls: 1 });
  });

  test('none live is no error', async () => {
    it = await testApp({ stories: [] });
    const { report, stoppedBy } = await it.run({ mediaType: 'stories' });
    expect([report.downloaded, report.failed, stoppedBy]).toEqual([0, 0, undefined]);
  });

  test('with the feed they come first, since they vanish', async () => {
    it = await testApp({ posts: images(2), stories });
    const { events } = await it.run({ mediaType: 'both' });
    const read = events.flatMap((event) => (event.type === 'read' ? event.page.source : []));
    expect(read).toEqual(['stories', 'feed']);
    expect(await it.files()).toHaveLength(4);
  });

  test('a refused token is an error', async () => {
    it = await testApp({ stories });
    it.sandbox.revokeToken();
    const { stoppedBy } = await it.run({ mediaType: 'stories' });
    expect(stoppedBy).toBeInstanceOf(TokenExpiredError);
  });

  test('an error of the API stops the run, and says what it was', async () => {
    it = await testApp({ stories, faults: [{ kind: 'error', code: 10, status: 403, match: { endpoint: 'stories' } }] });
    const { stoppedBy } = await it.run({ mediaType: 'stories' });
    expect(stoppedBy).toBeInstanceOf(InstagramApiError);
    expect(stoppedBy?.hint).toContain('instagram_basic');
  });
});

describe('a listing that cannot be read', () => {
  const refusals = [
    ['a permission', { code: 10, status: 403 }],
    ['another permission', { code: 200, status: 403 }],
    ['an edge that is not supported', { code: 100, status: 400, message: 'Unsupported get request.' }],
    [
      'an edge that is not there',
      { code: 100, status: 400, message: '(#100) Tried accessing nonexisting field (stories)' },
    ],
    ['an id that is not known', { code: 803, status: 400 }],
    ['a capability', { code: 3, status: 400 }],
    ['code 24', { code: 24, status: 400 }],
    ['a code that passes, for good', { code: 2, status: 500 }],
  ] as const;

  test.each(refusals)('leaves the others alone: %s', async (_, error) => {
    it = await testApp({
      posts: images(3),
      stories,
      faults: [{ kind: 'error', ...error, match: { endpoint: 'stories' } }],
    });
    const { exitCode, stdout } = await it.type(['backfill-instagram', '--media-type', 'both', '--json', '--quiet']);
    const { result } = JSON.parse(stdout);
    expect([exitCode, result.downloaded, result.failed]).toEqual([3, 3, 0]);
    expect(result.listings_failed).toEqual([
      {
        listing: 'stories',
        type: 'InstagramApiError',
        message: expect.stringMatching(/^Stories could not be listed: /),
      },
    ]);
    expect(result.error_details[0]).toBe(result.listings_failed[0].message);
    const status = await it.type(['backfill-status']);
    expect(status.stdout).toContain('Stories could not be listed');
    // The feed's past is proven all the same.
    it.sandbox.setFaults([]);
    it.sandbox.resetRequests();
    await it.run({ incremental: true });
    expect(it.sandbox.graphCalls()).toBe(1);
  });

  test('of the feed leaves stories and collaborations alone, and proves nothing of the feed', async () => {
    const posts = images(3);
    it = await testApp({
      posts,
      stories,
      collaborations: [image(9)],
      faults: [{ kind: 'error', code: 10, status: 403, match: { endpoint: 'media-edge' } }],
    });
    const { report, stoppedBy } = await it.run({ mediaType: 'both', collaborations: true });
    expect([stoppedBy, report.downloaded, report.unlisted.map(({ listing }) => listing)]).toEqual([
      undefined,
      3,
      ['feed'],
    ]);
    expect(report.completeness).toBeUndefined();
    expect(await it.app.db.query.selectFrom('backfill_intervals').selectAll().execute()).toEqual([]);
  });

  test('stops the run where it was the only one, or where none can be read', async () => {
    it = await testApp({ posts: images(3), stories, faults: [{ kind: 'error', code: 10, status: 403 }] });
    for (const mediaType of ['feed', 'stories', 'both'] as const) {
      expect((await it.run({ mediaType })).stoppedBy).toBeInstanceOf(InstagramApiError);
    }
  });

  test.each([
    [{ kind: 'token-revoked', subcode: 463 } as const, TokenExpiredError],
    [{ kind: 'rate-limit', minutes: 5 } as const, RateLimitError],
  ])('because of a token or a limit stops all of them: %j', async (fault, type) => {
    it = await testApp({ posts: images(3), stories, faults: [{ ...fault, match: { endpoint: 'stories' } }] });
    const { stoppedBy, report } = await it.run({ mediaType: 'both' });
    expect(stoppedBy).toBeInstanceOf(type);
    expect(report.downloaded).toBe(0);
  });
});

describe('collaborations', () => {
  const collaborations = [image(9, { caption: 'Together' })];

  test('are walked when they are asked for', async () => {
    it = await testApp({ posts: images(2), collaborations });
    expect((await it.run()).report.downloaded).toBe(2);
    expect((await it.run({ collaborations: true })).report).toMatchObject({ downloaded: 1, skippedDuplicate: 2 });
    expect(await it.files()).toContain(`20260109_120000_${idOf(9)}.jpg`);
  });

  test('cannot be had with Instagram Login', async () => {
    it = await testApp({ posts: images(2), collaborations });
    const [account] = await it.app.accounts.list();
    if (account) await it.app.tokens.store(account, { value: it.sandbox.tokens.instagram, expiresAt: undefined });
    await expect(it.run({ collaborations: true })).rejects.toThrow(UsageError);
  });
});

test('a token of Instagram Login walks the same feed on its own host', async () => {
  it = await testApp({ posts: [...images(3), video(5)] });
  const [account] = await it.app.accounts.list();
  if (account) await it.app.tokens.store(account, { value: it.sandbox.tokens.instagram, expiresAt: undefined });
  expect((await it.run()).report).toMatchObject({ downloaded: 4, failed: 0 });
  expect(new Set(it.sandbox.requests.flatMap(({ flavour }) => flavour ?? []))).toEqual(new Set(['instagram']));
});

test('the token travels in the header alone, and never to the host of the media', async () => {
  it = await testApp({ posts: [image(1), video(2)] });
  await it.run();
  const graph = it.sandbox.requests.filter(({ kind }) => kind === 'graph');
  const media = it.sandbox.requests.filter(({ kind }) => kind === 'media');
  expect(graph.every(({ authorization, version }) => authorization && version === 'v25.0')).toBe(true);
  expect(media.length).toBe(3);
  expect(media.some(({ authorization }) => authorization)).toBe(false);
});
