import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackfillError, StorageError } from '../../errors.ts';
import { formatBytes } from '../../lib/format.ts';

const MIB = 1024 ** 2;
/**
 * Bytes that downloads leave free, for what must still work on a disk that is nearly full: the database and its journal,
 * sidecars, and on a small computer the system itself.
 */
const RESERVE = 256 * MIB;
/** On a disk on which that would be much, this share of it instead: as much as ext4 keeps for the system. */
const RESERVE_SHARE = 1 / 20;
/** The free space is asked for again after so many bytes were written: others may be writing too. */
const MEASURED_EACH = 4 * MIB;
/** Where there is no room for a file as small as this, the disk is full. */
const SMALL_FILE = 256 * 1024;
/** What is set aside at first for a file of unknown size. */
const UNKNOWN_SIZE = 64 * 1024;

/** The size of a disk, and what is free on it, in bytes. */
export interface Disk {
  readonly free: number;
  readonly total: number;
}

/** Space that was set aside for one file. Release it when the file is in its place or discarded. */
export interface Room {
  /** More of the file came. To be waited for where it gives a promise. @throws {BackfillError} where no more fits. */
  received(bytes: number): Promise<void> | undefined;
  /** Bytes of it reached the disk. */
  written(bytes: number): void;
  release(): void;
}

export interface Claim {
  /** Bytes of the file; absent where nobody said. */
  readonly size: number | undefined;
  /** False for a file that is refused where the room for it is taken by others that are still coming. */
  readonly mayWait: boolean;
}

/** Counts what files that are still coming will take, so that together they do not fill the disk. */
export interface DiskSpace {
  /**
   * Sets room aside for a file. Waits while others have taken the room and may give it back.
   *
   * @throws {BackfillError} where this file does not fit.
   * @throws {StorageError} where hardly any file would.
   */
  claim(claim: Claim): Promise<Room>;
}

interface Claimed {
  expected: number;
  received: number;
  written: number;
  checkedAt: number;
}

/** @param measure gives nothing where the file system does not say; then every file fits. */
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
  const isRecent = () => isMeasured && written < MEASURED_EACH;

  /** What may be written now, with what is on its way taken off. Negative where the reserve is touched. */
  const room = ({ free, total }: Disk) => free - written - reserveOf(total) - pendingOf(claims);
  /** The same, if all that is on its way were discarded. */
  const roomAlone = ({ free, total }: Disk) => free - written - reserveOf(total) + writtenOf(claims);

  /** True where so many bytes fit by what is known, without asking the disk again. */
  const fits = (size: number) => !disk || room(disk) >= size;

  const check = async (claimed: Claimed, isAnnounced: boolean) => {
    claimed.checkedAt = claimed.received;
    await remeasure();
    if (!disk || leftFor(disk, isAnnounced) >= 0) return;
    const came = formatBytes(claimed.received);
    throw new BackfillError(`Not enough disk space: after ${came} of the file, ${formatBytes(disk.free)} are free`, {
      hint: freeSome(disk),
    });
  };
  /** Others hold the room that they announced; a file of unknown size must not take it from them. */
  const leftFor = (of: Disk, isAnnounced: boolean) =>
    isAnnounced ? of.free - written - reserveOf(of.total) : room(of);

  return {
    async claim({ size, mayWait }) {
      const needed = size ?? UNKNOWN_SIZE;
      // Nothing may be awaited between the last look and `claims.add`, or two would take the same room.
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
          const isDue = claimed.received - claimed.checkedAt >= MEASURED_EACH;
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
  `${FREE_SOME} ${formatBytes(free)} are free; Storyline leaves ${formatBytes(reserveOf(total))} of them free.`;

const tooLarge = (needed: number, disk: Disk): BackfillError => {
  const usable = Math.max(0, disk.free - reserveOf(disk.total));
  const message = `Not enough disk space: the file needs ${formatBytes(needed)}, and ${formatBytes(disk.free)} are free, of which ${formatBytes(usable)} can be used`;
  return new BackfillError(message, { hint: freeSome(disk) });
};

/** Costs this file, or where smaller ones would not fit either, the run. */
function refusal(needed: number, disk: Disk, usable: number): BackfillError | StorageError {
  return Math.min(needed, usable) < SMALL_FILE
    ? new StorageError('The disk is full', { hint: freeSome(disk) })
    : tooLarge(needed, disk);
}

/** The disk on which a place lies, or will lie once its folders are made; undefined if the file system does not say. */
export async function measureDisk(place: string): Promise<Disk | undefined> {
  for (let path = place; ; path = dirname(path)) {
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      // Some network file systems know no sizes and give zeros.
      return blocks === 0 ? undefined : { free: bavail * bsize, total: blocks * bsize };
    } catch (error) {
      const isAbsent = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!isAbsent || path === dirname(path)) return undefined;
    }
  }
}
