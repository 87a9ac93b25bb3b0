import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashOf } from '../../src/files/inspect.ts';
import { createLocalStore } from '../../src/files/local/local-store.ts';
import { findMediaItem } from '../../src/gallery/media-item.ts';
import { postFolders } from '../../src/gallery/post-folders.ts';
import { createPreviewCache } from '../../src/gallery/preview-cache.ts';
import { createPreviews } from '../../src/gallery/previews.ts';
import { idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** Nothing of the program may ever read or change this. */
const SECRET = 'the key of somebody else\n';

let folder: string;
let secret: string;
let world: TestApp | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storyline-links-'));
  secret = join(folder, 'secret.key');
  writeFileSync(secret, SECRET);
});
afterEach(async () => {
  expect(readFileSync(secret, 'utf8')).toBe(SECRET);
  await world?.close();
  world = undefined;
  await rm(folder, { recursive: true, force: true });
});

const OBSTACLES: Record<string, (path: string) => void> = {
  'a link to a file': (path) => symlinkSync(secret, path),
  'a link that leads nowhere': (path) => symlinkSync(join(folder, 'nowhere'), path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a pipe': (path) => void execFileSync('mkfifo', [path]),
};
const each = Object.entries(OBSTACLES);

const localFolder = (root: string) => createLocalStore({ root, owner: 'me', memory: 1024 });
const read = async (bytes: AsyncIterable<Uint8Array>) => {
  for await (const _ of bytes);
};

describe.each(each)('%s in the file store', (_, plant) => {
  const make = () => {
    const root = join(folder, 'media');
    mkdirSync(join(root, 'instagram_backfill'), { recursive: true });
    return { root, store: localFolder(root) };
  };

  test('is not a file, is not read, and is only replaced by files that are written again anyway', async () => {
    const { root, store } = make();
    const key = 'instagram_backfill/x.jpg';
    plant(join(root, key));
    expect(await store.stat(key)).toBeUndefined();
    await expect(read(store.open(key))).rejects.toThrow(/where a file should be/);
    await expect(hashOf(store, key)).rejects.toThrow();
    await expect(store.local?.descriptor(key)).rejects.toThrow();
    for await (const file of store.list()) expect(file.key).not.toBe(key);
    const upload = await store.begin('instagram_backfill', { size: undefined, mayWait: true });
    await upload.write(Buffer.from('bytes'));
    await expect(upload.commit(key, undefined)).rejects.toThrow(/where a file should be/);
    expect(readdirSync(join(root, 'instagram_backfill'))).toEqual(['x.jpg']);
    expect(lstatSync(join(root, key)).isFile()).toBe(false);
    await store.put(key, Buffer.from('sidecar'));
    expect(readFileSync(join(root, key), 'utf8')).toBe('sidecar');
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  test('with the name of a probe or a partial file is left alone', async () => {
    const { root, store } = make();
    const names = ['.probe.part', 'instagram_backfill/.probe.part', 'instagram_backfill/0123456789ab.dead.part'];
    for (const name of names) plant(join(root, name));
    expect(await store.prepare(['instagram_backfill'])).toBeUndefined();
    expect(await store.recover('instagram_backfill', [])).toBe(0);
    for (const name of names) expect(lstatSync(join(root, name)).isFile()).toBe(false);
  });

  test.each(['instagram_backfill', 'instagram_backfill/.posts', 'instagram_backfill/.covers'])(
    'in the place of %s is reported before anything is written',
    async (name) => {
      const { root, store } = make();
      rmSync(join(root, name), { recursive: true, force: true });
      plant(join(root, name));
      const folders = ['instagram_backfill', 'instagram_backfill/.posts', 'instagram_backfill/.covers'];
      expect(await store.prepare(folders)).toContain(`${join(root, name)} is a`);
      expect((await store.health(folders)).problem).toContain(`${join(root, name)} is a`);
      await expect(store.put(`${name}/y`, Buffer.from('bytes'))).rejects.toThrow(/not a folder/);
      expect(await store.stat(`${name}/y`)).toBeUndefined();
    },
  );

  test('in the cache of previews is neither read nor written through', async () => {
    const place = join(folder, 'cache', 'previews');
    const cache = createPreviewCache(place);
    await cache.write('ab-1', Buffer.from('preview'));
    rmSync(join(place, 'ab', 'ab-1'));
    plant(join(place, 'ab', 'ab-1'));
    expect(await cache.read('ab-1')).toBeUndefined();
    await cache.write('ab-1', Buffer.from('again'));
    expect((await cache.read('ab-1'))?.toString()).toBe('again');
  });
});

test.each(['', 'previews', 'previews/ab'])(
  'a folder of the cache that is a link holds no previews: %s',
  async (name) => {
    const target = join(folder, 'elsewhere');
    mkdirSync(join(target, 'previews', 'ab'), { recursive: true });
    mkdirSync(join(target, 'ab'), { recursive: true });
    const cache = join(folder, 'cache');
    const linked = join(cache, name);
    mkdirSync(dirname(linked), { recursive: true });
    symlinkSync(target, linked);
    const before = readdirSync(target, { recursive: true });
    await expect(createPreviewCache(join(cache, 'previews')).write('ab-1', Buffer.from('x'))).rejects.toThrow(/a link/);
    expect(readdirSync(target, { recursive: true })).toEqual(before);
  },
);

test('a folder that is a link to real files is neither listed, read, recovered nor written to', async () => {
  const root = join(folder, 'media');
  const target = join(folder, 'target');
  mkdirSync(root);
  mkdirSync(target);
  for (const name of ['1.jpg', '0123456789ab.dead.part']) writeFileSync(join(target, name), 'theirs');
  symlinkSync(target, join(root, 'instagram_backfill'));
  const store = localFolder(root);
  const listed: string[] = [];
  for await (const { key } of store.list()) listed.push(key);
  expect([listed, await store.folders()]).toEqual([[], []]);
  expect(await store.stat('instagram_backfill/1.jpg')).toBeUndefined();
  expect(await store.recover('instagram_backfill', [])).toBe(0);
  await expect(store.move('instagram_backfill/1.jpg', 'instagram_backfill/2.jpg')).rejects.toThrow(/a link/);
  expect(readdirSync(target).toSorted()).toEqual(['0123456789ab.dead.part', '1.jpg']);
});

test('hard links are files, a socket is not', async () => {
  const root = join(folder, 'media');
  mkdirSync(root);
  writeFileSync(join(root, 'one'), 'bytes');
  linkSync(join(root, 'one'), join(root, 'two'));
  const server = createServer().listen(join(root, 'three'));
  const store = localFolder(root);
  expect([(await store.stat('two'))?.size, await store.stat('three')]).toEqual([5, undefined]);
  await expect(read(store.open('three'))).rejects.toThrow(/a socket/);
  await new Promise((closed) => server.close(closed));
});

describe('a library', () => {
  const fileOf = (app: TestApp, name: RegExp) => {
    const media = join(app.config.mediaDir, 'instagram_backfill');
    const found = readdirSync(media).find((one) => name.test(one));
    if (!found) throw new Error(`no file is like ${name}`);
    return join(media, found);
  };

  test.each(each)('with %s in the place of a picture does not read it, and reports it', async (_, plant) => {
    world = await testApp({ posts: images(2) });
    await world.run();
    const path = fileOf(world, /0001\.jpg$/);
    renameSync(path, join(folder, 'kept.jpg'));
    plant(path);
    const { app } = world;
    const row = await app.db.query
      .selectFrom('media_items')
      .select(['id', 'instagram_media_id'])
      .where('file_path', '=', path)
      .executeTakeFirstOrThrow();
    const media = await findMediaItem(app, row.id);
    expect(media).toMatchObject({ stored: undefined });
    const previews = createPreviews({
      stores: app.stores,
      folder: join(folder, 'cache', 'previews'),
      log: app.outside.log,
      now: app.outside.now,
    });
    if (media) expect(await previews.preview(media, 'tile', new AbortController().signal)).toBeUndefined();
    const zip = await postFolders(app, [idOf(1)], new Date());
    expect(zip.entries.map(({ name }) => name)).toContain('missing.txt');

    const verified = await world.type(['verify-library', '--json']);
    expect([verified.exitCode, JSON.parse(verified.stdout).findings]).toEqual([
      3,
      [expect.objectContaining({ kind: 'missing', reason: expect.stringMatching(/where a file should be/) })],
    ]);
    const repair = await world.type(['verify-library', '--repair', '--json']);
    expect(repair.exitCode).toBe(3);
    expect(JSON.parse(repair.stdout).findings[0].not_repaired_because).toMatch(/where a file should be/);
    rmSync(path);
    expect((await world.type(['verify-library', '--repair'])).exitCode).toBe(0);
    expect(readFileSync(path)).toEqual(readFileSync(join(folder, 'kept.jpg')));
  });

  test('never adopts through a link, and downloads nothing in its place', async () => {
    world = await testApp({ posts: images(1) });
    const { content } = { content: 'no picture' };
    writeFileSync(join(folder, 'picture.jpg'), content);
    const place = join(world.config.mediaDir, 'instagram_backfill', `20260101_120000_${idOf(1)}.jpg`);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(folder, 'picture.jpg'), place);
    const { exitCode, stdout } = await world.type(['backfill-instagram', '--quiet']);
    expect([exitCode, world.sandbox.mediaCalls()]).toEqual([3, 0]);
    expect(stdout).toMatch(/is a link, where a file should be/);
    expect(readFileSync(join(folder, 'picture.jpg'), 'utf8')).toBe(content);
    rmSync(place);
    expect((await world.type(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
  });

  test.each(['instagram_backfill', 'instagram_backfill/.posts', 'instagram_backfill/.covers'])(
    'whose %s is a link or a file is refused before anything is downloaded',
    async (name) => {
      world = await testApp({ posts: [video(2), image(1)] });
      const path = join(world.config.mediaDir, name);
      mkdirSync(dirname(path), { recursive: true });
      mkdirSync(join(folder, 'target'));
      for (const plant of [() => symlinkSync(join(folder, 'target'), path), () => writeFileSync(path, 'a file')]) {
        plant();
        const { exitCode, stderr } = await world.type(['backfill-instagram', '--quiet']);
        expect([exitCode, world.sandbox.requests.length]).toEqual([2, 0]);
        expect(stderr).toContain(`${path} `);
        if (name === 'instagram_backfill') expect((await world.type(['verify-library'])).exitCode).toBe(2);
        rmSync(path);
      }
      expect(readdirSync(join(folder, 'target'))).toEqual([]);
      expect((await world.type(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
    },
  );

  test('a link in the place of a sidecar is replaced, and one in the place of a cover does not cost the video', async () => {
    world = await testApp({ posts: [video(1)] });
    const media = join(world.config.mediaDir, 'instagram_backfill');
    for (const name of ['.covers', '.posts']) mkdirSync(join(media, name), { recursive: true });
    symlinkSync(secret, join(media, '.posts', `${idOf(1)}.json`));
    symlinkSync(secret, join(media, '.covers', `${idOf(1)}.jpg`));
    expect((await world.type(['backfill-instagram', '--quiet'])).exitCode).toBe(0);
    expect(await world.files()).toEqual([`20260101_120000_${idOf(1)}.mp4`]);
    expect(JSON.parse(readFileSync(join(media, '.posts', `${idOf(1)}.json`), 'utf8'))).toMatchObject({ id: idOf(1) });
    expect(lstatSync(join(media, '.covers', `${idOf(1)}.jpg`)).isSymbolicLink()).toBe(true);
  });
});
