import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStores, placeOutside } from '../../src/files/stores.ts';
import { withLocalFile } from '../../src/files/with-local-file.ts';
import { fileStoreContract } from '../contract/file-store.ts';
import { createMemoryStore, type Shelf } from '../support/memory-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storyline-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = async (owner = 'me') =>
  (await openStores({ mediaDir: join(folder, 'media') })).forWriter({ owner, memory: 128 * 1024 }).media;

fileStoreContract('in a folder', () => ({ open }));

describe('with one file store in memory', () => {
  let shelf: Shelf;
  beforeEach(() => {
    shelf = new Map();
  });
  fileStoreContract('in memory', () => ({ open: (owner) => createMemoryStore(shelf, owner) }));

  test('there is no file of this machine to lend', async () => {
    const store = createMemoryStore(shelf, 'me');
    await store.put('a.jpg', Buffer.from('1'));
    expect(await withLocalFile({ store, key: 'a.jpg' }, async () => 'work')).toBeUndefined();
  });
});

describe('the folder of a store', () => {
  test('is only created when it is prepared or written to', async () => {
    const store = await open();
    expect(await store.health()).toEqual({ exists: false, problem: undefined });
    expect([await store.stat('a.jpg'), await store.folders()]).toEqual([undefined, []]);
    expect(readdirSync(folder)).toEqual([]);
    await store.put('a.jpg', Buffer.from('1'));
    expect(readdirSync(join(folder, 'media'))).toEqual(['a.jpg']);
  });

  test('keeps the partial files of other programs at its top', async () => {
    const store = await open();
    mkdirSync(join(folder, 'media', 'a'), { recursive: true });
    const names = ['1.dead.part', '0123456789ab.dead.part', 'theirs.part'];
    for (const name of names) {
      writeFileSync(join(folder, 'media', name), '');
      writeFileSync(join(folder, 'media', 'a', name), '');
    }
    expect([await store.recover('', []), await store.recover('a', [])]).toEqual([1, 3]);
    expect(readdirSync(join(folder, 'media')).toSorted()).toEqual(['1.dead.part', 'a', 'theirs.part']);
  });

  test('knows its files by the path of a link to it, and by their real path', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'media'));
    const { local } = await open();
    expect(local?.keyOf(join(folder, 'media', 'a', 'b.jpg'))).toBe('a/b.jpg');
    expect(local?.keyOf(join(await realpath(folder), 'real', 'a', 'b.jpg'))).toBe('a/b.jpg');
    expect(local?.path('a/b.jpg')).toBe(join(folder, 'media', 'a', 'b.jpg'));
  });

  test('lends a file to another program by its descriptor', async () => {
    const store = await open();
    await store.put('a.jpg', Buffer.from('1'));
    const lent = await withLocalFile({ store, key: 'a.jpg' }, async ({ path, descriptor }) => ({ path, descriptor }));
    expect(lent).toEqual({ path: join(folder, 'media', 'a.jpg'), descriptor: expect.any(Number) });
  });
});

describe('the stores of a library', () => {
  test('open a file outside of the media folder by its place', async () => {
    writeFileSync(join(folder, 'own.jpg'), 'own');
    const { store, key } = (await openStores({ mediaDir: join(folder, 'media') })).at(
      placeOutside(join(folder, 'own.jpg')),
    );
    expect(await store.stat(key)).toMatchObject({ key: 'own.jpg', size: 3 });
  });

  test('refuse a store that the program does not have', async () => {
    const stores = await openStores({ mediaDir: folder });
    expect(() => stores.at({ store: 's3:bucket', key: 'a.jpg' })).toThrow(/no file store s3:bucket/);
  });
});
