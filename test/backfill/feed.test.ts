import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { totalProcessed } from '../../src/backfill/report.ts';
import { album, childId, idOf, image, images, noon, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const stored = (app: TestApp) => app.app.db.query.selectFrom('media_items').selectAll().orderBy('file_name').execute();
const hex = async (bytes: Buffer) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex');

test('images are downloaded whole and indexed', async () => {
  world = await testApp({ posts: images(3) });
  const { report, stoppedBy } = await world.run();
  expect(stoppedBy).toBeUndefined();
  expect(report).toMatchObject({ downloaded: 3, failed: 0, skippedDuplicate: 0, totalApiItems: 3 });
  expect(await world.files()).toEqual([
    `20260101_120000_${idOf(1)}.jpg`,
    `20260102_120000_${idOf(2)}.jpg`,
    `20260103_120000_${idOf(3)}.jpg`,
  ]);
  for (const { id, sha256, size } of world.sandbox.expectedItems()) {
    const row = (await stored(world)).find((one) => one.instagram_media_id === id);
    const bytes = await readFile(row?.file_path ?? '');
    expect([row?.file_hash, await hex(bytes), row?.file_size, bytes.length]).toEqual([sha256, sha256, size, size]);
  }
});

test('a row says all that the library must know of its file', async () => {
  const now = new Date('2026-11-20T10:00:00Z');
  world = await testApp({ posts: [image(5, { caption: 'Blue hour 🌊' })], now: () => now });
  await world.run();
  const [row] = await stored(world);
  expect(row).toMatchObject({
    file_path: join(world.config.mediaDir, 'instagram_backfill', `20260105_120000_${idOf(5)}.jpg`),
    file_name: `20260105_120000_${idOf(5)}.jpg`,
    mime_type: 'image/jpeg',
    category: 'instagram_backfill',
    source_type: 'instagram_backfill',
    source_identifier: idOf(5),
    instagram_media_id: idOf(5),
    backfilled_at: now,
    caption: 'Blue hour 🌊',
    last_posted_at: new Date('2026-01-05T12:00:00Z'),
    times_posted: 0,
    is_active: true,
    requires_interaction: false,
    cloud_url: null,
  });
  const { mtime } = await stat(row?.file_path ?? '');
  expect(mtime).toEqual(new Date('2026-01-05T12:00:00Z'));
});

test('no media URL is stored anywhere', async () => {
  world = await testApp({ posts: [image(3), video(2), album(1)] });
  await world.run();
  const { query } = world.app.db;
  const tables = ['media_items', 'instagram_posts', 'instagram_items', 'service_runs'] as const;
  const all = await Promise.all(tables.map((table) => query.selectFrom(table).selectAll().execute()));
  expect(JSON.stringify(all)).not.toMatch(/oh=|oe=|cdn\/|access_token|EAA/);
});

test('nothing is added to the posting mix', async () => {
  world = await testApp({ posts: images(2) });
  await world.run();
  expect(await world.app.db.query.selectFrom('category_post_case_mix').selectAll().execute()).toEqual([]);
});

test('a second run downloads nothing, and makes no call but the walk', async () => {
  world = await testApp({ posts: [...images(5), album(7), video(9)] });
  const first = await world.run();
  world.sandbox.resetRequests();
  const { report } = await world.run();
  expect(report).toMatchObject({ downloaded: 0, skippedDuplicate: first.report.downloaded, failed: 0 });
  expect([world.sandbox.graphCalls(), world.sandbox.mediaCalls()]).toEqual([1, 0]);
});

test('every page of the feed is walked, a hundred posts a call', async () => {
  world = await testApp({ posts: images(250) });
  const { report, events } = await world.run({ dryRun: true });
  expect(report).toMatchObject({ downloaded: 250, pages: 3, apiCalls: 3 });
  expect(events.filter(({ type }) => type === 'read')).toHaveLength(3);
});

test('an empty account is all zeros', async () => {
  world = await testApp({ posts: [] });
  const { report, stoppedBy } = await world.run();
  expect([stoppedBy, totalProcessed(report), report.totalApiItems]).toEqual([undefined, 0, 0]);
});

describe('videos', () => {
  test('a video is kept as a video, with its cover next to it', async () => {
    world = await testApp({ posts: [video(4)] });
    await world.run();
    expect(await world.files()).toEqual([`20260104_120000_${idOf(4)}.mp4`]);
    expect(await world.files('instagram_backfill/.covers')).toEqual([`${idOf(4)}.jpg`]);
    expect((await stored(world)).map(({ mime_type }) => mime_type)).toEqual(['video/mp4']);
  });

  test('a video that is withheld is kept as its still, and marked as a poster', async () => {
    world = await testApp({ posts: [video(4, { withoutMediaUrl: true })] });
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 1, posters: 1, failed: 0 });
    expect(await world.files()).toEqual([`20260104_120000_${idOf(4)}.jpg`]);
    const items = await world.app.db.query.selectFrom('instagram_items').select('is_poster').execute();
    expect(items).toEqual([{ is_poster: true }]);
  });

  test('an item without any address fails with its reason, and the run goes on', async () => {
    world = await testApp({ posts: [image(3), image(2, { withoutMediaUrl: true }), image(1)] });
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 2, failed: 1 });
    expect(report.errorDetails).toEqual([`Instagram provides no URL for this IMAGE (media_id: ${idOf(2)})`]);
  });

  test('a cover that cannot be downloaded does not fail its video', async () => {
    world = await testApp({
      posts: [video(4)],
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'cover' } }],
    });
    expect((await world.run()).report).toMatchObject({ downloaded: 1, failed: 0 });
  });

  test('of a page the videos come first, unless a limit asks for the newest', async () => {
    world = await testApp({ posts: [image(4), image(3), video(2), image(1)] });
    const chosen = async (limit?: number) =>
      (await world.run({ dryRun: true, limit })).events.flatMap((event) =>
        event.type === 'chosen' ? event.item.id : [],
      );
    expect(await chosen()).toEqual([2, 4, 3, 1].map(idOf));
    expect(await chosen(2)).toEqual([4, 3].map(idOf));
  });
});

describe('carousels', () => {
  test('every child is kept, and they come with the page', async () => {
    world = await testApp({ posts: [album(8, 10), image(2), album(1, 20)] });
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 31, failed: 0, totalApiItems: 33, pages: 1, apiCalls: 2 });
  });

  test('a child takes caption, time and place from its album', async () => {
    const children = [{ ...image(8), id: childId(8, 1), timestamp: null, caption: undefined }] as never;
    world = await testApp({ posts: [album(8, 1, { caption: 'From the fair', children })] });
    await world.run();
    const [row] = await stored(world);
    expect(row).toMatchObject({ caption: 'From the fair', last_posted_at: new Date('2026-01-08T12:00:00Z') });
    expect(row?.file_name).toBe(`20260108_120000_${childId(8, 1)}.jpg`);
    const { query } = world.app.db;
    expect(await query.selectFrom('instagram_items').select(['post_id', 'position']).execute()).toEqual([
      { post_id: idOf(8), position: 1 },
    ]);
    expect(await query.selectFrom('instagram_posts').select(['instagram_media_id', 'permalink']).execute()).toEqual([
      { instagram_media_id: idOf(8), permalink: expect.stringContaining('instagram.com/p/') },
    ]);
  });

  test("a child's failure goes on with the others", async () => {
    world = await testApp({
      posts: [album(8, 4)],
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [childId(8, 2)] } }],
    });
    expect((await world.run()).report).toMatchObject({ downloaded: 3, failed: 1 });
  });

  test('children that did not come with the page are asked for', async () => {
    world = await testApp({ posts: [album(8, 3, { extra: { children: undefined } })] });
    expect((await world.run()).report).toMatchObject({ downloaded: 3, pages: 1, apiCalls: 3 });
  });

  test('an album that shows no children counts as failed', async () => {
    world = await testApp({ posts: [album(8, 0), image(1)] });
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 1, failed: 1, totalApiItems: 2 });
    expect(report.errorDetails[0]).toContain('CAROUSEL_ALBUM');
  });
});

describe('the limit', () => {
  test('a limit of 5 yields exactly 5, the newest', async () => {
    world = await testApp({ posts: images(20) });
    const { report } = await world.run({ limit: 5 });
    expect(report.downloaded).toBe(5);
    expect(await world.files()).toEqual([16, 17, 18, 19, 20].map((day) => `202601${day}_120000_${idOf(day)}.jpg`));
  });

  test('what is skipped does not count: limited runs repeated walk through the whole history', async () => {
    world = await testApp({ posts: [...images(6), album(7, 4)] });
    const counts: number[] = [];
    for (let run = 0; run < 4; run += 1) counts.push((await world.run({ limit: 4 })).report.downloaded);
    expect(counts).toEqual([4, 4, 2, 0]);
  });

  test('what fails takes no place of it', async () => {
    world = await testApp({
      posts: images(6),
      faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [idOf(6), idOf(5)] } }],
    });
    expect((await world.run({ limit: 3 })).report).toMatchObject({ downloaded: 3, failed: 2 });
  });

  test('no page is asked for beyond what the limit needs', async () => {
    world = await testApp({ posts: images(250) });
    await world.run({ limit: 5 });
    expect(world.sandbox.graphCalls()).toBe(1);
  });
});

describe('the asked time', () => {
  const since = new Date('2026-01-10T00:00:00Z');

  test('only posts at or after --since are taken', async () => {
    world = await testApp({ posts: images(15) });
    const { report } = await world.run({ since });
    expect(report).toMatchObject({ downloaded: 6, totalApiItems: 6, outside: 9 });
  });

  test('the walk ends with the first page that has nothing recent enough', async () => {
    world = await testApp({ posts: images(20), maxPageSize: 5 });
    await world.run({ since });
    // 20–16, 15–11, 10–6, and 5–1 where nothing is recent enough.
    expect(world.sandbox.graphCalls()).toBe(4);
  });

  test('pinned older posts at the top do not end it', async () => {
    world = await testApp({
      posts: [
        ...images(20).slice(0, 17),
        image(3, { pinned: true }),
        image(2, { pinned: true }),
        image(1, { pinned: true }),
      ],
      maxPageSize: 3,
    });
    expect((await world.run({ since })).report.downloaded).toBe(11);
  });

  test('only posts before --until are taken', async () => {
    world = await testApp({ posts: images(15) });
    const { report } = await world.run({ since, until: new Date('2026-01-12T00:00:00Z') });
    expect(report.downloaded).toBe(2);
  });

  test('a future --since is all zeros, for one page', async () => {
    world = await testApp({ posts: images(150) });
    const { report } = await world.run({ since: new Date('2030-01-01T00:00:00Z') });
    expect(report).toMatchObject({ downloaded: 0, totalApiItems: 0, skippedDuplicate: 0, failed: 0, pages: 1 });
  });

  test.each([[null], ['yesterday'], ['0001-01-01T00:00:00+0000']])(
    'a post with the timestamp %j is kept under its id alone',
    async (timestamp) => {
      world = await testApp({ posts: [image(3, { timestamp })] });
      expect((await world.run({ since })).report.downloaded).toBe(1);
      expect(await world.files()).toEqual([`${idOf(3)}.jpg`]);
    },
  );
});

describe('a dry run', () => {
  test('makes the counts that the real run makes, and leaves nothing behind', async () => {
    world = await testApp({
      posts: [
        image(9),
        album(8, 3),
        video(7),
        image(6, { mediaType: 'HOLOGRAM' }),
        image(5, { withoutMediaUrl: true }),
        ...images(4),
      ],
    });
    await world.run({ limit: 2 });
    const files = await world.files();
    const dry = await world.run({ dryRun: true });
    expect(await world.files()).toEqual(files);
    expect(await stored(world)).toHaveLength(2);
    const real = await world.run();
    const counts = ({ report }: typeof dry) => [
      report.downloaded,
      report.skippedDuplicate,
      report.skippedUnsupported,
      report.failed,
      report.totalApiItems,
    ];
    expect(counts(dry)).toEqual(counts(real));
    expect(counts(real)).toEqual([7, 2, 1, 1, 12]);
  });

  test('keeps nothing and does not make the media folder', async () => {
    world = await testApp({ posts: images(3) });
    await world.run({ dryRun: true });
    const media = world.sandbox.requests.filter(({ kind }) => kind === 'media');
    // The beginnings of a sample, for the forecast.
    expect(media.every(({ range }) => range?.startsWith('bytes=0-'))).toBe(true);
    await expect(stat(world.config.mediaDir)).rejects.toThrow('ENOENT');
    expect(await world.app.db.query.selectFrom('instagram_posts').selectAll().execute()).toEqual([]);
  });
});

describe('what is the same', () => {
  test('an id that comes twice is one item', async () => {
    world = await testApp({ posts: images(12), maxPageSize: 5, faults: [{ kind: 'shifted-page', overlap: 2 }] });
    expect((await world.run()).report).toMatchObject({ downloaded: 12, totalApiItems: 12, skippedDuplicate: 0 });
  });

  test('the same bytes under two ids are stored once, and both ids are known', async () => {
    const media = { seed: 'twin', width: 64, height: 64 };
    world = await testApp({ posts: [image(2, { media }), image(1, { media })] });
    expect((await world.run()).report).toMatchObject({ downloaded: 1, skippedDuplicate: 1 });
    expect(await world.files()).toHaveLength(1);
    world.sandbox.resetRequests();
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2 });
    expect(world.sandbox.mediaCalls()).toBe(0);
  });

  test('rows that the Python program left without their Instagram id are known', async () => {
    world = await testApp({ posts: images(2) });
    const path = join(world.config.mediaDir, 'instagram_backfill', '1.jpg');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'x');
    await world.app.db.query
      .insertInto('media_items')
      .values({
        file_path: path,
        file_name: '1.jpg',
        file_size: 1,
        file_hash: 'x',
        source_type: 'instagram_backfill',
        source_identifier: idOf(1),
      })
      .execute();
    expect((await world.run()).report).toMatchObject({ downloaded: 1, skippedDuplicate: 1 });
  });
});

describe('what a run that died left behind', () => {
  test('a whole file without its row is adopted, not downloaded again', async () => {
    world = await testApp({ posts: [image(2), video(1)] });
    await world.run();
    const before = await stored(world);
    await world.app.db.query.deleteFrom('media_items').execute();
    world.sandbox.resetRequests();
    const { report } = await world.run();
    expect(report).toMatchObject({ downloaded: 0, adopted: 2, skippedDuplicate: 2 });
    expect(world.sandbox.mediaCalls()).toBe(0);
    const facts = (rows: typeof before) =>
      rows.map(({ file_path, file_hash, file_size, mime_type }) => ({ file_path, file_hash, file_size, mime_type }));
    expect(facts(await stored(world))).toEqual(facts(before));
  });

  test('a file that is cut short is downloaded again', async () => {
    world = await testApp({ posts: [image(2)] });
    await world.run();
    const [row] = await stored(world);
    const { truncate } = await import('node:fs/promises');
    await truncate(row?.file_path ?? '', Math.floor((row?.file_size ?? 0) / 2));
    await world.app.db.query.deleteFrom('media_items').execute();
    expect((await world.run()).report).toMatchObject({ downloaded: 1, adopted: 0 });
    expect((await stat(row?.file_path ?? '')).size).toBe(row?.file_size);
  });

  test('its partial files are cleared', async () => {
    world = await testApp({ posts: [image(2)] });
    await world.run();
    const left = join(world.config.mediaDir, 'instagram_backfill', 'abc.deadbeef.part');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(left, 'half');
    await utimes(left, 0, 0);
    await world.run();
    expect(await world.files()).toEqual([`20260102_120000_${idOf(2)}.jpg`]);
  });
});

test('unsupported types are skipped and counted', async () => {
  world = await testApp({ posts: [image(2, { mediaType: 'HOLOGRAM' }), image(1)] });
  expect((await world.run()).report).toMatchObject({ downloaded: 1, skippedUnsupported: 1 });
});

test.each(['../../escape', '1/../../2', 'C:\\x', ''])('an id made to escape the folder is refused: %j', async (id) => {
  world = await testApp({ posts: [image(2, { extra: { id } }), image(1)] });
  const { report, stoppedBy } = await world.run();
  expect(stoppedBy).toBeUndefined();
  expect(report).toMatchObject({ downloaded: 1, failed: 1 });
});

test('the facts of a post are kept, and brought up to date when it is seen again', async () => {
  world = await testApp({ posts: [image(3, { altText: 'The sea at dusk', caption: 'Before' })] });
  await world.run();
  world.sandbox.remove(idOf(3));
  world.sandbox.publish(image(3, { altText: 'The sea at dusk', caption: 'After', likeCount: 99 }));
  await world.run();
  const { query } = world.app.db;
  expect(await query.selectFrom('instagram_posts').selectAll().execute()).toEqual([
    expect.objectContaining({
      instagram_media_id: idOf(3),
      source: 'feed',
      media_type: 'IMAGE',
      product_type: 'FEED',
      caption: 'After',
      username: 'studio.example',
      posted_at: new Date('2026-01-03T12:00:00Z'),
      like_count: 99,
      comments_count: 1,
      item_count: 1,
    }),
  ]);
  expect(await query.selectFrom('instagram_items').select(['alt_text', 'position']).execute()).toEqual([
    { alt_text: 'The sea at dusk', position: 1 },
  ]);
  // What is in the library stays as it was kept.
  expect((await stored(world)).map(({ caption }) => caption)).toEqual(['Before']);
});

test('a field that one flavour refuses is left out, and the walk goes on', async () => {
  world = await testApp({
    posts: [image(2), album(1)],
    faults: [
      { kind: 'refuse-field', field: 'media_product_type' },
      { kind: 'refuse-field', field: 'alt_text' },
    ],
  });
  expect((await world.run()).report).toMatchObject({ downloaded: 4, failed: 0 });
});

test('where Instagram finds a page too much, smaller pages are asked for', async () => {
  world = await testApp({ posts: images(80), faults: [{ kind: 'reduce-data', maxLimit: 30 }] });
  const { report, stoppedBy } = await world.run({ dryRun: true });
  expect([stoppedBy, report.downloaded]).toEqual([undefined, 80]);
});

test('empty and short pages do not end the walk', async () => {
  world = await testApp({
    posts: images(30),
    maxPageSize: 10,
    faults: [
      { kind: 'empty-page', match: { nth: 2 } },
      { kind: 'short-page', size: 3, match: { nth: 3 } },
    ],
  });
  const { report } = await world.run({ dryRun: true });
  expect(report.pages).toBeGreaterThan(3);
  expect(report.downloaded).toBeGreaterThanOrEqual(20);
});

test('moments are the same whatever the time zone of the machine', async () => {
  world = await testApp({ posts: [image(31)] });
  await world.run();
  expect(noon(31)).toBe('2026-01-31T12:00:00+0000');
  expect((await world.files())[0]).toMatch(/^20260131_120000_/);
});
