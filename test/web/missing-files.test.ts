import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Accounts, Health, LibraryOverview } from '../../src/contract/library.ts';
import type { Months, Post, Posts } from '../../src/contract/posts.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, idOf, image } from '../support/posts.ts';
import { until } from '../support/until.ts';
import { messageOf, type TestGallery, testGallery } from './support.ts';

eachDatabase((databases) => {
  let gallery: TestGallery;
  let time: Date;
  beforeEach(async () => {
    time = new Date('2026-06-01T12:00:00Z');
    const posts = [image(1), image(2), album(3, 3), image(4)];
    gallery = await testGallery({ database: await databases.create(), posts, now: () => time });
    await gallery.library.run();
    // What a run finds on disk is another matter: nothing is known yet.
    await gallery.library.app.db.query.deleteFrom('file_checks').execute();
    later(60_000);
  });
  afterEach(() => gallery.close());
  /** What is remembered of files is read every few seconds. */
  const later = (milliseconds: number) => {
    time = new Date(time.getTime() + milliseconds);
  };

  const read = async <T>(path: string): Promise<T> => (await (await gallery.ask(`/api${path}`)).json()) as T;
  const postOf = (n: number) => read<Post>(`/posts/${idOf(n)}`);
  const tileOf = async (n: number) =>
    (await read<Posts>('/posts')).posts
      .filter(({ id }) => id === idOf(n))
      .map(({ state, kept, gone, cover }) => ({ state, kept, gone, hasCover: cover !== null }))[0];
  const mediaOf = async (n: number, at = 0) => {
    const media = (await postOf(n)).items[at]?.media;
    if (!media) throw new Error(`item ${at} of post ${n} has no file`);
    return media;
  };
  const lacking = async () => (await read<Months>('/months?state=missing')).posts;
  const stored = () =>
    gallery.library.app.db.query.selectFrom('media_file_states').select(['media_item_id', 'state']).execute();
  const fileCheck = async () => (await read<Health>('/health')).checks.find(({ name }) => name === 'Files');
  const library = () => read<LibraryOverview>('/library');

  test('unchecked files are not reported', async () => {
    expect(await fileCheck()).toMatchObject({ state: 'warning', finding: 'not checked yet' });
    expect((await library()).disk).toEqual({ missing: 0, altered: 0, lastCheck: null });
    expect(await tileOf(1)).toEqual({ state: 'whole', kept: 1, gone: 0, hasCover: true });
  });

  test.each([
    ['its file', (id: string) => `/media/${id}/file`],
    ['the first byte of it', (id: string) => `/media/${id}/file`],
    ['its thumbnail', (id: string) => `/media/${id}/thumbnail`],
  ])('a missing file is noticed by requesting %s, and again when it is back', async (what, path) => {
    const media = await mediaOf(1);
    await rename(media.filePath, `${media.filePath}.away`);
    const ask = () =>
      gallery.ask(`/api${path(media.id)}`, what.includes('byte') ? { headers: { Range: 'bytes=0-0' } } : {});
    const refused = await ask();
    expect([refused.status, await messageOf(refused)]).toEqual([404, `The file ${media.fileName} is missing on disk`]);
    expect(await tileOf(1)).toEqual({ state: 'missing', kept: 0, gone: 1, hasCover: true });
    expect(await mediaOf(1)).toMatchObject({ fileState: 'missing' });
    expect(await lacking()).toBe(1);
    const { states, disk } = await library();
    expect([states, disk.missing]).toEqual([{ whole: 3, partial: 0, poster: 0, missing: 1 }, 1]);
    expect(await fileCheck()).toMatchObject({
      state: 'warning',
      finding: '1 file missing on disk',
      remedy: 'Download them again: storyline-cli verify-library --repair',
    });
    const { accounts } = await read<Accounts>('/accounts');
    expect(accounts[0]?.completeness).toMatchObject({ whole: 3, partial: 0, missing: 1 });

    later(10_000);
    await rename(`${media.filePath}.away`, media.filePath);
    expect((await ask()).status).toBeLessThan(300);
    expect(await stored()).toEqual([]);
    expect(await tileOf(1)).toEqual({ state: 'whole', kept: 1, gone: 0, hasCover: true });
    expect(await lacking()).toBe(0);
  });

  test('an album with a missing file is partial, and has another cover', async () => {
    const [first, second] = [await mediaOf(3, 0), await mediaOf(3, 1)];
    await rm(first.filePath);
    await gallery.ask(`/api/media/${first.id}/file`, { method: 'HEAD' });
    const { posts } = await read<Posts>('/posts?state=missing');
    expect(posts).toMatchObject([{ id: idOf(3), state: 'partial', kept: 2, gone: 1, cover: { id: second.id } }]);
    const { accounts } = await read<Accounts>('/accounts');
    expect(accounts[0]?.completeness).toMatchObject({ whole: 3, partial: 1, missing: 0 });
  });

  test('making a ZIP notices missing files', async () => {
    const media = await mediaOf(2);
    await rm(media.filePath);
    expect((await gallery.send('POST', '/api/downloads', { posts: [idOf(2)] })).status).toBe(201);
    expect(await stored()).toEqual([{ media_item_id: media.id, state: 'missing' }]);
  });

  test('a file with another size is altered, not missing', async () => {
    const media = await mediaOf(2);
    await appendFile(media.filePath, 'more');
    await gallery.ask(`/api/media/${media.id}/file`, { method: 'HEAD' });
    expect(await mediaOf(2)).toMatchObject({ fileState: 'altered' });
    expect(await lacking()).toBe(0);
    expect(await fileCheck()).toMatchObject({ state: 'warning', finding: '1 file not as stored' });
  });

  test('a file found altered stays so, even if its size is right', async () => {
    const media = await mediaOf(2);
    await gallery.library.app.db.query
      .insertInto('media_file_states')
      .values({ media_item_id: media.id, state: 'altered', noted_at: time })
      .execute();
    const bytes = await readFile(media.filePath);
    await writeFile(media.filePath, bytes.fill(1, 10, 11));
    await gallery.ask(`/api/media/${media.id}/file`, { method: 'HEAD' });
    expect(await stored()).toEqual([{ media_item_id: media.id, state: 'altered' }]);
  });

  test('a library that is away as a whole has no missing files', async () => {
    const { mediaDir } = gallery.library.config;
    const media = await mediaOf(1);
    await rename(mediaDir, `${mediaDir}.away`);
    expect((await gallery.ask(`/api/media/${media.id}/file`)).status).toBe(404);
    expect(await stored()).toEqual([]);
    await rename(`${mediaDir}.away`, mediaDir);
  });

  test('the last check has its time and scope', async () => {
    await gallery.library.app.db.query
      .insertInto('file_checks')
      .values({ scope: 'library', kind: 'verify', checked_at: time, files: 6, missing: 0, altered: 0 })
      .execute();
    expect(await fileCheck()).toMatchObject({
      state: 'ok',
      finding: '6 files checked on 2026-06-01 12:01:00 UTC (every byte): none is missing',
    });
    expect((await library()).disk.lastCheck).toEqual({ kind: 'verify', at: time.toISOString(), files: 6 });
  });

  test('event streams announce changes of missing files', async () => {
    const answer = await gallery.ask('/api/events');
    const reader = answer.body?.getReader();
    let said = '';
    const hear = async () => {
      const { value } = (await reader?.read()) ?? {};
      said += new TextDecoder().decode(value);
    };
    await hear();
    expect(said).toContain('data: {"running":[]}');
    const media = await mediaOf(1);
    await rm(media.filePath);
    await gallery.ask(`/api/media/${media.id}/file`);
    await until('the report of it', async () => {
      await hear();
      return /"files":"1 \d{4}-/.test(said);
    });
    await reader?.cancel();
  });
});
