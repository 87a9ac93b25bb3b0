import { readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { openApp } from '../../src/app/open.ts';
import { migrate } from '../../src/db/migrate.ts';
import { findMediaItem } from '../../src/gallery/media-item.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const places = () =>
  world.app.db.query
    .selectFrom('media_places')
    .innerJoin('media_items', 'media_items.id', 'media_places.media_item_id')
    .select(['store', 'key', 'file_path'])
    .orderBy('key')
    .execute();

const pathOf = (key: string) => join(world.config.mediaDir, key);
const keyOf = (day: number, extension = 'jpg') => `instagram_backfill/2026010${day}_120000_${idOf(day)}.${extension}`;

eachDatabase((databases) => {
  const library = async (posts = images(2)) => {
    world = await testApp({ database: await databases.createEmpty(), posts });
    await world.run();
  };

  test('a downloaded file is recorded with its place', async () => {
    const withheld = { kind: 'raw-fields', fields: { media_url: undefined }, match: { ids: [idOf(2)] } } as const;
    world = await testApp({ database: await databases.createEmpty(), posts: [video(2), image(1)], faults: [withheld] });
    await world.run();
    const expected = (key: string) => ({ store: 'media', key, file_path: pathOf(key) });
    expect(await places()).toEqual([expected(keyOf(1)), expected(keyOf(2))]);
    // The video replaces its still, in the same row.
    world.sandbox.setFaults([]);
    await world.run({ retryFailed: true });
    expect(await places()).toEqual([expected(keyOf(1)), expected(keyOf(2, 'mp4'))]);
  });

  test('the migration records the files of an earlier version, in one go and only those in the media folder', async () => {
    await library(images(3));
    const { db } = world.app;
    await db.query
      .updateTable('media_items')
      .set({ file_path: '/elsewhere/instagram_backfill/3.jpg' })
      .where('instagram_media_id', '=', idOf(3))
      .execute();
    await sql`drop table media_places`.execute(db.query);
    await sql`delete from storyline_migrations where name like '015%'`.execute(db.query);
    await migrate(db);
    expect((await places()).map(({ store, key }) => [store, key])).toEqual([
      ['media', keyOf(1)],
      ['media', keyOf(2)],
    ]);
  });

  test('on a machine that has the media folder at another path, the files are found', async () => {
    await library();
    const { db } = world.app;
    const moved = join(world.config.home, 'moved');
    await rename(world.config.mediaDir, moved);
    await db.query.updateTable('library_identity').set({ host: 'another machine' }).execute();
    const { id } = await db.query
      .selectFrom('media_items')
      .select('id')
      .where('instagram_media_id', '=', idOf(1))
      .executeTakeFirstOrThrow();
    const other = await openApp({ ...world.config, mediaDir: moved }, world.app.outside);
    try {
      const expected = db.dialect.kind === 'sqlite' ? 'moved' : 'elsewhere';
      expect(other.belonging.kind).toBe(expected);
      expect((await findMediaItem(other, id))?.stored?.size).toBe(readFileSync(join(moved, keyOf(1))).length);
    } finally {
      await other.close();
    }
  });

  test('a path that another program changed counts, and not the place that was recorded before', async () => {
    await library();
    const { db, stores } = world.app;
    await stores.media.move(keyOf(1), 'instagram_backfill/renamed.jpg');
    await db.query
      .updateTable('media_items')
      .set({ file_path: pathOf('instagram_backfill/renamed.jpg'), file_name: 'renamed.jpg' })
      .where('instagram_media_id', '=', idOf(1))
      .execute();
    expect((await world.type(['verify-library'])).exitCode).toBe(0);
    expect((await world.run()).report).toMatchObject({ downloaded: 0, skippedDuplicate: 2, missingOnDisk: 0 });
  });

  test('a rebuilt row has its place', async () => {
    await library();
    await world.app.db.query.deleteFrom('media_items').execute();
    expect((await world.type(['verify-library', '--repair'])).exitCode).toBe(0);
    expect((await places()).map(({ key }) => key)).toEqual([keyOf(1), keyOf(2)]);
  });
});
