import type { StorylineError } from '../errors.ts';

/** A file in a store. */
export interface StoredFile {
  /** Its name within the store, with `/` between folders. */
  readonly key: string;
  /** The last part of its key. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
}

/** A file, wherever it is stored. */
export interface StoredAt {
  readonly store: FileStore;
  readonly key: string;
}

/** Part of a file, in bytes from 0; both ends are included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The room that a new file needs. */
export interface Claim {
  /** Bytes; undefined if unknown. */
  readonly size: number | undefined;
  /** False to fail, instead of waiting, if other files in progress have claimed the remaining room. */
  readonly mayWait: boolean;
}

/** A file being written. It is invisible until it is committed, then complete. End it by `commit` or `discard`. */
export interface Upload {
  /** Wait for the promise, if there is one: the data is then on its way to the disk. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Makes the file visible under its key, durably: a power cut after this does not lose it. */
  commit(key: string, modifiedAt: Date | undefined): Promise<void>;
  discard(): Promise<void>;
}

export interface StoreHealth {
  readonly exists: boolean;
  /** Why files cannot be written, as a sentence. */
  readonly problem: string | undefined;
}

/**
 * Where files are kept, by key. `test/contract/file-store.ts` tests what every implementation must do.
 *
 * Keys that leave the store are refused. Writing throws {@link StorageError} for what the next file would hit too, such
 * as a full disk, and {@link BackfillError} for what costs one file.
 */
export interface FileStore {
  /** Where its keys begin, as messages and the database name it: the absolute path of a folder, or a URL. */
  readonly root: string;

  /** The file's bytes, or a range of them. */
  open(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Undefined if there is no such file. */
  stat(key: string): Promise<StoredFile | undefined>;
  /** Files in a folder and those below it, in no particular order, without partial and hidden files. */
  list(folder?: string): AsyncIterable<StoredFile>;
  /** Names of the folders directly below a folder, without hidden ones. */
  folders(folder?: string): Promise<string[]>;

  /**
   * Begins a file for `folder` that is written in chunks, after claiming the room that it needs. May wait for room.
   *
   * @throws {BackfillError} if this file does not fit, {@link StorageError} if hardly any would.
   */
  begin(folder: string, claim: Claim): Promise<Upload>;
  /** Stores a small file that is in memory, replacing whatever has that key. */
  put(key: string, content: Uint8Array, modifiedAt?: Date): Promise<void>;
  /** Renames a file in one step, replacing any file at the new key. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file, if it exists. */
  remove(key: string): Promise<void>;

  /** Names of partial files in a folder, except those of the owners that are still running. */
  partials(folder: string, liveOwners: readonly string[]): Promise<string[]>;
  /** Removes those partial files, and returns how many there were. */
  recover(folder: string, liveOwners: readonly string[]): Promise<number>;

  /**
   * Creates the store and the first of the folders, and checks that each existing one can be written. Returns the
   * problem as a sentence, if any. From then on the store refuses to work on another disk or folder of the same name.
   */
  prepare(folders?: readonly string[]): Promise<string | undefined>;
  /** The same checks without writing anything; a missing store that can be created is not a problem. */
  health(folders?: readonly string[]): Promise<StoreHealth>;

  /** Why no file can be written at this key, such as a link or a pipe in its place. */
  obstacle?(key: string): Promise<StorylineError | undefined>;
  /** Free bytes; undefined if unknown. */
  freeBytes?(): Promise<number | undefined>;
  /** Set if the files are files of this machine. */
  readonly local?: LocalFiles;
}

/** What only a store on this machine's file system can do. */
export interface LocalFiles {
  /** The absolute path of a key; of the store itself for an empty one. */
  path(key: string): string;
  /** The key of an absolute path; undefined if it is outside the store. */
  keyOf(path: string): string | undefined;
  /** A descriptor for reading, for another program. The caller closes it. */
  descriptor(key: string): Promise<number>;
}

/** How the database names a file: its absolute path, or its URL. */
export const addressOf = ({ root, local }: FileStore, key: string): string => local?.path(key) ?? `${root}/${key}`;

/** The key of an address; undefined if it is not in this store. */
export function keyOfAddress({ root, local }: FileStore, address: string): string | undefined {
  if (local) return local.keyOf(address);
  return address.startsWith(`${root}/`) ? address.slice(root.length + 1) : undefined;
}
