import { afterEach, describe, expect, test } from 'vitest';
import type { StartRequest } from '../../src/app/backfill/request.ts';
import { addUp, budgetAfter, type Estimate, estimateSum } from '../../src/backfill/forecast.ts';
import { forecastRecord } from '../../src/backfill/report.ts';
import { forecastTable } from '../../src/cli/forecast-tables.ts';
import { generatePosts } from '../../src/sandbox/generate-posts.ts';
import type { Fault, SandboxPost } from '../../src/sandbox/server.ts';
import { album, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world?.close());

const MIXED: readonly SandboxPost[] = [album(9, 4), video(8), ...images(6)];

async function forecastOf(request: Partial<StartRequest> = {}) {
  const { report, stoppedBy } = await world.run({ ...request, dryRun: true });
  expect(stoppedBy).toBeUndefined();
  if (!report.forecast) throw new Error('a dry run without a forecast');
  return report.forecast;
}

/** Gives each file of a post another size, 40 to 80 KB. */
const ofManySizes = <P extends { media?: object; children?: readonly object[] }>(post: P, index: number): P => {
  const media = (n: number) => ({ ...post.media, bytes: 40_000 + ((n * 7919) % 40_000) });
  const children = post.children?.map((child, position) => ({ ...child, media: media(index * 10 + position) }));
  return { ...post, ...(children ? { children } : { media: media(index * 10) }) };
};

describe('the forecast of a dry run', () => {
  test.each<[string, Partial<StartRequest>]>([
    ['everything', {}],
    ['a limit', { limit: 3 }],
    ['a time', { since: new Date('2026-01-03'), until: new Date('2026-01-09') }],
    ['feed and stories', { mediaType: 'both' }],
    ['collaborations too', { collaborations: true }],
  ])('says the calls and the files of the real run: %s', async (_, request) => {
    world = await testApp({ posts: MIXED, maxPageSize: 3, stories: [], collaborations: [image(20)] });
    const { apiCalls, files } = await forecastOf(request);
    world.sandbox.resetRequests();
    const { report } = await world.run(request);
    expect([apiCalls, files]).toEqual([world.sandbox.graphCalls(), report.downloaded]);
    expect(files).toBeGreaterThan(0);
  });

  test('says them also where part of the history is here, for new posts only, and for what failed', async () => {
    const faults: Fault[] = [{ kind: 'status', status: 404, match: { endpoint: 'download', nth: [1, 2] } }];
    world = await testApp({ posts: images(12), maxPageSize: 4, faults });
    await world.run();
    world.sandbox.setFaults([]);
    for (const request of [{ retryFailed: true }, {}, { incremental: true }]) {
      const { apiCalls, files } = await forecastOf(request);
      world.sandbox.resetRequests();
      const { report } = await world.run(request);
      expect([request, apiCalls, files]).toEqual([request, world.sandbox.graphCalls(), report.downloaded]);
      world.sandbox.publish(image(20 + files));
    }
  });

  test('knows every byte where the sample is all there is', async () => {
    world = await testApp({ posts: MIXED });
    const { bytes, diskBytes, freeBytes, sampled } = await forecastOf();
    const { report } = await world.run();
    expect(bytes).toEqual({ expected: report.bytes, least: report.bytes, most: report.bytes });
    expect(sampled).toBe(11 + 2);
    expect(diskBytes).toBeGreaterThan(report.bytes);
    expect(freeBytes).toBeGreaterThan(0);
  });

  test('gives the bytes of a long history with their spread, by a few files of it', async () => {
    const posts = generatePosts({ count: 300, albumShare: 0.2, childrenPerAlbum: 3, videoShare: 0.2 });
    world = await testApp({ posts: posts.map(ofManySizes) });
    world.sandbox.resetRequests();
    const { bytes, sampled, files } = await forecastOf();
    const whole = world.sandbox.expectedItems().reduce((sum, { size }) => sum + size, 0);
    expect(world.sandbox.mediaCalls()).toBe(sampled);
    expect([sampled, files]).toEqual([48, world.sandbox.expectedItems().length]);
    // The spread holds 19 times of 20; four times of it holds always.
    const { expected, least, most } = bytes as Estimate;
    expect(Math.abs(whole - expected)).toBeLessThan(2 * (most - least));
    expect(most).toBeLessThan(2 * expected);
  });

  test('costs the beginnings of the files only, and leaves nothing behind', async () => {
    world = await testApp({ posts: MIXED });
    await forecastOf();
    const media = world.sandbox.requests.filter(({ kind }) => kind === 'media');
    expect(new Set(media.map(({ range }) => range))).toEqual(new Set(['bytes=0-262143']));
    expect(await world.files()).toEqual([]);
    expect(await world.app.db.query.selectFrom('media_items').selectAll().execute()).toEqual([]);
  });

  test('asks for nothing if nothing would be downloaded', async () => {
    world = await testApp({ posts: images(3) });
    await world.run();
    world.sandbox.resetRequests();
    expect(await forecastOf()).toMatchObject({ files: 0, apiCalls: 1, bytes: { expected: 0, most: 0 }, sampled: 0 });
    expect(world.sandbox.mediaCalls()).toBe(0);
  });

  test.each<Fault>([
    { kind: 'status', status: 500 },
    { kind: 'expired' },
    { kind: 'reset' },
    { kind: 'html' },
    { kind: 'redirect', to: 'http://192.0.2.1/x.jpg' },
  ])('says that sizes are unknown if they are not available: $kind', async (fault) => {
    world = await testApp({ posts: images(3), faults: [{ ...fault, match: { endpoint: 'download' } }] });
    const forecast = await forecastOf();
    expect(forecast).toMatchObject({ files: 3, bytes: undefined, diskBytes: undefined, seconds: undefined });
    expect(forecastTable(forecast)).toContain('unknown');
  });

  test('a large file is known by its length, whatever its size', async () => {
    world = await testApp({ posts: [image(1, { media: { seed: 1, width: 64, height: 64, bytes: 50_000_000 } })] });
    expect((await forecastOf()).bytes?.expected).toBe(50_000_000);
  });

  test('says what will be left of the budget of calls', async () => {
    const faults: Fault[] = [10, 20, 30].map((percent, index) => ({
      kind: 'usage',
      percent,
      match: { endpoint: 'media-edge', nth: index + 1 },
    }));
    world = await testApp({ posts: images(9), maxPageSize: 3, faults });
    const forecast = await forecastOf();
    expect(forecast.budget).toEqual({ usedNow: 30, usedThen: 70, pauses: 0 });
    expect(forecastTable(forecast)).toContain('30 % used now, 70 % after the run: ok');
  });

  test('is interrupted as any run is', async () => {
    const faults: Fault[] = [{ kind: 'stalled', match: { endpoint: 'download' } }];
    world = await testApp({ posts: images(3), faults });
    const stop = new AbortController();
    const running = world.run({ dryRun: true }, stop.signal);
    while (world.sandbox.mediaCalls() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    const { report, stoppedBy } = await running;
    expect([stoppedBy?.name, report.forecast]).toEqual(['InterruptedError', undefined]);
  });
});

describe('at the end of a real run', () => {
  const typed = async (...args: string[]) => (await world.type(['backfill-instagram', ...args])).stdout;

  test('the result is compared with the forecast of the same request', async () => {
    world = await testApp({ posts: images(4) });
    expect(await typed('--dry-run', '--limit', '2')).toMatch(/Files\s*│ 2 /);
    const { forecast } = JSON.parse(await typed('--limit', '2', '--json'));
    expect(forecast).toMatchObject({ files: 2, api_calls: 1, budget: null });
    expect(forecast.made_at).toMatch(/^20/);

    await typed('--dry-run');
    const shown = await typed();
    expect(shown).toMatch(/API calls\s*│ 2\s*│ 2 /);
    expect(shown).toMatch(/Files\s*│ 2\s*│ 2 /);
    expect(shown).toContain('The estimate is from the dry run of');
  });

  test('a forecast of something else, or of before the last real run, is not', async () => {
    world = await testApp({ posts: images(4) });
    await typed('--dry-run', '--limit', '3');
    expect(JSON.parse(await typed('--limit', '2', '--json')).forecast).toBeNull();
    expect(JSON.parse(await typed('--limit', '3', '--json')).forecast).toBeNull();
    expect(await typed()).not.toContain('Estimate');
  });
});

describe('an estimate', () => {
  test.each<[number[], number, Estimate | undefined]>([
    [[], 0, { expected: 0, least: 0, most: 0 }],
    [[], 5, undefined],
    [[10, 20], 2, { expected: 30, least: 30, most: 30 }],
    [[10, 10], 100, { expected: 1000, least: 1000, most: 1000 }],
  ])('of %j of %i', (sample, count, expected) => {
    expect(estimateSum(sample, count)).toEqual(expected);
  });

  test('of one of many is wide, and never less than what was seen', () => {
    const one = estimateSum([100], 10) as Estimate;
    expect([one.expected, one.least]).toEqual([1000, 100]);
    expect(one.most).toBeGreaterThan(2500);
  });

  test('holds the true sum 19 times of 20', () => {
    // Sizes as files have them: many small, few large.
    let state = 1;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const sizes = Array.from({ length: 2000 }, () => 20_000 * 30 ** random());
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    const held = Array.from({ length: 400 }, () => {
      const sample = Array.from({ length: 24 }, () => sizes[Math.floor(random() * sizes.length)] ?? 0);
      const { least, most } = estimateSum(sample, sizes.length) as Estimate;
      return least <= whole && whole <= most;
    });
    expect(held.filter(Boolean).length).toBeGreaterThan(0.9 * held.length);
  });

  test('of kinds together is surer than each of them', () => {
    const kind = { expected: 100, least: 70, most: 130 };
    const both = addUp([kind, { ...kind }]) as Estimate;
    expect(both.expected).toBe(200);
    expect(both.most).toBeCloseTo(200 + Math.hypot(30, 30));
    expect(addUp([kind, undefined])).toBeUndefined();
  });
});

describe('the budget of calls', () => {
  const usage = (calls: number, percent?: number) => ({ calls, percent, seconds: 0 });

  test.each([
    ['nothing reported', [usage(1), usage(2)], 10, undefined],
    ['one report', [usage(1), usage(2, 40)], 10, { usedNow: 40, usedThen: undefined, pauses: 0 }],
    ['no growth', [usage(1, 7), usage(9, 7)], 10, { usedNow: 7, usedThen: 7, pauses: 0 }],
    ['enough', [usage(1, 10), usage(11, 20)], 11, { usedNow: 20, usedThen: 31, pauses: 0 }],
    ['two pauses', [usage(1, 10), usage(11, 110)], 16, { usedNow: 110, usedThen: 270, pauses: 2 }],
  ])('%s', (_, usages, calls, expected) => {
    expect(budgetAfter(usages, calls)).toEqual(expected);
  });
});

test('a disk that is too small is reported', () => {
  const forecast = {
    apiCalls: 1,
    files: 1,
    bytes: { expected: 2e9, least: 2e9, most: 2e9 },
    diskBytes: 2e9,
    freeBytes: 1e9,
    seconds: 3700,
    sampled: 1,
    budget: { usedNow: 90, usedThen: 250, pauses: 2 },
  };
  const text = forecastTable(forecast);
  expect(text).toContain('NOT ENOUGH');
  expect(text).toContain('2 pauses of up to an hour');
  expect(text).toContain('about 1 h 1 min');
  expect(forecastRecord(forecast)).toMatchObject({ disk_bytes: 2e9, free_bytes: 1e9, budget: { pauses: 2 } });
});
