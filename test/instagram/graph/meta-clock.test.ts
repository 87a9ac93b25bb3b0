import { afterEach, describe, expect, test } from 'vitest';
import { RateLimitError } from '../../../src/errors.ts';
import { clockWarning, createMetaClock } from '../../../src/instagram/graph/meta-clock.ts';
import { images } from '../../support/posts.ts';
import { type TestApp, testApp } from '../../support/test-app.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const TRUE = new Date('2026-11-20T10:00:00Z');

describe('the clock of Meta', () => {
  test('is this machine’s until an answer has told the time', () => {
    const clock = createMetaClock(() => TRUE);
    expect([clock.now(), clock.isKnown(), clock.ahead()]).toEqual([TRUE, false, 0]);
  });

  test.each([
    undefined,
    '',
    'soon',
    '-5',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    ['a', 'b'],
  ])('learns nothing from %j', (date) => {
    const clock = createMetaClock(() => TRUE);
    clock.note(date as string);
    expect([clock.now(), clock.isKnown()]).toEqual([TRUE, false]);
  });

  test('does not take whole seconds and slow answers for a difference', () => {
    const clock = createMetaClock(() => new Date(TRUE.getTime() + 45_000));
    clock.note(TRUE.toUTCString());
    expect([clock.now(), clock.isKnown()]).toEqual([new Date(TRUE.getTime() + 45_000), true]);
  });

  test('follows this machine’s when that is set', () => {
    let local = new Date(TRUE.getTime() + 2 * DAY);
    const clock = createMetaClock(() => local);
    clock.note(TRUE.toUTCString());
    expect(clock.now()).toEqual(TRUE);
    local = TRUE;
    clock.note(TRUE.toUTCString());
    expect([clock.now(), clock.ahead()]).toEqual([TRUE, 0]);
  });

  test.each([
    [3, undefined],
    [10, /10 minutes ahead/],
    [-600, /10 hours behind/],
    [2 * 24 * 60, /2 days ahead/],
    [-365 * 24 * 60, /365 days behind/],
  ])('is off by %i minutes', (minutes, words) => {
    const warning = clockWarning({ ahead: () => minutes * MINUTE });
    if (words) expect(warning).toMatch(words);
    else expect(warning).toBeUndefined();
  });
});

let it: TestApp;
let said: string[];
afterEach(() => it?.close());

/** A program whose clock is ahead by so many days of a stand-in whose clock is right. */
async function wrongBy(days: number, options: Parameters<typeof testApp>[0] = {}): Promise<void> {
  said = [];
  it = await testApp({
    posts: images(6),
    maxPageSize: 2,
    now: () => TRUE,
    clock: () => new Date(TRUE.getTime() + days * DAY),
    log: (line) => said.push(line),
    ...options,
  });
}
const warnings = () => said.filter((line) => /this machine's clock/.test(line));
const account = async () => (await it.app.accounts.list())[0] ?? expect.fail('the account is missing');
const timeAsked = () => it.sandbox.requests.filter(({ path, authorization }) => path.endsWith('/me') && !authorization);
const refreshes = () => it.sandbox.requests.filter(({ path }) => path.endsWith('refresh_access_token'));

describe.each([2, 365, -2, -365])('with a clock that is off by %i days', (days) => {
  test('a run brings everything, no call is spent on links, and the clock is told once', async () => {
    await wrongBy(days);
    const { report, stoppedBy } = await it.run();
    expect([stoppedBy, report.downloaded]).toEqual([undefined, 6]);
    // Three pages and the count of posts.
    expect(it.sandbox.graphCalls()).toBe(4);
    expect(warnings()).toHaveLength(1);
    await it.run();
    expect(warnings()).toHaveLength(2);
  });

  test('a token is judged by the clock of Meta', async () => {
    await wrongBy(days);
    const value = it.sandbox.tokens.instagram;
    const life = (inDays: number) => ({
      value,
      kind: 'instagram' as const,
      issuedAt: new Date(TRUE.getTime() - 40 * DAY),
      expiresAt: new Date(TRUE.getTime() + inDays * DAY),
    });
    // Half its life is left: nothing is to be done, whatever our clock says.
    await it.app.tokens.store(await account(), life(30));
    expect((await it.run()).report.downloaded).toBe(6);
    expect(refreshes()).toHaveLength(0);
    // A day is left: it is refreshed, and its new end is by Meta's clock.
    await it.app.tokens.store(await account(), life(1));
    await it.run();
    expect(refreshes()).toHaveLength(1);
    const end = (await it.app.tokens.info(await account()))?.expiresAt?.getTime() ?? 0;
    expect(Math.round((end - TRUE.getTime()) / DAY)).toBe(60);
    expect(said.join('\n')).not.toMatch(/expired|could not be renewed/);
  });

  test('a limit ends by the clock of Meta, and is waited for as long as it says', async () => {
    const slept: number[] = [];
    await wrongBy(days, {
      faults: [{ kind: 'rate-limit', minutes: 40, times: 1, match: { endpoint: 'media-edge', from: 2 } }],
      sleep: async (milliseconds) => void slept.push(milliseconds),
    });
    const { stoppedBy } = await it.run();
    expect((stoppedBy as RateLimitError).until).toEqual(new Date('2026-11-20T10:40:00Z'));
    expect(stoppedBy).toBeInstanceOf(RateLimitError);
    it.sandbox.setFaults([{ kind: 'rate-limit', minutes: 40, times: 1, match: { endpoint: 'media-edge' } }]);
    expect((await it.run({ wait: true })).report.downloaded).toBe(4);
    expect(slept.filter((milliseconds) => milliseconds >= MINUTE)).toEqual([40 * MINUTE]);
  });
});

test('a process that has heard nothing of Meta asks for the time where a token seems over, without the token', async () => {
  await wrongBy(365);
  await it.app.tokens.store(await account(), {
    value: it.sandbox.tokens.facebook,
    kind: 'user',
    expiresAt: new Date(TRUE.getTime() + 50 * DAY),
  });
  expect((await it.run()).report.downloaded).toBe(6);
  expect(timeAsked()).toHaveLength(1);
  await it.run();
  expect(timeAsked()).toHaveLength(1);
});

test('a clock that is right costs no call', async () => {
  await wrongBy(0);
  await it.run();
  expect([timeAsked(), warnings()]).toEqual([[], []]);
});

test('an end that is a guess stops nothing; an end by Meta is its answer', async () => {
  await wrongBy(0, { withoutApps: true });
  const past = new Date(TRUE.getTime() - 10 * DAY);
  await it.app.tokens.store(await account(), { value: it.sandbox.tokens.facebook, expiresAt: past });
  expect((await it.run()).report.downloaded).toBe(6);
  expect(said.join('\n')).toMatch(/Its stored expiry is 2026-11-10; trying it anyway/);
  it.sandbox.setFaults([{ kind: 'token-revoked', subcode: 463 }]);
  const { stoppedBy } = await it.run();
  expect([stoppedBy?.name, stoppedBy?.hint]).toEqual([
    'TokenExpiredError',
    expect.stringContaining('The token has expired'),
  ]);
});

test.each([1e18, 1e9 * 60, -5, 0, Number.MAX_VALUE])(
  'a life of %s seconds is stored as one without an end, or not at all',
  async (seconds) => {
    await wrongBy(0);
    await it.app.tokens.store(await account(), {
      value: it.sandbox.tokens.instagram,
      kind: 'instagram',
      issuedAt: new Date(TRUE.getTime() - 40 * DAY),
      expiresAt: new Date(TRUE.getTime() + DAY),
    });
    const answer = { access_token: it.sandbox.tokens.instagram, token_type: 'bearer', expires_in: seconds };
    it.sandbox.setFaults([{ kind: 'wrong-shape', body: answer, match: { path: '/refresh_access_token' } }]);
    const { report, stoppedBy } = await it.run();
    expect([stoppedBy, report.downloaded]).toEqual([undefined, 6]);
    const info = await it.app.tokens.info(await account());
    expect(info?.expiresAt?.getTime()).not.toBeNaN();
  },
);
