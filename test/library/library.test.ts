import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { listMediaItems } from '../../src/catalogue/media-items.ts';
import { UsageError } from '../../src/errors.ts';
import { hashOf } from '../../src/files/inspect.ts';
import { openStores } from '../../src/files/stores.ts';
import { fileOfRow } from '../../src/library/row-files.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const rows = () => world.app.db.query.selectFrom('media_items').selectAll().orderBy('file_name').execute();

describe('a backfilled item', () => {
  test('can be read by its row, completely or in part', async () => {
    world = await testApp({ posts: [image(2), video(1)] });
    await world.run();
    for (const row of await rows()) {
      const { store, key } = fileOfRow(world.app.stores, row);
      const bytes = await bytesOf(store.open(key));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(row.file_hash);
      expect(await store.stat(key)).toMatchObject({ name: row.file_name, size: row.file_size });
      expect(await bytesOf(store.open(key, { start: 10, end: 19 }))).toEqual(bytes.subarray(10, 20));
    }
  });

  test('can be read outside of the media folder, by the path in its row', async () => {
    world = await testApp({ posts: [image(2)] });
    await world.run();
    const [row] = await rows();
    const elsewhere = await openStores({ mediaDir: join(world.config.home, 'elsewhere') });
    const { store, key } = fileOfRow(elsewhere, row ?? { source_type: '', file_path: '' });
    expect(await hashOf(store, key)).toBe(row?.file_hash);
  });

  test('of a source without a file store is refused', async () => {
    world = await testApp({ posts: [] });
    expect(() => fileOfRow(world.app.stores, { source_type: 'google_drive', file_path: '/x' })).toThrow(UsageError);
  });
});

test('a twin whose file is missing is not a copy: the bytes are stored for both', async () => {
  const media = { seed: 'twin', width: 64, height: 64 };
  world = await testApp({ posts: [image(1, { media })] });
  await world.run();
  const [row] = await rows();
  await rename(row?.file_path ?? '', `${row?.file_path}.away`);
  world.sandbox.publish(image(2, { media }));
  const { report } = await world.run({ concurrency: 1 });
  expect(report).toMatchObject({ missingOnDisk: 1, failed: 0 });
  expect(report.downloaded + report.skippedDuplicate).toBe(2);
  expect(await world.files()).toEqual([
    `20260101_120000_${idOf(1)}.jpg`,
    `20260101_120000_${idOf(1)}.jpg.away`,
    `20260102_120000_${idOf(2)}.jpg`,
  ]);
});

test('a post is complete when all of its items are in the library, and none is a poster', async () => {
  world = await testApp({
    posts: [album(3), video(2, { withoutMediaUrl: true }), image(1)],
    faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [childId(3, 1)] } }],
  });
  await world.run();
  const posts = await world.app.db.query
    .selectFrom('instagram_posts')
    .innerJoin('instagram_items', 'instagram_items.post_id', 'instagram_posts.instagram_media_id')
    .select(['instagram_posts.instagram_media_id as post', 'item_count', 'media_item_id', 'is_poster'])
    .execute();
  const complete = (id: string) => {
    const items = posts.filter(({ post }) => post === id);
    return items.length === items[0]?.item_count && items.every((item) => item.media_item_id && !item.is_poster);
  };
  expect([3, 2, 1].map((day) => complete(idOf(day)))).toEqual([false, false, true]);
});

describe('listing the library', () => {
  test('lists everything in pages, latest first', async () => {
    world = await testApp({ posts: images(12) });
    await world.run();
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await listMediaItems(world.app.db, { limit: 5, after });
      seen.push(...page.flatMap(({ instagramMediaId }) => instagramMediaId ?? []));
      after = page.at(-1)?.id;
      if (page.length < 5) break;
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => idOf(12 - index)));
  });

  test('filters by kind, time and words of the caption', async () => {
    world = await testApp({ posts: [image(5, { caption: 'Größe 100 % _Blue_ hour' }), video(4), image(3)] });
    await world.run();
    const found = async (filter: object) =>
      (await listMediaItems(world.app.db, { limit: 9, ...filter })).map(({ instagramMediaId }) => instagramMediaId);
    expect(await found({ kind: 'video' })).toEqual([idOf(4)]);
    expect(await found({ search: 'blue' })).toEqual([idOf(5)]);
    expect(await found({ search: '100 %' })).toEqual([idOf(5)]);
    expect(await found({ search: '%' })).toEqual([idOf(5)]);
    expect(await found({ search: "'; drop table media_items; --" })).toEqual([]);
    expect(await found({ since: new Date('2026-01-04T00:00:00Z'), until: new Date('2026-01-05T00:00:00Z') })).toEqual([
      idOf(4),
    ]);
  });
});
