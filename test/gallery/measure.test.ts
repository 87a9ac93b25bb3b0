import { rm, truncate, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { createMeasures, type MeasuredFile } from '../../src/gallery/measure.ts';
import { createLog } from '../../src/lib/log.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
afterEach(() => world.close());

const log = createLog('silent', () => undefined);
const measures = () => createMeasures({ db: world.app.db, stores: world.app.stores, log });

async function filesOf(...days: readonly number[]): Promise<MeasuredFile[]> {
  const rows = await world.app.db.query.selectFrom('media_items').selectAll().execute();
  return days.map((day) => {
    const row = rows.find((one) => one.instagram_media_id === idOf(day));
    if (!row) throw new Error(`day ${day} is not in the library`);
    return { id: row.id, filePath: row.file_path, fileHash: row.file_hash, mimeType: row.mime_type ?? undefined };
  });
}
const remembered = () => world.app.db.query.selectFrom('media_measures').selectAll().orderBy('width').execute();

eachDatabase(({ create }) => {
  const posts = [
    image(1, { media: { seed: 1, width: 80, height: 64 } }),
    image(2, { media: { seed: 2, width: 48, height: 96, type: 'png' } }),
    image(3, { media: { seed: 3, width: 32, height: 40, type: 'gif' } }),
    video(4, { media: { seed: 4, width: 96, height: 64, seconds: 2 } }),
    video(5, { media: { seed: 5, width: 64, height: 96, seconds: 1, type: 'mov' } }),
  ];

  test('images and videos have their original sizes and lengths, also when requested again', async () => {
    world = await testApp({ database: await create(), posts });
    await world.run();
    const files = await filesOf(1, 2, 4, 5);
    const expected = new Map([
      [files[0]?.id, { width: 80, height: 64, duration: null }],
      [files[1]?.id, { width: 48, height: 96, duration: null }],
      [files[2]?.id, { width: 96, height: 64, duration: 2 }],
      [files[3]?.id, { width: 64, height: 96, duration: 1 }],
    ]);
    expect(await measures().of(files)).toEqual(expected);

    // From what is remembered: the files are not needed for it.
    for (const { filePath } of files) await rm(filePath);
    expect(await measures().of([...files].reverse())).toEqual(expected);
  });

  test('a rotated image is measured as displayed', async () => {
    world = await testApp({ database: await create(), posts: [image(1)] });
    await world.run();
    const [file] = await filesOf(1);
    const lying = sharp({ create: { width: 60, height: 20, channels: 3, background: 'red' } });
    await writeFile(file?.filePath ?? '', await lying.withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect([...(await measures().of(file ? [file] : [])).values()]).toEqual([
      { width: 20, height: 60, duration: null },
    ]);
  });

  test('only changed files are measured again', async () => {
    world = await testApp({ database: await create(), posts });
    await world.run();
    const [kept, changed] = await filesOf(1, 2);
    if (!kept || !changed) throw new Error('two files were expected');
    await measures().of([kept, changed]);
    await rm(kept.filePath);
    await writeFile(
      changed.filePath,
      await sharp({ create: { width: 7, height: 5, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );

    const found = await measures().of([kept, { ...changed, fileHash: 'f'.repeat(64) }]);
    expect(found.get(kept.id)).toMatchObject({ width: 80, height: 64 });
    expect(found.get(changed.id)).toMatchObject({ width: 7, height: 5 });
    expect(await remembered()).toMatchObject([{ width: 7, file_hash: 'f'.repeat(64) }, { width: 80 }]);
  });

  test('a missing or broken file has no size, and none is saved', async () => {
    world = await testApp({ database: await create(), posts });
    await world.run();
    const [missing, empty, cut, text] = await filesOf(1, 2, 4, 5);
    if (!missing || !empty || !cut || !text) throw new Error('four files were expected');
    await rm(missing.filePath);
    await truncate(empty.filePath, 0);
    await truncate(cut.filePath, 200);
    await writeFile(text.filePath, 'by no means a video, whatever its name says');
    const nothing = { width: null, height: null, duration: null };
    const found = await measures().of([missing, empty, cut, text]);
    expect([...found.values()]).toEqual([nothing, nothing, nothing, nothing]);
    expect(await remembered()).toEqual([]);
  });

  test('a media item removed in the meantime is still measured', async () => {
    world = await testApp({ database: await create(), posts });
    await world.run();
    const [file] = await filesOf(1);
    if (!file) throw new Error('a file was expected');
    const gone = { ...file, id: '00000000-0000-4000-8000-000000000000' };
    expect((await measures().of([gone])).get(gone.id)).toMatchObject({ width: 80, height: 64 });
    expect(await measures().of([])).toEqual(new Map());
  });
});
