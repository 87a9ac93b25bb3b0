import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { listMediaItems } from '../../src/catalogue/media-items.ts';
import { UsageError } from '../../src/errors.ts';
import { createStorage } from '../../src/files/open-store.ts';
import { fileOfRow } from '../../src/library/row-files.ts';
import { album, childId, idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let it: TestApp;
afterEach(() => it.close());

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const rows = () => it.app.db.query.selectFrom('media_items').selectAll().orderBy('file_name').execute();

describe('a backfilled item', () => {
  test('can be read back by its row, whole or in part', async () => {
    it = await testApp({ posts: [image(2), video(1)] });
    await it.run();
    for (const row of await rows()) {
      const { storage, id } = fileOfRow(it.app.storage, row);
      const bytes = await bytesOf(storage.download(id));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(row.file_hash);
      expect(await storage.contentHash(id)).toBe(row.file_hash);
      expect(await storage.exists(id)).toBe(true);
      expect(await storage.info(id)).toMatchObject({ name: row.file_name, size: row.file_size });
      expect(await bytesOf(storage.download(id, { start: 10, end: 19 }))).toEqual(bytes.subarray(10, 20));
    }
  });

  test('can be read back from a library that was moved, by the path in its row', async () => {
    it = await testApp({ posts: [image(2)] });
    await it.run();
    const [row] = await rows();
    const elsewhere = createStorage({
      kind: 'local',
      root: join(it.config.home, 'elsewhere'),
      owner: 'x',
      heldInMemory: 0,
    });
    const { storage, id } = fileOfRow(elsewhere, row ?? { source_type: '', file_path: '' });
    expect(await storage.contentHash(id)).toBe(row?.file_hash);
  });

  test('of a source that nobody here can read is refused', async () => {
    it = await testApp({ posts: [] });
    expect(() => fileOfRow(it.app.storage, { source_type: 'google_drive', file_path: '/x' })).toThrow(UsageError);
  });
});

test('a twin whose file is gone is no copy: the bytes are stored for both', async () => {
  const media = { seed: 'twin', width: 64, height: 64 };
  it = await testApp({ posts: [image(1, { media })] });
  await it.run();
  const [row] = await rows();
  await rename(row?.file_path ?? '', `${row?.file_path}.away`);
  it.sandbox.publish(image(2, { media }));
  const { report } = await it.run({ concurrency: 1 });
  expect(report).toMatchObject({ missingOnDisk: 1, failed: 0 });
  expect(report.downloaded + report.skippedDuplicate).toBe(2);
  expect(await it.files()).toEqual([
    `20260101_120000_${idOf(1)}.jpg`,
    `20260101_120000_${idOf(1)}.jpg.away`,
    `20260102_120000_${idOf(2)}.jpg`,
  ]);
});

test('a post is complete when all of its items are in the library, and none is a poster', async () => {
  it = await testApp({
    posts: [album(3), video(2, { withoutMediaUrl: true }), image(1)],
    faults: [{ kind: 'status', status: 404, match: { endpoint: 'download', ids: [childId(3, 1)] } }],
  });
  await it.run();
  const posts = await it.app.db.query
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
  test('goes page by page through everything, latest first', async () => {
    it = await testApp({ posts: images(12) });
    await it.run();
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await listMediaItems(it.app.db, { limit: 5, after });
      seen.push(...page.flatMap(({ instagramMediaId }) => instagramMediaId ?? []));
      after = page.at(-1)?.id;
      if (page.length < 5) break;
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => idOf(12 - index)));
  });

  test('finds by kind, time and words of the caption', async () => {
    it = await testApp({ posts: [image(5, { caption: 'Größe 100 % _Blue_ hour' }), video(4), image(3)] });
    await it.run();
    const found = async (filter: object) =>
      (await listMediaItems(it.app.db, { limit: 9, ...filter })).map(({ instagramMediaId }) => instagramMediaId);
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

describe('the local folder', () => {
  const open = (home: string) =>
    createStorage({ kind: 'local', root: join(home, 'm'), owner: 'me', heldInMemory: 100 });

  test('lists files and folders, and leaves out hidden and partial ones', async () => {
    it = await testApp({ posts: [] });
    const storage = open(it.config.home);
    expect(await storage.isConfigured()).toBe(false);
    await storage.put('a/b/one.jpg', Buffer.from('1'), new Date('2020-01-01T00:00:00Z'));
    await storage.put('two.jpg', Buffer.from('22'));
    await storage.put('a/.covers/x.jpg', Buffer.from('3'));
    await writeFile(join(it.config.home, 'm', 'a', 'half.me.part'), '');
    const found: string[] = [];
    for await (const { id } of storage.listFiles()) found.push(id);
    expect(found.toSorted()).toEqual(['a/b/one.jpg', 'two.jpg']);
    expect(await storage.folders()).toEqual(['a']);
    expect(await storage.folders('a')).toEqual(['b']);
    expect(await storage.isConfigured()).toBe(true);
    expect((await storage.info('a/b/one.jpg'))?.modifiedAt).toEqual(new Date('2020-01-01T00:00:00Z'));
  });

  test.each(['../secret', 'a/../../secret', '/etc/passwd/../../x/../../..'])(
    'an id that leads out of it is refused: %s',
    async (id) => {
      it = await testApp({ posts: [] });
      expect(() => open(it.config.home).locate(id)).toThrow('not in the media folder');
    },
  );

  test('an upload that is discarded leaves nothing, in memory or on disk', async () => {
    it = await testApp({ posts: [] });
    const storage = open(it.config.home);
    await mkdir(join(it.config.home, 'm'), { recursive: true });
    for (const size of [10, 1000]) {
      const upload = storage.upload('a');
      await upload.write(Buffer.alloc(size));
      await upload.discard();
    }
    expect(await storage.clearPartials('a', [])).toBe(0);
  });

  test("clears a dead run's partial files, and leaves those of the living", async () => {
    it = await testApp({ posts: [] });
    const storage = open(it.config.home);
    await mkdir(join(it.config.home, 'm', 'a'), { recursive: true });
    for (const name of ['1.dead.part', '2.live.part', '3.me.part', 'picture.jpg']) {
      await writeFile(join(it.config.home, 'm', 'a', name), 'x');
    }
    expect(await storage.clearPartials('a', ['live'])).toBe(1);
  });
});
