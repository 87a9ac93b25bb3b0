import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackfillError, StorageError } from '../../errors.ts';
import { formatBytes } from '../../lib/format.ts';
import type { Claim } from '../file-store.ts';

const MIB = 1024 ** 2;
/**
 * Bytes that downloads leave free for what must still work on a nearly full disk: the database and its journal, sidecars,
 * and on a small computer the system itself.
 */
const RESERVE = 256 * MIB;
/** On a small disk, this share of it instead: as much as ext4 keeps for the system. */
const RESERVE_SHARE = 1 / 20;
/** Free space is measured again after this many bytes were written: others may be writing too. */
const MEASURE_INTERVAL = 4 * MIB;
/** If there is no room for a file this small, the disk is full. */
const SMALL_FILE = 256 * 1024;
/** Claimed at first for a file of unknown size. */
const UNKNOWN_SIZE = 64 * 1024;

/** The size of a disk and its free space, in bytes. */
export interface Disk {
  readonly free: number;
  readonly total: number;
}

/** Space claimed for one file. Release it when the file is committed or discarded. */
export interface Room {
  /** More of the file has arrived. Wait for the promise, if there is one. @throws {BackfillError} if no more fits. */
  received(bytes: number): Promise<void> | undefined;
  /** Bytes of it are on the disk. */
  written(bytes: number): void;
  release(): void;
}

/** Counts what files in progress will need, so that together they do not fill the disk. */
export interface DiskSpace {
  /**
   * Claims room for a file. Waits while others have claimed it and may give it back.
   *
   * @throws {BackfillError} if this file does not fit.
   * @throws {StorageError} if hardly any file would.
   */
  claim(claim: Claim): Promise<Room>;
}

interface Claimed {
  expected: number;
  received: number;
  written: number;
  checkedAt: number;
}

/** @param measure returns undefined if the file system does not say; then every file fits. */
export function createDiskSpace(measure: () => Promise<Disk | undefined>): DiskSpace {
  const claims = new Set<Claimed>();
  const waiting: (() => void)[] = [];
  let disk: Disk | undefined;
  /** Since the disk was last measured. */
  let written = 0;
  let isMeasured = false;
  let measuring: Promise<void> | undefined;

  const remeasure = () => {
    const before = written;
    measuring ??= measure().then((found) => {
      disk = found;
      written -= before;
      isMeasured = true;
      measuring = undefined;
    });
    return measuring;
  };
  const isRecent = () => isMeasured && written < MEASURE_INTERVAL;

  /** What may be written now, minus what is in progress. Negative if the reserve is in use. */
  const room = ({ free, total }: Disk) => free - written - reserveOf(total) - pendingOf(claims);
  /** The same if everything in progress were discarded. */
  const roomAlone = ({ free, total }: Disk) => free - written - reserveOf(total) + writtenOf(claims);

  /** True if this many bytes fit, without measuring the disk again. */
  const fits = (size: number) => !disk || room(disk) >= size;

  const check = async (claimed: Claimed, isAnnounced: boolean) => {
    claimed.checkedAt = claimed.received;
    await remeasure();
    if (!disk || leftFor(disk, isAnnounced) >= 0) return;
    const received = formatBytes(claimed.received);
    throw new BackfillError(
      `Not enough disk space: after ${received} of the file, ${formatBytes(disk.free)} are free`,
      {
        hint: freeSome(disk),
      },
    );
  };
  /** A file of unknown size must not use the room that others claimed. */
  const leftFor = (of: Disk, isAnnounced: boolean) =>
    isAnnounced ? of.free - written - reserveOf(of.total) : room(of);

  return {
    async claim({ size, mayWait }) {
      const needed = size ?? UNKNOWN_SIZE;
      // Nothing may be awaited between the last check and `claims.add`, or two would claim the same room.
      while (!isRecent() || !fits(needed)) {
        await remeasure();
        if (fits(needed) || !disk) break;
        const alone = roomAlone(disk);
        if (!mayWait) throw tooLarge(needed, disk);
        if (claims.size === 0 || alone < needed) throw refusal(needed, disk, alone);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      const claimed: Claimed = { expected: needed, received: 0, written: 0, checkedAt: 0 };
      claims.add(claimed);
      return {
        received(bytes) {
          claimed.received += bytes;
          claimed.expected = Math.max(claimed.expected, claimed.received);
          const isAnnounced = size !== undefined;
          const isDue = claimed.received - claimed.checkedAt >= MEASURE_INTERVAL;
          return isDue || (disk && leftFor(disk, isAnnounced) < 0) ? check(claimed, isAnnounced) : undefined;
        },
        written(bytes) {
          claimed.written += bytes;
          written += bytes;
        },
        release() {
          if (!claims.delete(claimed)) return;
          for (const next of waiting.splice(0)) next();
        },
      };
    },
  };
}

const reserveOf = (total: number) => Math.min(RESERVE, Math.floor(total * RESERVE_SHARE));

const pendingOf = (claims: Iterable<Claimed>): number => {
  let sum = 0;
  for (const { expected, written } of claims) sum += Math.max(0, expected - written);
  return sum;
};

const writtenOf = (claims: Iterable<Claimed>): number => {
  let sum = 0;
  for (const { written } of claims) sum += written;
  return sum;
};

const FREE_SOME =
  'Free some space in the media folder, or set MEDIA_DIR to another disk; then run the same command again.';
const freeSome = ({ free, total }: Disk): string =>
  `${FREE_SOME} ${formatBytes(free)} are free; Storyline leaves ${formatBytes(reserveOf(total))} of that free.`;

const tooLarge = (needed: number, disk: Disk): BackfillError => {
  const usable = Math.max(0, disk.free - reserveOf(disk.total));
  const message = `Not enough disk space: the file needs ${formatBytes(needed)}, and ${formatBytes(disk.free)} are free, of which ${formatBytes(usable)} can be used`;
  return new BackfillError(message, { hint: freeSome(disk) });
};

/** Costs this file, or the run if smaller ones would not fit either. */
function refusal(needed: number, disk: Disk, usable: number): BackfillError | StorageError {
  return Math.min(needed, usable) < SMALL_FILE
    ? new StorageError('The disk is full', { hint: freeSome(disk) })
    : tooLarge(needed, disk);
}

/** The disk that a path is on, or will be once its folders are created; undefined if the file system does not say. */
export async function measureDisk(start: string): Promise<Disk | undefined> {
  for (let path = start; ; path = dirname(path)) {
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      // Some network file systems do not know sizes and return zeros.
      return blocks === 0 ? undefined : { free: bavail * bsize, total: blocks * bsize };
    } catch (error) {
      const isAbsent = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!isAbsent || path === dirname(path)) return undefined;
    }
  }
}
