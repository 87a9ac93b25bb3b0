import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { StorageError } from '../../src/errors.ts';
import { addressOf, type FileStore, keyOfAddress } from '../../src/files/file-store.ts';
import { hashOf } from '../../src/files/inspect.ts';

interface Subject {
  /** Opens the store of this test as one of its writers; every call opens the same files. */
  open: (owner: string) => FileStore | Promise<FileStore>;
}

const DAY = new Date('2020-01-02T03:04:05Z');
const unknownSize = { size: undefined, mayWait: true };

async function read(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

async function keysOf(store: FileStore, folder?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(folder)) keys.push(key);
  return keys.toSorted();
}

/** What every file store must do. */
export function fileStoreContract(name: string, subject: () => Subject): void {
  describe(`the file store ${name}`, () => {
    let store: FileStore;
    beforeEach(async () => {
      store = await subject().open('me');
      expect(await store.prepare(['a'])).toBeUndefined();
    });

    const write = async (key: string, chunks: readonly string[], writer = store) => {
      const upload = await writer.begin('a', unknownSize);
      for (const chunk of chunks) await upload.write(Buffer.from(chunk, 'latin1'));
      await upload.commit(key, DAY);
    };

    test('prepares twice, and is healthy from then on', async () => {
      expect(await store.prepare(['a', 'a/.hidden'])).toBeUndefined();
      expect(await store.health(['a', 'a/.hidden'])).toEqual({ exists: true, problem: undefined });
    });

    test.each([
      ['empty', []],
      ['small', ['one ', 'file']],
      ['larger than its memory', Array.from({ length: 30 }, (_, index) => String(index % 10).repeat(100_000))],
    ])('stores a file that is %s, and gives it back', async (_, chunks) => {
      await write('a/one.jpg', chunks);
      const content = chunks.join('');
      expect(await read(store.open('a/one.jpg'))).toBe(content);
      expect(await store.stat('a/one.jpg')).toMatchObject({ key: 'a/one.jpg', name: 'one.jpg', size: content.length });
      expect(await hashOf(store, 'a/one.jpg')).toBe(createHash('sha256').update(content, 'latin1').digest('hex'));
    });

    test('shows nothing of a file before it is committed, or after it was discarded', async () => {
      for (const size of [10, 1_000_000]) {
        const upload = await store.begin('a', unknownSize);
        await upload.write(Buffer.alloc(size));
        expect([await keysOf(store), await store.stat('a/one.jpg')]).toEqual([[], undefined]);
        await upload.discard();
        await upload.discard();
      }
      expect([await keysOf(store), await store.partials('a', [])]).toEqual([[], []]);
      const other = await subject().open('other');
      expect(await other.partials('a', [])).toEqual([]);
    });

    test('replaces a file as a whole', async () => {
      await write('a/one.jpg', ['long before']);
      await write('a/one.jpg', ['after']);
      await store.put('a/two.json', Buffer.from('before'));
      await store.put('a/two.json', Buffer.from('put'));
      expect(await read(store.open('a/one.jpg'))).toBe('after');
      expect(await read(store.open('a/two.json'))).toBe('put');
    });

    test('keeps the modification time that a file was given', async () => {
      await write('a/one.jpg', ['1']);
      await store.put('a/b/two.jpg', Buffer.from('2'), DAY);
      expect((await store.stat('a/one.jpg'))?.modifiedAt).toEqual(DAY);
      expect((await store.stat('a/b/two.jpg'))?.modifiedAt).toEqual(DAY);
    });

    test('creates the folders of a key', async () => {
      await write('b/c/d.jpg', ['1']);
      await store.put('e/f/g.json', Buffer.from('2'));
      expect(await keysOf(store)).toEqual(['b/c/d.jpg', 'e/f/g.json']);
    });

    test.each([
      [{ start: 0, end: 0 }, '0'],
      [{ start: 3, end: 6 }, '3456'],
      [{ start: 8, end: 99 }, '89'],
    ])('reads the range %j', async (range, expected) => {
      await write('a/one.jpg', ['01234', '56789']);
      expect(await read(store.open('a/one.jpg', range))).toBe(expected);
    });

    test('knows no file that is missing', async () => {
      expect(await store.stat('a/none.jpg')).toBeUndefined();
      expect(await store.stat('none/none.jpg')).toBeUndefined();
      await expect(read(store.open('a/none.jpg'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await keysOf(store, 'none')).toEqual([]);
      expect(await store.folders('none')).toEqual([]);
      await store.remove('a/none.jpg');
    });

    test('lists files and folders at every level, without hidden and partial ones', async () => {
      for (const key of ['two.jpg', 'a/one.jpg', 'a/b/three.jpg', 'a/.covers/hidden.jpg', '.mark']) {
        await store.put(key, Buffer.from('1'));
      }
      const upload = await store.begin('a', unknownSize);
      await upload.write(Buffer.alloc(1_000_000));
      expect(await keysOf(store)).toEqual(['a/b/three.jpg', 'a/one.jpg', 'two.jpg']);
      expect(await keysOf(store, 'a')).toEqual(['a/b/three.jpg', 'a/one.jpg']);
      expect(await keysOf(store, 'a/.covers')).toEqual(['a/.covers/hidden.jpg']);
      expect([await store.folders(), await store.folders('a')]).toEqual([['a'], ['b']]);
      await upload.discard();
    });

    test('moves a file, replacing another one', async () => {
      await write('a/one.jpg', ['one']);
      await write('a/two.jpg', ['two']);
      await store.move('a/one.jpg', 'a/two.jpg');
      await store.move('a/two.jpg', 'b/three.jpg');
      expect(await keysOf(store)).toEqual(['b/three.jpg']);
      expect(await read(store.open('b/three.jpg'))).toBe('one');
      await expect(store.move('a/none.jpg', 'a/five.jpg')).rejects.toThrow(StorageError);
    });

    test('removes a file', async () => {
      await write('a/one.jpg', ['one']);
      await store.remove('a/one.jpg');
      expect([await store.stat('a/one.jpg'), await keysOf(store)]).toEqual([undefined, []]);
    });

    test('stores files of parallel writers, each complete', async () => {
      const writers = await Promise.all(['one', 'two', 'three', 'four'].map((owner) => subject().open(owner)));
      const contents = Array.from({ length: 24 }, (_, index) => String(index).repeat(20_000 + index));
      await Promise.all(
        contents.map((content, index) => write(`a/${index}.jpg`, [content], writers[index % writers.length])),
      );
      for (const [index, content] of contents.entries()) {
        expect(await read(store.open(`a/${index}.jpg`))).toBe(content);
      }
      // The last one wins, whichever it is.
      await Promise.all(contents.map((content, index) => write('a/same.jpg', [content], writers[index % 4])));
      expect(contents).toContain(await read(store.open('a/same.jpg')));
    });

    test('recovers from a writer that died, and leaves live ones alone', async () => {
      const [dead, live] = await Promise.all([subject().open('dead'), subject().open('live')]);
      const uploads = await Promise.all([dead, live, store].map((writer) => writer.begin('a', unknownSize)));
      for (const upload of uploads) await upload.write(Buffer.alloc(1_000_000, 1));
      await write('a/picture.jpg', ['1']);
      expect(await store.partials('a', ['live'])).toHaveLength(1);
      expect(await store.recover('a', ['live'])).toBe(1);
      expect(await store.partials('a', ['live'])).toEqual([]);
      for (const [index, upload] of uploads.slice(1).entries()) await upload.commit(`a/${index}.jpg`, DAY);
      expect(await keysOf(store)).toEqual(['a/0.jpg', 'a/1.jpg', 'a/picture.jpg']);
      expect((await store.stat('a/0.jpg'))?.size).toBe(1_000_000);
    });

    test.each(['.', '..', '../secret', 'a/../../secret', '/etc/passwd', 'a//one.jpg', 'a/./one.jpg', 'a/', 'a/\0'])(
      'refuses the key %j',
      async (key) => {
        await expect(store.stat(key)).rejects.toThrow(StorageError);
        await expect(store.put(key, Buffer.from('1'))).rejects.toThrow(StorageError);
        await expect(store.move('a/one.jpg', key)).rejects.toThrow(StorageError);
        await expect(store.remove(key)).rejects.toThrow(StorageError);
        await expect(read(store.open(key))).rejects.toThrow(StorageError);
        const upload = await store.begin('a', unknownSize);
        await upload.write(Buffer.from('1'));
        await expect(upload.commit(key, undefined)).rejects.toThrow(StorageError);
        expect(await keysOf(store)).toEqual([]);
      },
    );

    test.each(['a/..one.jpg', 'a/one..jpg', 'a/ü 😀 %2e%2e.jpg', `a/${'x'.repeat(200)}.jpg`])(
      'accepts the key %j',
      async (key) => {
        await write(key, ['1']);
        expect(await store.stat(key)).toMatchObject({ key, size: 1 });
        expect(await read(store.open(key))).toBe('1');
      },
    );

    test('finds the key of an address, and none of an address elsewhere', () => {
      expect(keyOfAddress(store, addressOf(store, 'a/one.jpg'))).toBe('a/one.jpg');
      expect(keyOfAddress(store, '/elsewhere/a/one.jpg')).toBeUndefined();
      expect(keyOfAddress(store, `${store.root}-other/one.jpg`)).toBeUndefined();
    });

    test('if it knows its free space, it is a number of bytes', async () => {
      const free = await store.freeBytes?.();
      expect(free === undefined || (Number.isSafeInteger(free) && free >= 0)).toBe(true);
    });
  });
}
