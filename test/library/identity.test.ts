import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MARK } from '../../src/library/folder-mark.ts';
import { relink } from '../../src/library/repair/relink.ts';
import { POSTS } from '../fixtures/library-0.1.0/posts.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { checkSound } from '../support/sound.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

let world: TestApp;
let folder: string;
const more: TestApp[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storyline-identity-'));
});
afterEach(async () => {
  for (const one of more.splice(0)) await one.close();
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => world.type(['backfill-instagram', '--quiet', ...args]);
const inFolder = (MEDIA_DIR: string) => ({ environment: { MEDIA_DIR } });
const markIn = (media: string) => JSON.parse(readFileSync(join(media, MARK), 'utf8'));
const paths = async () =>
  (await world.app.db.query.selectFrom('media_items').select('file_path').execute()).map((row) => row.file_path);
const identity = () => world.app.db.query.selectFrom('library_identity').selectAll().executeTakeFirst();
interface Check {
  name: string;
  state: string;
  finding: string;
}
const folderCheck = async (environment = {}) => {
  const { stdout, exitCode } = await world.type(['check-health', '--offline', '--json'], undefined, { environment });
  const checks: Check[] = JSON.parse(stdout).checks;
  return { exitCode, ...checks.find(({ name }) => name === 'Media folder') };
};

eachDatabase((databases) => {
  const start = async () => {
    world = await testApp({ posts: images(3), database: await databases.create() });
  };

  test('a first run marks database and folder; commands that only read do not', async () => {
    await start();
    const media = world.config.mediaDir;
    for (const command of ['check-health', 'backfill-status', 'list-media', 'verify-library'])
      await world.type([command, ...(command === 'check-health' ? ['--offline'] : [])]);
    await run('--dry-run');
    expect([existsSync(media), await identity()]).toEqual([false, undefined]);
    expect(await folderCheck()).toMatchObject({
      exitCode: 0,
      state: 'ok',
      finding: expect.stringMatching(/not created yet/),
    });
    expect((await run()).exitCode).toBe(0);
    const { library_id, media_dir } = (await identity()) ?? {};
    expect(markIn(media)).toMatchObject({ format: 'storyline-library/1', id: library_id });
    expect(media_dir).toBe(media);
    expect((await run()).exitCode).toBe(0);
    expect(markIn(media).id).toBe(library_id);
  });

  test('a folder without the files, or of another library, is refused by every command that needs it', async () => {
    await start();
    await run();
    const empty = join(folder, 'empty');
    mkdirSync(join(empty, 'instagram_backfill'), { recursive: true });
    const other = await testApp({ posts: images(2) });
    more.push(other);
    await other.run();
    for (const media of [join(folder, 'nowhere'), empty, other.config.mediaDir]) {
      const before = existsSync(media) && readdirSync(media, { recursive: true });
      for (const args of [['backfill-instagram'], ['backfill-instagram', '--dry-run'], ['verify-library']]) {
        const { exitCode, stderr } = await world.type(args, undefined, inFolder(media));
        expect([args, exitCode]).toEqual([args, 2]);
        expect(stderr).toContain(world.config.mediaDir);
        expect(stderr).toContain(media);
      }
      expect(await folderCheck({ MEDIA_DIR: media })).toMatchObject({ exitCode: 1, state: 'broken' });
      const listed = await world.type(['list-media'], undefined, inFolder(media));
      expect([listed.exitCode, listed.stderr.includes(world.config.mediaDir)]).toEqual([0, true]);
      expect(existsSync(media) && readdirSync(media, { recursive: true })).toEqual(before);
    }
    const repair = await world.type(['verify-library', '--repair'], undefined, inFolder(other.config.mediaDir));
    expect([repair.exitCode, repair.stderr.includes('another library')]).toEqual([2, true]);
    await checkSound(world, images(3));
  });

  test('an unmounted disk is recognised, and verify-library --repair starts again in a new folder', async () => {
    await start();
    await run();
    const media = world.config.mediaDir;
    renameSync(media, `${media}.away`);
    expect(await folderCheck()).toMatchObject({ exitCode: 1, finding: expect.stringContaining('is missing') });
    expect(existsSync(media)).toBe(false);
    mkdirSync(join(media, 'instagram_backfill'), { recursive: true });
    expect((await run()).exitCode).toBe(2);
    expect(await folderCheck()).toMatchObject({ exitCode: 1 });
    expect((await world.type(['verify-library', '--repair'])).exitCode).toBe(0);
    await checkSound(world, images(3));
    expect(markIn(media).id).toBe(markIn(`${media}.away`).id);
  });

  test('a marked folder with missing files is accepted', async () => {
    await start();
    await run();
    rmSync(join(world.config.mediaDir, 'instagram_backfill'), { recursive: true });
    expect(await folderCheck()).toMatchObject({ exitCode: 0, state: 'warning' });
    expect((await run()).exitCode).toBe(0);
  });

  test.each(['', 'é 100%_\\', 'deep/er'])('a library that was moved keeps working: %s', async (name) => {
    await start();
    await run();
    const to = join(folder, 'new', name, 'media');
    mkdirSync(join(to, '..'), { recursive: true });
    cpSync(world.config.mediaDir, to, { recursive: true, preserveTimestamps: true });
    rmSync(world.config.mediaDir, { recursive: true });
    expect(await folderCheck({ MEDIA_DIR: to })).toMatchObject({
      exitCode: 0,
      finding: expect.stringContaining('moved from'),
    });
    const listed = await world.type(['list-media', '--json'], undefined, inFolder(to));
    expect(listed.stderr).toContain(
      `This library was moved from ${world.config.mediaDir} to ${to}: 3 records updated.`,
    );
    for (const { file_path } of JSON.parse(listed.stdout).media) expect(existsSync(file_path)).toBe(true);
    world.sandbox.resetRequests();
    const again = await world.type(['backfill-instagram', '--quiet'], undefined, inFolder(to));
    expect([again.exitCode, world.sandbox.mediaCalls(), again.stderr]).toEqual([0, 0, '']);
    expect((await world.type(['verify-library'], undefined, inFolder(to))).stdout).toContain(
      'The library is complete.',
    );
    expect((await paths()).every((path) => path.startsWith(to))).toBe(true);
  });

  test('an interrupted move is resumed, also into a folder below the old one', async () => {
    const db = await databases.openMigrated();
    await db.query
      .insertInto('library_identity')
      .values({
        id: 1,
        library_id: '00000000-0000-4000-8000-000000000000',
        created_at: new Date(),
        media_dir: '/old',
        host: 'h',
      })
      .execute();
    const row = (path: string, source_type = 'instagram_backfill') => ({
      file_path: path,
      file_name: 'x',
      file_size: 1,
      file_hash: 'h',
      source_type,
    });
    const many = Array.from({ length: 1203 }, (_, n) => row(`/old/instagram_backfill/${n}.jpg`));
    const others = [
      row('/older/a.jpg', 'local'),
      row('relative/b.jpg', 'local'),
      row('/OLD/c.jpg', 'local'),
      row('/old/d', 'google_drive'),
    ];
    for (let from = 0; from < many.length; from += 100)
      await db.query
        .insertInto('media_items')
        .values(many.slice(from, from + 100))
        .execute();
    await db.query.insertInto('media_items').values(others).execute();
    // As a crash leaves it: one page is done.
    const first = await db.query
      .selectFrom('media_items')
      .select('id')
      .where('file_path', 'like', '/old/inst%')
      .orderBy('id')
      .limit(500)
      .execute();
    await db.query
      .updateTable('media_items')
      .set({ file_path: sql`'/old/new' || substr(file_path, 5)` })
      .where(
        'id',
        'in',
        first.map(({ id }) => id),
      )
      .execute();
    await db.query
      .updateTable('library_identity')
      .set({ moving_to: '/old/new', moved_through: first.at(-1)?.id ?? null })
      .execute();

    const [one, two] = await Promise.all([
      relink(db, '/old/new', () => new Date()),
      relink(db, '/old/new', () => new Date()),
    ]);
    expect(one + two).toBe(703);
    const found = (await db.query.selectFrom('media_items').select('file_path').execute()).map(
      (each) => each.file_path,
    );
    expect(found.toSorted()).toEqual(
      [
        ...many.map(({ file_path }) => file_path.replace('/old/', '/old/new/')),
        ...others.map((each) => each.file_path),
      ].toSorted(),
    );
    expect(await db.query.selectFrom('library_identity').select(['media_dir', 'moving_to']).execute()).toEqual([
      { media_dir: '/old/new', moving_to: null },
    ]);
  });

  test('a new database adopts the folder of an old one', async () => {
    await start();
    await run();
    const { id } = markIn(world.config.mediaDir);
    const fresh = await testApp({
      posts: images(3),
      database: await databases.create(),
      ...inFolder(world.config.mediaDir),
    });
    more.push(fresh);
    expect((await fresh.type(['verify-library', '--repair'])).exitCode).toBe(0);
    expect(markIn(world.config.mediaDir).id).toBe(id);
    expect(await fresh.app.db.query.selectFrom('library_identity').select('library_id').execute()).toEqual([
      { library_id: id },
    ]);
    expect(await fresh.app.db.query.selectFrom('media_items').select('id').execute()).toHaveLength(3);
  });
});

describe('a server that two machines use', () => {
  eachDatabase(({ kind, create }) => {
    test.skipIf(kind === 'sqlite')('keeps its rows unchanged', async () => {
      world = await testApp({ posts: images(2), database: await create() });
      await run();
      const other = join(folder, 'mounted');
      cpSync(world.config.mediaDir, other, { recursive: true, preserveTimestamps: true });
      await world.app.db.query.updateTable('library_identity').set({ host: 'desk' }).execute();
      const before = await paths();
      const refused = await world.type(['backfill-instagram'], undefined, inFolder(other));
      expect([refused.exitCode, await paths()]).toEqual([2, before]);
      expect(refused.stderr).toMatch(/used by the machine desk .*\nMount the folder at the same path/);
      expect((await world.type(['verify-library', '--repair'], undefined, inFolder(other))).exitCode).toBe(0);
      expect((await paths()).every((path) => path.startsWith(other))).toBe(true);
      expect((await world.type(['backfill-instagram', '--quiet'], undefined, inFolder(other))).exitCode).toBe(0);
    });
  });
});

test('a media folder that is a link is the folder that it points to', async () => {
  world = await testApp({ posts: images(2) });
  mkdirSync(join(folder, 'disk'));
  symlinkSync(join(folder, 'disk'), world.config.mediaDir);
  expect((await run()).exitCode).toBe(0);
  const direct = await world.type(['verify-library'], undefined, inFolder(join(folder, 'disk')));
  expect(direct.stdout).toContain('The library is complete.');
  expect((await run()).exitCode).toBe(0);
  await checkSound(world, images(2));
});

describe('a library of version 0.1.0', () => {
  const made = join(import.meta.dirname, '../fixtures/library-0.1.0');
  const open = async () => {
    const path = join(folder, 'home', 'storyline.db');
    cpSync(join(made, 'media'), join(folder, 'home', 'media'), { recursive: true });
    writeFileSync(path, gunzipSync(readFileSync(join(made, 'storyline.db.gz'))));
    return testApp({ posts: POSTS, database: { kind: 'sqlite', path }, ...inFolder(join(folder, 'home', 'media')) });
  };

  test('opens at another path, gets its identity, is complete, and nothing is downloaded', async () => {
    world = await open();
    const media = join(folder, 'home', 'media');
    expect((await paths()).every((path) => path.startsWith(media))).toBe(true);
    expect((await world.type(['verify-library'])).stdout).toMatch(
      /7 files and 2 covers complete.*\n.*The library is complete/,
    );
    world.sandbox.resetRequests();
    const { exitCode, stdout } = await run();
    expect([exitCode, world.sandbox.mediaCalls()]).toEqual([0, 0]);
    expect(stdout).toContain('5 posts on Instagram · 5 complete');
    expect(markIn(media).id).toBe((await identity())?.library_id);
    expect((await world.type(['verify-library'])).stdout).toContain('The library is complete.');
  });

  test('is refused with a folder that has none of its files', async () => {
    world = await open();
    const { exitCode, stderr } = await world.type(['backfill-instagram'], undefined, inFolder(join(folder, 'other')));
    expect([exitCode, existsSync(join(folder, 'other'))]).toEqual([2, false]);
    expect(stderr).toContain('which has none of them');
  });
});
