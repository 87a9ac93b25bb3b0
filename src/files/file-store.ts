import type { StorylineError } from '../errors.ts';
import type { Claim, Room } from './local/disk-space.ts';

/** A file that a storage holds. */
export interface StoredFile {
  /** How this storage finds it again: for a folder, the path below it with `/` between its parts. */
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
}

/** Part of a file, both ends in it, in bytes from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file on its way in. Nobody sees it until it is committed; then it is there as a whole. Ends by exactly one of both. */
export interface Upload {
  /** To be waited for where it gives a promise: the chunk is then on its way to the disk. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Puts the file in its place, for good: after this returns a power cut does not take it away. */
  commit(id: string, modifiedAt: Date | undefined): Promise<StoredFile>;
  discard(): Promise<void>;
}

/**
 * Where media files are kept. One implementation a place; `createStorage` chooses.
 *
 * Uploads throw {@link StorageError} for what the next file would meet too, as a full disk, and {@link BackfillError} for
 * what costs one file. Ids that lead out of the storage are refused.
 */
export interface MediaStorage {
  /**
   * Why files cannot be kept here, as a sentence; undefined if they can. Makes the storage and the first of the folders,
   * and tries each of the folders that is there. From then on another place under its name is refused.
   */
  problem(folders?: readonly string[]): Promise<string | undefined>;
  /** The same without writing anything; a storage that is missing is no problem where it can be made. */
  look(folders?: readonly string[]): Promise<{ readonly isThere: boolean; readonly problem: string | undefined }>;
  isConfigured(): Promise<boolean>;
  /** Files of a folder and those below it, in no order; partial and hidden ones are left out. */
  listFiles(folder?: string): AsyncIterable<StoredFile>;
  /** Folders directly below one. */
  folders(folder?: string): Promise<string[]>;
  info(id: string): Promise<StoredFile | undefined>;
  exists(id: string): Promise<boolean>;
  /** The error that keeping a file here would meet: a link or a pipe in its place, or a link in the place of its folder. */
  obstacle(id: string): Promise<StorylineError | undefined>;
  /** The file's bytes, or a range of them. */
  download(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The file, open for reading: a descriptor for another program, which the caller closes. */
  open(id: string): Promise<number>;
  /** SHA-256 of the file's bytes, lower-case hex. */
  contentHash(id: string): Promise<string>;
  /** Keeps a small file that is in memory. */
  put(id: string, content: Uint8Array, modifiedAt?: Date): Promise<StoredFile>;
  /** Gives a file another place in one step; what was there is replaced. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file, if it is there. */
  remove(id: string): Promise<void>;
  /**
   * Sets room aside for a file that is about to come, while others are coming too. May wait for them.
   *
   * @throws {BackfillError} where this file does not fit, {@link StorageError} where hardly any would.
   */
  claimRoom(claim: Claim): Promise<Room>;
  /**
   * Begins a file that comes piece by piece; its partial file lies in `folder`, beside where it is to be. The room that
   * was set aside for it is released when it ends; small files of our own need none.
   */
  upload(folder: string, room?: Room): Upload;
  /** The names of a folder's partial files that none of the given owners is writing. */
  listPartials(folder: string, liveOwners: readonly string[]): Promise<string[]>;
  /** Removes partial files of `folder` that none of the given owners is writing; says how many. */
  clearPartials(folder: string, liveOwners: readonly string[]): Promise<number>;
  /** The file's place as the database records it: for a folder an absolute path. */
  locate(id: string): string;
  /** The id of a recorded place; undefined if it is not in this storage. */
  idOf(place: string): string | undefined;
  /** Bytes that are free; absent where that cannot be known. */
  freeBytes(): Promise<number | undefined>;
}
