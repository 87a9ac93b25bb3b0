import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import { createContentCheck } from '../../src/files/content/content-check.ts';
import { detectContent } from '../../src/files/content/detect.ts';
import { createPreviews, type PreviewedMedia } from '../../src/gallery/previews.ts';
import { createLog } from '../../src/lib/log.ts';
import { fileOfRow } from '../../src/library/row-files.ts';
import type { SandboxPost } from '../../src/sandbox/server.ts';
import { idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';

let world: TestApp;
let said: string[];
afterEach(() => world.close());

const waiting = () => new AbortController().signal;
const cacheFolder = () => join(world.config.home, 'cache', 'previews');

async function library(posts: SandboxPost[]) {
  world = await testApp({ posts });
  await world.run();
  said = [];
}

function previews({ now = () => new Date(), folder = cacheFolder(), ffmpeg = 'there-is-no-ffmpeg' } = {}) {
  const log = createLog('debug', (line) => said.push(line));
  return createPreviews({ stores: world.app.stores, folder, log, now, ffmpeg });
}

async function mediaOf(day: number): Promise<PreviewedMedia & { filePath: string }> {
  const row = await world.app.db.query
    .selectFrom('media_items')
    .selectAll()
    .where('instagram_media_id', '=', idOf(day))
    .executeTakeFirstOrThrow();
  return {
    id: row.id,
    filePath: row.file_path,
    file: fileOfRow(world.app.stores, row),
    fileHash: row.file_hash,
    mimeType: row.mime_type ?? undefined,
    instagramMediaId: row.instagram_media_id ?? undefined,
  };
}

const cached = async () =>
  (await readdir(cacheFolder(), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

const picture = (width: number, height: number, background = 'red') =>
  sharp({ create: { width, height, channels: 3, background } });

describe('pictures', () => {
  test('a tile is a square of 360 pixels, a view is no larger than the image; both are cached', async () => {
    await library([image(1, { media: { seed: 1, width: 640, height: 400 } })]);
    const media = await mediaOf(1);
    const tile = await previews().preview(media, 'tile', waiting());
    const view = await previews().preview(media, 'view', waiting());
    expect(await sharp(tile?.bytes).metadata()).toMatchObject({ format: 'webp', width: 360, height: 360 });
    expect(await sharp(view?.bytes).metadata()).toMatchObject({ format: 'webp', width: 640, height: 400 });
    expect((await cached()).toSorted()).toEqual([`${media.fileHash}-tile.webp`, `${media.fileHash}-view.webp`]);

    const place = join(cacheFolder(), media.fileHash.slice(0, 2), `${media.fileHash}-tile.webp`);
    expect((await stat(place)).mode & 0o777).toBe(0o600);
    expect((await stat(cacheFolder())).mode & 0o777).toBe(0o700);
    // Kept bytes are what is given: the picture is not looked at again.
    await writeFile(place, 'what was kept');
    expect(Buffer.from((await previews().preview(media, 'tile', waiting()))?.bytes ?? []).toString()).toBe(
      'what was kept',
    );
  });

  test('a large image is scaled down without cropping', async () => {
    await library([image(1)]);
    const media = await mediaOf(1);
    await writeFile(media.filePath, await picture(3000, 2000).jpeg().toBuffer());
    const view = await previews().preview(media, 'view', waiting());
    expect(await sharp(view?.bytes).metadata()).toMatchObject({ width: 1440, height: 960 });
  });

  test('an image is rotated upright, and its metadata is removed', async () => {
    await library([image(1)]);
    const media = await mediaOf(1);
    // Red on its left half, lying on its side: red is at the top.
    const lying = picture(200, 100, 'blue').composite([
      { input: await picture(100, 100).png().toBuffer(), left: 0, top: 0 },
    ]);
    const noted = { IFD0: { Copyright: 'somebody at home' } };
    await writeFile(media.filePath, await lying.jpeg().withExif(noted).withMetadata({ orientation: 6 }).toBuffer());
    const view = await previews().preview(media, 'view', waiting());
    const { orientation, exif, width, height } = await sharp(view?.bytes).metadata();
    expect({ orientation, exif, width, height }).toEqual({
      orientation: undefined,
      exif: undefined,
      width: 100,
      height: 200,
    });
    const top = sharp(view?.bytes).extract({ left: 40, top: 20, width: 20, height: 20 });
    const { dominant } = await sharp(await top.png().toBuffer()).stats();
    expect(dominant.r).toBeGreaterThan(200);
    expect(dominant.b).toBeLessThan(60);
  });

  test('an AVIF image is recognized by its content, measured and displayed', async () => {
    await library([image(1)]);
    const media = await mediaOf(1);
    const picture = sharp({ create: { width: 90, height: 60, channels: 3, background: '#336699' } });
    const bytes = await picture.avif().toBuffer();
    expect(detectContent(bytes)).toMatchObject({ kind: 'image', mime: 'image/avif', extension: '.avif' });
    const check = createContentCheck();
    check.push(bytes, bytes.length);
    expect(check.isComplete()).toBe(true);
    await writeFile(media.filePath, bytes);

    const shown = await previews().preview({ ...media, mimeType: 'image/avif' }, 'view', waiting());
    expect(await sharp(shown?.bytes).metadata()).toMatchObject({ format: 'webp', width: 90, height: 60 });
  });

  test('an animated image is represented by its first frame', async () => {
    await library([image(1)]);
    const media = await mediaOf(1);
    const frames = await Promise.all(['red', 'blue'].map((colour) => picture(50, 50, colour).png().toBuffer()));
    await writeFile(
      media.filePath,
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    );
    const view = await previews().preview(media, 'view', waiting());
    const { pages, width, height } = await sharp(view?.bytes).metadata();
    expect({ pages, width, height }).toEqual({ pages: undefined, width: 50, height: 50 });
    expect((await sharp(view?.bytes).stats()).dominant.r).toBeGreaterThan(200);
  });

  test('broken images and other files have no preview, and are not tried again for a while', async () => {
    await library([image(1), image(2)]);
    const [broken, page] = [await mediaOf(1), await mediaOf(2)];
    const whole = await picture(900, 900).jpeg().toBuffer();
    await writeFile(broken.filePath, whole.subarray(0, whole.length / 2));
    await writeFile(page.filePath, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    let at = Date.UTC(2026, 0, 1);
    const made = previews({ now: () => new Date(at) });
    expect(await made.preview(broken, 'tile', waiting())).toBeUndefined();
    expect(await made.preview(page, 'tile', waiting())).toBeUndefined();

    await writeFile(broken.filePath, whole);
    expect(await made.preview(broken, 'tile', waiting())).toBeUndefined();
    at += 6 * 60_000;
    expect(await made.preview(broken, 'tile', waiting())).toBeDefined();
  });

  test('a missing file has no preview until it is back', async () => {
    await library([image(1)]);
    const media = await mediaOf(1);
    const bytes = await readFile(media.filePath);
    await rm(media.filePath);
    const made = previews();
    expect(await made.preview(media, 'tile', waiting())).toBeUndefined();
    await writeFile(media.filePath, bytes);
    expect(await made.preview(media, 'tile', waiting())).toBeDefined();
    expect(await made.preview({ ...media, fileHash: '../../../etc/passwd' }, 'tile', waiting())).toBeUndefined();
  });

  test('a damaged cache does not prevent previews', async () => {
    await library([image(1)]);
    const media = await mediaOf(1);
    const made = previews();
    const first = await made.preview(media, 'tile', waiting());
    await truncate(join(cacheFolder(), media.fileHash.slice(0, 2), `${media.fileHash}-tile.webp`), 0);
    expect(await made.preview(media, 'tile', waiting())).toEqual(first);
    await rm(cacheFolder(), { recursive: true });
    expect(await made.preview(media, 'tile', waiting())).toEqual(first);
    expect(await cached()).toHaveLength(1);
  });

  test('if the cache cannot be written, previews still work, with one warning', async () => {
    await library([image(1), image(2)]);
    const folder = join(world.config.home, 'a-file', 'previews');
    await writeFile(join(world.config.home, 'a-file'), '');
    const made = previews({ folder });
    expect(await made.preview(await mediaOf(1), 'tile', waiting())).toBeDefined();
    expect(await made.preview(await mediaOf(2), 'tile', waiting())).toBeDefined();
    expect(said).toEqual([expect.stringMatching(/^warn: previews cannot be saved in .*ENOTDIR/)]);
  });

  test('parallel requests for a preview share the work; a request that is aborted fails', async () => {
    await library([image(1)]);
    const media = await mediaOf(1);
    const made = previews();
    const leaves = new AbortController();
    const left = made.preview(media, 'tile', leaves.signal);
    const others = Array.from({ length: 5 }, () => made.preview(media, 'tile', waiting()));
    leaves.abort(new Error('scrolled on'));
    await expect(left).rejects.toThrow('scrolled on');
    const [one, ...rest] = await Promise.all(others);
    expect(one).toBeDefined();
    for (const other of rest) expect(other?.bytes).toBe(one?.bytes);
  });
});

describe('videos', () => {
  const clip = video(1, { media: { seed: 1, width: 96, height: 160, seconds: 1 } });
  const coverOf = (day: number) => join(world.config.mediaDir, 'instagram_backfill', '.covers', `${idOf(day)}.jpg`);

  test('a video is represented by its cover, and a new cover makes a new preview', async () => {
    await library([clip]);
    const media = await mediaOf(1);
    await writeFile(coverOf(1), await picture(90, 60, 'lime').jpeg().toBuffer());
    await utimes(coverOf(1), new Date(1e12), new Date(1e12));
    const before = await previews().preview(media, 'view', waiting());
    expect((await sharp(before?.bytes).stats()).dominant.g).toBeGreaterThan(200);

    await writeFile(coverOf(1), await picture(90, 60, 'blue').jpeg().toBuffer());
    const after = await previews().preview(media, 'view', waiting());
    expect(after?.name).not.toBe(before?.name);
    expect((await sharp(after?.bytes).stats()).dominant.b).toBeGreaterThan(200);
  });

  test('a video without a cover has no preview if ffmpeg is not installed', async () => {
    await library([clip]);
    await rm(coverOf(1), { force: true });
    expect(await previews().preview(await mediaOf(1), 'tile', waiting())).toBeUndefined();
  });

  test('aborting the request ends ffmpeg', async () => {
    await library([clip]);
    await rm(coverOf(1), { force: true });
    const [program, running] = [join(world.config.home, 'slow-ffmpeg'), join(world.config.home, 'running')];
    const script = `#!/bin/sh\n[ "$1" = -version ] && exit 0\necho $$ > '${running}'\nexec sleep 1000\n`;
    await writeFile(program, script, { mode: 0o700 });
    const leaves = new AbortController();
    const left = previews({ ffmpeg: program }).preview(await mediaOf(1), 'tile', leaves.signal);
    const id = () => readFile(running, 'utf8').then(Number, () => 0);
    await until('the program is started', async () => (await id()) > 0);
    leaves.abort(new Error('scrolled on'));
    await expect(left).rejects.toThrow('scrolled on');
    const child = await id();
    await until('the program has ended', () => !isRunning(child));
  });

  const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
  describe.skipIf(!hasFfmpeg)(`by ffmpeg${hasFfmpeg ? '' : ' (skipped: it is not installed here)'}`, () => {
    test('a video without a cover is represented by its first frame', async () => {
      await library([clip]);
      await rm(coverOf(1), { force: true });
      const view = await previews({ ffmpeg: 'ffmpeg' }).preview(await mediaOf(1), 'view', waiting());
      expect(await sharp(view?.bytes).metadata()).toMatchObject({ format: 'webp', width: 96, height: 160 });
    });

    test('a file that is not a video has no frame, whatever it refers to', async () => {
      await library([clip, image(2)]);
      await rm(coverOf(1), { force: true });
      const media = await mediaOf(1);
      const { filePath } = await mediaOf(2);
      const head = Buffer.from('\0\0\0\x14ftypisom\0\0\0\0isom');
      await writeFile(media.filePath, Buffer.concat([head, Buffer.from(`\n#EXTM3U\n#EXTINF:1,\nfile:${filePath}\n`)]));
      expect(await previews({ ffmpeg: 'ffmpeg' }).preview(media, 'tile', waiting())).toBeUndefined();
    });
  });
});
