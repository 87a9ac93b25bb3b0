import { afterEach, describe, expect, test } from 'vitest';
import { beyondReach } from '../../../src/backfill/completeness.ts';
import { InstagramApiError, RateLimitError, type StorylineError, TokenExpiredError } from '../../../src/errors.ts';
import { createPageSize } from '../../../src/instagram/feed/page-size.ts';
import { toApiError } from '../../../src/instagram/graph/errors.ts';
import { readUsage, type Usage } from '../../../src/instagram/graph/pacing.ts';
import { generatePosts } from '../../../src/sandbox/generate-posts.ts';
import type { Fault } from '../../../src/sandbox/server.ts';
import { images } from '../../support/posts.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';

let it: TestApp | undefined;
afterEach(async () => {
  await it?.close();
  it = undefined;
});

const now = new Date('2026-05-02T10:00:00Z');
const none: Usage = { percent: undefined, minutesToRegain: undefined };
const errorOf = (error: unknown, { status = 400, usage = none } = {}) =>
  toApiError({ status, body: { error }, usage, request: 'GET /1/media', now });

describe('an error of the API', () => {
  test.each([4, 17, 32, 613, 80001, 80002])('with code %i is a rate limit', (code) => {
    const error = errorOf({ message: 'too many calls', code, is_transient: true, fbtrace_id: 'A1' }, { status: 403 });
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code, status: 403, traceId: 'A1', isTransient: false });
  });

  test('of a rate limit says when it ends', () => {
    const usage = { percent: 100, minutesToRegain: 25 };
    const error = errorOf({ message: 'too many calls', code: 80002 }, { usage }) as RateLimitError;
    expect(error.until).toEqual(new Date('2026-05-02T10:25:00Z'));
    expect(error.hint).toContain('2026-05-02 10:25 UTC');
  });

  test.each([
    [458, 'removed'],
    [460, 'password'],
    [463, 'expired'],
    [467, 'ign in again'],
  ])('with code 190 and subcode %i says what to do', (error_subcode, words) => {
    const error = errorOf({ message: 'Session has expired', code: 190, error_subcode });
    expect(error).toBeInstanceOf(TokenExpiredError);
    expect(error.hint).toContain(words);
    expect(error.hint).toContain('instagram-auth');
  });

  test('for a token at the wrong host says so', () => {
    const error = errorOf(
      { message: 'Invalid OAuth access token - Cannot parse access token', code: 190 },
      { status: 401 },
    );
    expect(error.hint).toContain('IGAA');
  });

  test.each([1, 2])('with code %i passes by itself', (code) => {
    expect(errorOf({ message: 'unexpected', code }, { status: 500 }).isTransient).toBe(true);
  });

  test('that asks for less data is its own kind', () => {
    const error = errorOf(
      { message: "Please reduce the amount of data you're asking for, then retry", code: 1 },
      { status: 500 },
    );
    expect([error.name, error.isTransient]).toEqual(['TooMuchDataError', false]);
  });

  test.each([undefined, null, 'text', [], {}, { error: 'text' }])('with the body %j is still told', (body) => {
    const error = toApiError({ status: 502, body, usage: none, request: 'GET /1/media', now });
    expect(error).toBeInstanceOf(InstagramApiError);
    expect(error.message).toContain('HTTP 502');
  });
});

describe('usage headers', () => {
  test('the highest percentage of all counts, and the longest block', () => {
    const business = {
      17841: [
        { type: 'instagram', call_count: 28, total_cputime: 91, total_time: 25, estimated_time_to_regain_access: 0 },
      ],
      99: [{ type: 'pages', call_count: 3, total_cputime: 1, total_time: 1, estimated_time_to_regain_access: 7 }],
    };
    const headers = { 'x-app-usage': '{"call_count":40}', 'x-business-use-case-usage': JSON.stringify(business) };
    expect(readUsage(headers)).toEqual({ percent: 91, minutesToRegain: 7 });
  });

  test.each(['', 'x', '[]', 'null', '{"call_count":"many"}'])('that are odd say nothing: %j', (header) => {
    expect(readUsage({ 'x-app-usage': header })).toEqual(none);
  });
});

describe('the size of a page', () => {
  /** The sizes that are asked for until so many posts are listed. */
  const walkOf = (posts: number, isRefused: (size: number, call: number) => boolean): number[] => {
    const size = createPageSize();
    const asked: number[] = [];
    for (let left = posts; left > 0; ) {
      const limit = size.current();
      asked.push(limit);
      if (isRefused(limit, asked.length)) expect(size.tooMuch()).toBe(true);
      else {
        left -= limit;
        size.wentWell();
      }
    }
    return asked;
  };

  test('is the largest again after a refusal that passes', () => {
    expect(walkOf(1000, (_, call) => call === 1)).toEqual([100, 50, ...Array(10).fill(100)]);
  });

  test('is searched for by halves where large pages stay refused', () => {
    expect(walkOf(1000, (size) => size > 80).slice(0, 5)).toEqual([100, 50, 100, 75, 75]);
    expect(walkOf(1000, (size) => size > 30).slice(0, 7)).toEqual([100, 50, 25, 50, 37, 25, 25]);
  });

  test.each([
    [1000, 80, 17],
    [1000, 30, 42],
    [10_000, 80, 134],
    [10_000, 30, 345],
    [1000, 1, 1012],
  ])('lists %i posts, %i a page at most, in %i calls', (posts, most, calls) => {
    expect(walkOf(posts, (size) => size > most)).toHaveLength(calls);
  });

  test('cannot get smaller than one', () => {
    const size = createPageSize();
    while (size.current() > 1) expect(size.tooMuch()).toBe(true);
    expect(size.tooMuch()).toBe(false);
  });
});

/** What stops a walk over 30 posts, ten a page, that meets this fault. */
async function stoppedBy(fault: Fault): Promise<StorylineError | undefined> {
  it = await testApp({ posts: images(30), maxPageSize: 10, faults: [fault] });
  const outcome = await it.run({ dryRun: true });
  return outcome.stoppedBy;
}

describe('a walk', () => {
  test.each<Fault>([
    { kind: 'error', code: 2, status: 500, times: 2 },
    { kind: 'status', status: 502, times: 1 },
    { kind: 'reset', times: 1 },
    { kind: 'html', times: 1 },
    { kind: 'cursor-dies', times: 1 },
  ])('goes on after what passes by itself: $kind', async (fault) => {
    expect(await stoppedBy({ ...fault, match: { endpoint: 'media-edge' } })).toBeUndefined();
  });

  test.each<[Fault, string]>([
    [{ kind: 'error', code: 100, subcode: 33, status: 400 }, 'code 100'],
    [{ kind: 'not-json' }, 'not JSON'],
    [{ kind: 'wrong-shape', body: { data: 'none' } }, 'at data'],
    [{ kind: 'wrong-shape', body: [] }, 'documented shape'],
    [{ kind: 'cursor-loops' }, 'Paging loop'],
    [{ kind: 'cursor-dies' }, 'ursor'],
    [{ kind: 'error', code: 10, status: 403 }, 'code 10'],
  ])('is stopped by what does not: %j', async (fault, words) => {
    const error = await stoppedBy({ ...fault, match: { endpoint: 'media-edge' } });
    expect(error).toBeInstanceOf(InstagramApiError);
    expect(error?.message).toContain(words);
    expect(error?.message).not.toMatch(/EAA|access_token/);
  });

  test('stops before the budget of calls is overdrawn', async () => {
    const error = await stoppedBy({
      kind: 'usage',
      percent: 100,
      minutes: 30,
      match: { endpoint: 'media-edge', nth: 2 },
    });
    expect(error).toBeInstanceOf(RateLimitError);
    expect(it?.sandbox.graphCalls()).toBe(2);
  });

  test('beyond the posts that Instagram lists, it says how many are out of reach', async () => {
    it = await testApp({
      posts: generatePosts({ count: 10_000, albumShare: 0, videoShare: 0, seed: 2 }),
      mediaCount: 10_123,
    });
    const { report, stoppedBy } = await it.run({ dryRun: true });
    expect(stoppedBy).toBeUndefined();
    expect(report).toMatchObject({ downloaded: 10_000, pages: 100 });
    expect(report.completeness && beyondReach(report.completeness)).toBe(123);
  });

  test('a thousand posts take ten calls, a quarter of them albums', async () => {
    it = await testApp({ posts: generatePosts({ count: 1000, albumShare: 0.25, seed: 1 }) });
    const { report } = await it.run({ dryRun: true });
    expect(report).toMatchObject({ pages: 10, apiCalls: 10, failed: 0 });
    expect(report.downloaded).toBe(it.sandbox.expectedItems().length);
  });
});
