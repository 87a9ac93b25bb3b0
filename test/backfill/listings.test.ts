import { afterEach, describe, expect, test } from 'vitest';
import { InstagramApiError, RateLimitError, TokenExpiredError, UsageError } from '../../src/errors.ts';
import { idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const stories = [image(31, { productType: 'STORY' }), video(30, { productType: 'STORY' })];

describe('stories', () => {
  test('the live ones are kept', async () => {
    world = await testApp({ posts: images(3), stories });
    const { report } = await world.run({ mediaType: 'stories' });
    expect(report).toMatchObject({ downloaded: 2, totalApiItems: 2 });
    const sources = await world.app.db.query.selectFrom('instagram_posts').select('source').execute();
    expect(sources).toEqual([{ source: 'stories' }, { source: 'stories' }]);
  });

  test('are not asked for children, which they cannot have', async () => {
    world = await testApp({
      stories,
      faults: [{ kind: 'refuse-field', field: 'children', match: { endpoint: 'stories' } }],
    });
    expect((await world.run({ mediaType: 'stories' })).report).toMatchObject({ downloaded: 2, apiCalls: 1 });
  });

  test('none live is no error', async () => {
    world = await testApp({ stories: [] });
    const { report, stoppedBy } = await world.run({ mediaType: 'stories' });
    expect([report.downloaded, report.failed, stoppedBy]).toEqual([0, 0, undefined]);
  });

  test('with the feed they come first, since they vanish', async () => {
    world = await testApp({ posts: images(2), stories });
    const { events } = await world.run({ mediaType: 'both' });
    const read = events.flatMap((event) => (event.type === 'read' ? event.page.source : []));
    expect(read).toEqual(['stories', 'feed']);
    expect(await world.files()).toHaveLength(4);
  });

  test('a refused token is an error', async () => {
    world = await testApp({ stories });
    world.sandbox.revokeToken();
    const { stoppedBy } = await world.run({ mediaType: 'stories' });
    expect(stoppedBy).toBeInstanceOf(TokenExpiredError);
  });

  test('an error of the API stops the run, and says what it was', async () => {
    world = await testApp({
      stories,
      faults: [{ kind: 'error', code: 10, status: 403, match: { endpoint: 'stories' } }],
    });
    const { stoppedBy } = await world.run({ mediaType: 'stories' });
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
    ['a temporary error that stays', { code: 2, status: 500 }],
  ] as const;

  test.each(refusals)('leaves the others alone: %s', async (_, error) => {
    world = await testApp({
      posts: images(3),
      stories,
      faults: [{ kind: 'error', ...error, match: { endpoint: 'stories' } }],
    });
    const { exitCode, stdout } = await world.type(['backfill-instagram', '--media-type', 'both', '--json', '--quiet']);
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
    const status = await world.type(['backfill-status']);
    expect(status.stdout).toContain('Stories could not be listed');
    // The feed's past is proven all the same.
    world.sandbox.setFaults([]);
    world.sandbox.resetRequests();
    await world.run({ incremental: true });
    expect(world.sandbox.graphCalls()).toBe(1);
  });

  test('of the feed leaves stories and collaborations alone, and proves nothing of the feed', async () => {
    const posts = images(3);
    world = await testApp({
      posts,
      stories,
      collaborations: [image(9)],
      faults: [{ kind: 'error', code: 10, status: 403, match: { endpoint: 'media-edge' } }],
    });
    const { report, stoppedBy } = await world.run({ mediaType: 'both', collaborations: true });
    expect([stoppedBy, report.downloaded, report.unlisted.map(({ listing }) => listing)]).toEqual([
      undefined,
      3,
      ['feed'],
    ]);
    expect(report.completeness).toBeUndefined();
    expect(await world.app.db.query.selectFrom('backfill_intervals').selectAll().execute()).toEqual([]);
  });

  test('stops the run where it was the only one, or where none can be read', async () => {
    world = await testApp({ posts: images(3), stories, faults: [{ kind: 'error', code: 10, status: 403 }] });
    for (const mediaType of ['feed', 'stories', 'both'] as const) {
      expect((await world.run({ mediaType })).stoppedBy).toBeInstanceOf(InstagramApiError);
    }
  });

  test.each([
    [{ kind: 'token-revoked', subcode: 463 } as const, TokenExpiredError],
    [{ kind: 'rate-limit', minutes: 5 } as const, RateLimitError],
  ])('because of a token or a limit stops all of them: %j', async (fault, type) => {
    world = await testApp({ posts: images(3), stories, faults: [{ ...fault, match: { endpoint: 'stories' } }] });
    const { stoppedBy, report } = await world.run({ mediaType: 'both' });
    expect(stoppedBy).toBeInstanceOf(type);
    expect(report.downloaded).toBe(0);
  });
});

describe('collaborations', () => {
  const collaborations = [image(9, { caption: 'Together' })];

  test('are walked when they are asked for', async () => {
    world = await testApp({ posts: images(2), collaborations });
    expect((await world.run()).report.downloaded).toBe(2);
    expect((await world.run({ collaborations: true })).report).toMatchObject({ downloaded: 1, skippedDuplicate: 2 });
    expect(await world.files()).toContain(`20260109_120000_${idOf(9)}.jpg`);
  });

  test('are not available with Instagram Login', async () => {
    world = await testApp({ posts: images(2), collaborations });
    const [account] = await world.app.accounts.list();
    if (account) await world.app.tokens.store(account, { value: world.sandbox.tokens.instagram, expiresAt: undefined });
    await expect(world.run({ collaborations: true })).rejects.toThrow(UsageError);
  });
});

test('a token of Instagram Login walks the same feed on its own host', async () => {
  world = await testApp({ posts: [...images(3), video(5)] });
  const [account] = await world.app.accounts.list();
  if (account) await world.app.tokens.store(account, { value: world.sandbox.tokens.instagram, expiresAt: undefined });
  expect((await world.run()).report).toMatchObject({ downloaded: 4, failed: 0 });
  expect(new Set(world.sandbox.requests.flatMap(({ flavour }) => flavour ?? []))).toEqual(new Set(['instagram']));
});

test('the token travels in the header alone, and never to the host of the media', async () => {
  world = await testApp({ posts: [image(1), video(2)] });
  await world.run();
  const graph = world.sandbox.requests.filter(({ kind }) => kind === 'graph');
  const media = world.sandbox.requests.filter(({ kind }) => kind === 'media');
  expect(graph.every(({ authorization, version }) => authorization && version === 'v25.0')).toBe(true);
  expect(media.length).toBe(3);
  expect(media.some(({ authorization }) => authorization)).toBe(false);
});
