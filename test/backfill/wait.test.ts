import { afterEach, describe, expect, test } from 'vitest';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { InterruptedError, RateLimitError } from '../../src/errors.ts';
import { images } from '../support/posts.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';

const MINUTE = 60_000;
let world: TestApp;
afterEach(() => world.close());

/** Thirty posts, ten a page; the limit strikes at the second page and is lifted after the given time. */
async function limited(minutes: number, liftedAfter = minutes): Promise<{ slept: number[] }> {
  let now = new Date('2026-11-20T10:00:00Z');
  const slept: number[] = [];
  world = await testApp({
    posts: images(30),
    maxPageSize: 10,
    now: () => now,
    sleep: async (milliseconds) => {
      if (milliseconds >= MINUTE) slept.push(milliseconds / MINUTE);
      now = new Date(now.getTime() + milliseconds);
    },
    faults: [
      {
        kind: 'rate-limit',
        code: 80002,
        minutes,
        clearsAfterMs: liftedAfter * MINUTE,
        match: { endpoint: 'media-edge', from: 2 },
      },
    ],
  });
  return { slept };
}

test('with --wait a run sleeps until the limit resets, then continues', async () => {
  const { slept } = await limited(40);
  const { report, stoppedBy, events } = await world.run({ wait: true });
  expect([stoppedBy, report.downloaded]).toEqual([undefined, 30]);
  expect(slept).toEqual([40]);
  const said = events.filter(({ type }) => type === 'waiting' || type === 'resumed');
  expect(said).toMatchObject([{ type: 'waiting', until: new Date('2026-11-20T10:40:00Z') }, { type: 'resumed' }]);
  // Three pages, the refused call, and the one that counts the posts; every picture once.
  expect([world.sandbox.graphCalls(), world.sandbox.mediaCalls()]).toEqual([5, 30]);
});

test('a limit that lasts longer than was said is waited for again', async () => {
  const { slept } = await limited(10, 25);
  const { report, stoppedBy } = await world.run({ wait: true });
  expect([stoppedBy, report.downloaded]).toEqual([undefined, 30]);
  expect(slept.length).toBeGreaterThan(1);
});

test('without it the run stops, and says until when', async () => {
  const { slept } = await limited(40);
  const { report, stoppedBy } = await world.run();
  expect(stoppedBy).toBeInstanceOf(RateLimitError);
  expect((stoppedBy as RateLimitError).until).toEqual(new Date('2026-11-20T10:40:00Z'));
  expect([report.downloaded, slept]).toEqual([10, []]);
});

test('a wait can be interrupted', async () => {
  world = await testApp({
    posts: images(30),
    maxPageSize: 10,
    sleep: () =>
      new Promise((_, reject) => abort.signal.addEventListener('abort', () => reject(new InterruptedError()))),
    faults: [{ kind: 'rate-limit', minutes: 40, match: { endpoint: 'media-edge', from: 2 } }],
  });
  const abort = new AbortController();
  const { events } = await startBackfill(world.app, { ...ASK, wait: true }, abort.signal);
  let last: unknown;
  for await (const event of events) {
    if (event.type === 'waiting') abort.abort();
    last = event;
  }
  expect(last).toMatchObject({ type: 'ended', stoppedBy: expect.any(InterruptedError) });
});

describe('a limit that ends far away', () => {
  const DAY = 24 * 60 * MINUTE;

  /** The limit holds until it is lifted, and its headers say so many minutes. */
  async function far(header: unknown, liftedAfterDays: number) {
    let now = new Date('2026-11-20T10:00:00Z');
    const slept: number[] = [];
    world = await testApp({
      posts: images(3),
      now: () => now,
      sleep: async (milliseconds) => {
        slept.push(milliseconds);
        now = new Date(now.getTime() + milliseconds);
        if (now.getTime() >= Date.parse('2026-11-20T10:00:00Z') + liftedAfterDays * DAY) world.sandbox.setFaults([]);
      },
    });
    const usage = JSON.stringify({ 1: [{ type: 'instagram', call_count: 100, estimated_time_to_regain_access: 'X' }] });
    world.sandbox.setFaults([
      {
        kind: 'error',
        code: 80002,
        status: 403,
        headers: { 'x-business-use-case-usage': usage.replace('"X"', String(header)) },
        match: { endpoint: 'media-edge' },
      },
    ]);
    return slept;
  }

  test.each([40_000, 1e9, 1e300, '1e999', 2 ** 31])(
    '%s minutes: a day at most at a time, and a call for each',
    async (minutes) => {
      const slept = await far(minutes, 3);
      const { report, stoppedBy, events } = await world.run({ wait: true });
      expect([stoppedBy, report.downloaded]).toEqual([undefined, 3]);
      expect(slept).toEqual([DAY, DAY, DAY]);
      // Three refused calls, the page, and the count of posts.
      expect(world.sandbox.graphCalls()).toBe(5);
      for (const event of events) if (event.type === 'waiting') expect(event.until.getTime()).not.toBeNaN();
    },
  );

  test.each([0.000001, -5, 0, '"soon"', 'null', '{}'])(
    '%s minutes: no wait is shorter than a minute',
    async (minutes) => {
      const slept = await far(minutes, 0.2);
      const { stoppedBy } = await world.run({ wait: true });
      expect(stoppedBy).toBeUndefined();
      expect(Math.min(...slept)).toBeGreaterThanOrEqual(MINUTE);
      expect(world.sandbox.graphCalls()).toBeLessThan(300);
    },
  );

  test('without --wait the moment is a date, whatever the header says', async () => {
    await far(1e300, 1);
    const { stoppedBy } = await world.run();
    expect((stoppedBy as RateLimitError).until.toISOString()).toBe('2027-11-21T10:00:00.000Z');
    expect(stoppedBy?.hint).toContain('2027-11-21 10:00 UTC');
  });
});

describe('what is nice to have is never waited for', () => {
  const used = { kind: 'usage', percent: 100, minutes: 55, match: { endpoint: 'media-edge', nth: 3 } } as const;
  const cases = [
    ['the budget is used up with the last page', used],
    ['the budget is used up, without a time', { ...used, minutes: 0 }],
    ['the count of posts meets the limit', { kind: 'rate-limit', minutes: 55, match: { endpoint: 'account' } }],
  ] as const;

  test.each(cases.flatMap(([name, fault]) => [true, false].map((wait) => [name, wait, fault] as const)))(
    '%s (wait: %s)',
    async (_, wait, fault) => {
      const slept: number[] = [];
      const said: string[] = [];
      world = await testApp({
        posts: images(30),
        maxPageSize: 10,
        faults: [fault],
        log: (line) => said.push(line),
        sleep: async (milliseconds) => void slept.push(milliseconds),
      });
      const { report, stoppedBy, events } = await world.run({ wait });
      expect([stoppedBy, report.downloaded]).toEqual([undefined, 30]);
      expect(slept.filter((milliseconds) => milliseconds >= MINUTE)).toEqual([]);
      expect(events.map(({ type }) => type)).not.toContain('waiting');
      expect(said.join('\n')).toMatch(/warn: Instagram did not return the number of posts: .*(limit|quota)/);
      const typed = await world.type(['backfill-instagram', '--json', ...(wait ? ['--wait'] : [])]);
      expect(typed.exitCode).toBe(0);
    },
  );
});
