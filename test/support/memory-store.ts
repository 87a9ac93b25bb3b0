import { randomUUID } from 'node:crypto';
import { StorageError } from '../../src/errors.ts';
import type { FileStore, StoredFile, Upload } from '../../src/files/file-store.ts';
import { folderOf, nameOf, partsOf } from '../../src/files/keys.ts';

interface MemoryFile {
  readonly bytes: Buffer;
  readonly modifiedAt: Date;
}

/** The files that several stores share. */
export type Shelf = Map<string, MemoryFile>;

const PARTIAL = '.part';

/** An in-memory file store: a second implementation, so that the contract does not merely describe folders. */
export function createMemoryStore(shelf: Shelf, owner: string): FileStore {
  const isBelow = (key: string, folder: string) => folder === '' || key.startsWith(`${folder}/`);
  const isShown = (key: string) => !key.endsWith(PARTIAL) && !partsOf(key).some((part) => part.startsWith('.'));
  const below = (folder: string) => [...shelf.keys()].filter((key) => isBelow(key, folder));
  const relative = (key: string, folder: string) => (folder === '' ? key : key.slice(folder.length + 1));
  const stored = (key: string, { bytes, modifiedAt }: MemoryFile): StoredFile => ({
    key,
    name: nameOf(key),
    size: bytes.length,
    modifiedAt,
  });
  const take = (key: string): MemoryFile => {
    const held = shelf.get(key);
    partsOf(key);
    if (!held) throw Object.assign(new StorageError(`There is no file ${key}`), { code: 'ENOENT' });
    return held;
  };
  const partials = async (folder: string, liveOwners: readonly string[]) =>
    below(folder)
      .map((key) => relative(key, folder))
      .filter((name) => name.endsWith(PARTIAL) && !name.includes('/'))
      .filter((name) => ![...liveOwners, owner].some((live) => name.endsWith(`.${live}${PARTIAL}`)));

  const begin = (folder: string): Upload => {
    const partial = [...partsOf(folder), `${randomUUID()}.${owner}${PARTIAL}`].join('/');
    const chunks: Buffer[] = [];
    return {
      write(chunk) {
        chunks.push(Buffer.from(chunk));
        shelf.set(partial, { bytes: Buffer.concat(chunks), modifiedAt: new Date() });
        return undefined;
      },
      async commit(key, modifiedAt) {
        shelf.delete(partial);
        partsOf(key);
        shelf.set(key, { bytes: Buffer.concat(chunks), modifiedAt: modifiedAt ?? new Date() });
      },
      async discard() {
        shelf.delete(partial);
      },
    };
  };

  return {
    root: 'memory:',
    async *open(key, range) {
      const { bytes } = take(key);
      yield range ? bytes.subarray(range.start, range.end + 1) : bytes;
    },
    async stat(key) {
      partsOf(key);
      const held = shelf.get(key);
      return held && stored(key, held);
    },
    async *list(folder = '') {
      for (const key of below(folder)) if (isShown(relative(key, folder))) yield stored(key, take(key));
    },
    async folders(folder = '') {
      const names = below(folder).map((key) => relative(key, folder).split('/'));
      return [...new Set(names.flatMap(([name, ...rest]) => (rest.length > 0 && name ? [name] : [])))]
        .filter((name) => !name.startsWith('.'))
        .toSorted();
    },
    begin: async (folder) => begin(folder),
    async put(key, content, modifiedAt) {
      const upload = begin(folderOf(key));
      await upload.write(content);
      await upload.commit(key, modifiedAt);
    },
    async move(from, to) {
      partsOf(to);
      shelf.set(to, take(from));
      shelf.delete(from);
    },
    async remove(key) {
      partsOf(key);
      shelf.delete(key);
    },
    partials,
    async recover(folder, liveOwners) {
      const dead = await partials(folder, liveOwners);
      for (const name of dead) shelf.delete([...partsOf(folder), name].join('/'));
      return dead.length;
    },
    prepare: async () => undefined,
    health: async () => ({ exists: true, problem: undefined }),
  };
}
