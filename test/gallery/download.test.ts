import { execFile, spawnSync } from 'node:child_process';
import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { createDownloads, type ReadyDownload } from '../../src/gallery/download.ts';
import { safeName } from '../../src/lib/safe-name.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, childId, idOf, image, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readZip } from '../support/zip.ts';

let world: TestApp;
afterEach(() => world.close());

let at = new Date('2026-11-24T23:59:00Z');
const downloads = () => createDownloads({ db: world.app.db, stores: world.app.stores, now: () => at });

async function library(options: SandboxOptions & Parameters<typeof testApp>[0]) {
  at = new Date('2026-11-24T23:59:00Z');
  world = await testApp(options);
  await world.run();
}

async function bytesOf(download: ReadyDownload): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of download.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The ZIP's files by their names, once its length is what was said. */
async function contentOf(download: ReadyDownload): Promise<ReadonlyMap<string, Buffer>> {
  const bytes = await bytesOf(download);
  expect(bytes.length).toBe(download.bytes);
  return readZip(bytes);
}
const pathOf = (name: string) => join(world.config.mediaDir, 'instagram_backfill', name);

eachDatabase(({ create }) => {
  test('one folder per post, with its files and metadata, and a table of all posts', async () => {
    const posts = [
      album(3, 2, { caption: 'One, “two”\nand =three' }),
      video(2, { caption: '=1+1' }),
      image(1, { caption: '' }),
    ];
    await library({ database: await create(), posts });
    const download = await downloads().prepare([idOf(3), idOf(2), idOf(1), idOf(2)]);
    expect(download).toMatchObject({ fileName: 'storyline-2026-11-24-3-posts.zip', posts: 3, files: 4 });
    expect(download.id).toMatch(/^[\w-]{22}$/);
    const files = await contentOf(download);

    const folders = [3, 2, 1].map((day) => `2026010${day}_120000_${idOf(day)}`);
    const items = world.sandbox.expectedItems();
    const fileOf = (id: string, day: number) =>
      `2026010${day}_120000_${id}${items.find((item) => item.id === id)?.extension}`;
    const albumFiles = [1, 2].map((position) => fileOf(childId(3, position), 3));
    expect([...files.keys()]).toEqual([
      'README.txt',
      'posts.csv',
      `${folders[0]}/post.json`,
      `${folders[0]}/caption.txt`,
      ...albumFiles.map((name) => `${folders[0]}/${name}`),
      `${folders[1]}/post.json`,
      `${folders[1]}/caption.txt`,
      `${folders[1]}/${fileOf(idOf(2), 2)}`,
      `${folders[2]}/post.json`,
      `${folders[2]}/${fileOf(idOf(1), 1)}`,
    ]);
    for (const name of albumFiles) expect(files.get(`${folders[0]}/${name}`)).toEqual(await readFile(pathOf(name)));
    expect(files.get(`${folders[0]}/caption.txt`)?.toString()).toBe('One, “two”\nand =three\n');

    const told = JSON.parse(files.get(`${folders[0]}/post.json`)?.toString() ?? '');
    const sidecar = JSON.parse(await readFile(pathOf(`.posts/${idOf(3)}.json`), 'utf8'));
    expect(told).toEqual({
      ...sidecar,
      items: sidecar.items.map((item: object, index: number) => ({ ...item, file: albumFiles[index] })),
    });
    const permalinks = folders.map((folder) => JSON.parse(String(files.get(`${folder}/post.json`))).permalink);
    expect(permalinks[0]).toMatch(/^https:/);
    const table = [
      '\ufeffid,kind,posted_at,permalink,likes,comments,caption,files',
      `${idOf(3)},album,2026-01-03T12:00:00.000Z,${permalinks[0]},3,1,"One, “two”\nand =three",${albumFiles.map((name) => `${folders[0]}/${name}`).join('; ')}`,
      `${idOf(2)},reel,2026-01-02T12:00:00.000Z,${permalinks[1]},2,1,'=1+1,${folders[1]}/${fileOf(idOf(2), 2)}`,
      `${idOf(1)},image,2026-01-01T12:00:00.000Z,${permalinks[2]},1,1,,${folders[2]}/${fileOf(idOf(1), 1)}`,
      '',
    ];
    expect(String(files.get('posts.csv'))).toBe(table.join('\r\n'));
  });

  test('a single post has the same layout, and the ZIP is named after it', async () => {
    await library({ database: await create(), posts: [image(1)] });
    const download = await downloads().prepare([idOf(1)]);
    expect(download.fileName).toBe(`storyline-${idOf(1)}.zip`);
    expect([...(await contentOf(download)).keys()]).toContain(`20260101_120000_${idOf(1)}/post.json`);
  });

  test('missing files are left out and listed', async () => {
    const faults = [
      {
        kind: 'raw-fields' as const,
        fields: { media_url: undefined, thumbnail_url: undefined },
        match: { ids: [childId(2, 1)] },
      },
    ];
    await library({ database: await create(), posts: [album(2, 3), image(1)], faults });
    const name = `20260101_120000_${idOf(1)}.jpg`;
    await rm(pathOf(name));
    const download = await downloads().prepare([idOf(2), idOf(1)]);
    const files = await contentOf(download);
    expect(download.files).toBe(2);
    expect(files.get('missing.txt')?.toString().split('\r\n')).toEqual([
      'These files could not be included:',
      '',
      `20260102_120000_${idOf(2)}/${childId(2, 1)}: not in the library`,
      `20260101_120000_${idOf(1)}/${name}: the file is missing on disk; download it again with: storyline-cli verify-library --repair`,
      '',
    ]);
    const told = JSON.parse(files.get(`20260101_120000_${idOf(1)}/post.json`)?.toString() ?? '');
    expect(told.items[0].file).toBeNull();
  });

  test('names contain no paths, and are unique', async () => {
    await library({ database: await create(), posts: [album(1, 3)] });
    const hostile = '../../../.ssh/post.json';
    await world.app.db.query.updateTable('media_items').set({ file_name: hostile }).execute();
    const folder = `20260101_120000_${idOf(1)}`;
    const names = [...(await contentOf(await downloads().prepare([idOf(1)]))).keys()];
    expect(names.slice(-3)).toEqual([`${folder}/post-2.json`, `${folder}/post-3.json`, `${folder}/post-4.json`]);
  });

  test('posts that are not in the library are refused', async () => {
    await library({ database: await create(), posts: [image(1)] });
    await expect(downloads().prepare([idOf(1), idOf(2), idOf(3)])).rejects.toThrow(
      '2 of these posts are not in the library',
    );
  });
});

test('a file shared by two items of an album is included once, and both items name it', async () => {
  const [one, two] = album(1, 2).children ?? [];
  const children = [one, { ...one, id: two?.id }] as NonNullable<ReturnType<typeof album>['children']>;
  await library({ posts: [album(1, 2, { children })] });
  const files = await contentOf(await downloads().prepare([idOf(1)]));
  const folder = `20260101_120000_${idOf(1)}`;
  const name = `20260101_120000_${one?.id}.jpg`;
  expect([...files.keys()].filter((path) => path.endsWith('.jpg'))).toEqual([`${folder}/${name}`]);
  const { items } = JSON.parse(files.get(`${folder}/post.json`)?.toString() ?? '');
  expect(items.map(({ file }: { file: string }) => file)).toEqual([name, name]);
});

test('a download is available for ten minutes, and a hundred are kept', async () => {
  await library({ posts: [image(1)] });
  const made = downloads();
  const { id } = await made.prepare([idOf(1)]);
  for (const _ of [1, 2]) expect((await contentOf((await made.open(id)) as ReadyDownload)).size).toBeGreaterThan(3);
  expect(await made.open(`${id.slice(0, -1)}!`)).toBeUndefined();
  at = new Date(at.getTime() + 10 * 60_000 - 1);
  expect(await made.open(id)).toBeDefined();
  at = new Date(at.getTime() + 1);
  expect(await made.open(id)).toBeUndefined();

  const ids: string[] = [];
  for (let count = 0; count < 101; count += 1) ids.push((await made.prepare([idOf(1)])).id);
  expect(new Set(ids).size).toBe(101);
  expect(await made.open(ids[0] ?? '')).toBeUndefined();
  expect(await made.open(ids[1] ?? '')).toBeDefined();
});

describe('a file that changes while it is being sent ends the ZIP with an error', () => {
  const name = `20260101_120000_${idOf(1)}.jpg`;
  test.each([
    ['it vanishes', () => rm(pathOf(name)), /ENOENT/],
    ['it becomes shorter', () => truncate(pathOf(name), 100), /bytes too few/],
    ['it becomes longer', () => appendFile(pathOf(name), 'more'), /bytes too many/],
  ])('%s', async (_what, change, error) => {
    await library({ posts: [image(1)] });
    const download = await downloads().prepare([idOf(1)]);
    await change();
    await expect(bytesOf(download)).rejects.toThrow(error);
  });
});

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Windows\\win.ini', 'win.ini'],
  ['..', '_'],
  ['', '_'],
  ['a/', '_'],
  ['.hidden', 'hidden'],
  ['con.jpg', '_con.jpg'],
  ['a\0b\n<c>:"|?*.jpg', 'a_b__c______.jpg'],
  ['spaces. .', 'spaces'],
  ['élan 夏.jpg', 'élan 夏.jpg'],
  [`${'x'.repeat(300)}.jpeg`, `${'x'.repeat(145)}.jpeg`],
])('the file name %j becomes %j', (name, safe) => {
  expect(safeName(name)).toBe(safe);
});

const programs = (
  [
    ['unzip', ['-tq']],
    ['python3', ['-m', 'zipfile', '-t']],
  ] as const
).map(([program, args]) => ({ program, args, isThere: !spawnSync(program, ['--help']).error }));

for (const { program, args, isThere } of programs) {
  test.skipIf(!isThere)(
    `${program} finds no fault with a ZIP${isThere ? '' : ' (skipped: it is not installed here)'}`,
    async () => {
      await library({ posts: [album(4, 3, { caption: 'Ünïcode 🎡' }), video(3), image(2), image(1)] });
      const path = join(world.config.home, 'posts.zip');
      await writeFile(path, await bytesOf(await downloads().prepare([4, 3, 2, 1].map(idOf))));
      await promisify(execFile)(program, [...args, path]);
    },
  );
}
