import { afterEach, expect, test } from 'vitest';
import { InterruptedError, RateLimitError } from '../../src/errors.ts';
import { startBackfill } from '../../src/start-backfill.ts';
import { images } from '../support/posts.ts';
import { ASK, type TestApp, testApp } from '../support/test-app.ts';

const MINUTE = 60_000;
let it: TestApp;
afterEach(() => it.close());

/** Thirty posts, ten a page; the limit strikes at the second page and is lifted after the given time. */
async function limited(minutes: number, liftedAfter = minutes): Promise<{ slept: number[] }> {
  let now = new Date('2026-11-20T10:00:00Z');
  const slept: number[] = [];
  it = await testApp({
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

test('with --wait a run sleeps until Instagram lets the account in again, and goes on by itself', async () => {
  const { slept } = await limited(40);
  const { report, stoppedBy, events } = await it.run({ wait: true });
  expect([stoppedBy, report.downloaded]).toEqual([undefined, 30]);
  expect(slept).toEqual([40]);
  const said = events.filter(({ type }) => type === 'waiting' || type === 'resumed');
  expect(said).toEqual([{ type: 'waiting', until: new Date('2026-11-20T10:40:00Z') }, { type: 'resumed' }]);
  // Three pages, the refused call, and the one that counts the posts; every picture once.
  expect([it.sandbox.graphCalls(), it.sandbox.mediaCalls()]).toEqual([5, 30]);
});

test('a limit that lasts longer than was said is waited for again', async () => {
  const { slept } = await limited(10, 25);
  const { report, stoppedBy } = await it.run({ wait: true });
  expect([stoppedBy, report.downloaded]).toEqual([undefined, 30]);
  expect(slept.length).toBeGreaterThan(1);
});

test('without it the run stops, and says until when', async () => {
  const { slept } = await limited(40);
  const { report, stoppedBy } = await it.run();
  expect(stoppedBy).toBeInstanceOf(RateLimitError);
  expect((stoppedBy as RateLimitError).until).toEqual(new Date('2026-11-20T10:40:00Z'));
  expect([report.downloaded, slept]).toEqual([10, []]);
});

test('a wait can be interrupted', async () => {
  it = await testApp({
    posts: images(30),
    maxPageSize: 10,
    sleep: () =>
      new Promise((_, reject) => abort.signal.addEventListener('abort', () => reject(new InterruptedError()))),
    faults: [{ kind: 'rate-limit', minutes: 40, match: { endpoint: 'media-edge', from: 2 } }],
  });
  const abort = new AbortController();
  const { events } = await startBackfill(it.app, { ...ASK, wait: true }, abort.signal);
  let last: unknown;
  for await (const event of events) {
    if (event.type === 'waiting') abort.abort();
    last = event;
  }
  expect(last).toMatchObject({ type: 'ended', stoppedBy: expect.any(InterruptedError) });
});
