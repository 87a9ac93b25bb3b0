/** What one finished download was like. */
export interface Finished {
  /** Milliseconds from the question to the beginning of its answer. */
  readonly waited: number;
  /** Milliseconds from there to its last byte. */
  readonly took: number;
  readonly bytes: number;
}

/** How many downloads there are at once. */
export interface AtOnce {
  now(): number;
  /** The largest that {@link AtOnce.now} can become. */
  readonly most: number;
  finished(download: Finished): void;
  /** The server asked for less, or cut a connection. */
  refused(): void;
}

/** As many as somebody asked for, whatever happens. */
export const fixedAtOnce = (count: number): AtOnce => ({
  now: () => count,
  most: count,
  finished: () => {},
  refused: () => {},
});

interface Bounds {
  /** Where it begins, and what it comes back to by itself after a refusal. */
  readonly begin: number;
  readonly least: number;
  readonly most: number;
}

/** Grows only while downloads spend this share of their time, or more, waiting for an answer. */
const WAITING_SHARE = 0.5;
/** What has grown shrinks again where they spend less than this: their bytes are what takes the time now. */
const LEAST_SHARE = 0.25;
/** Half as many again, and if more work got done, again. */
const GROWTH = 1.5;
/** What growing must bring of what it could: 16 to 24 is a gain of 1.5 at best, and of 1.15 at least. */
const WORTH = 0.3;
/** So many times as many downloads as there are at once make a measurement. */
const ROUNDS = 3;

interface Measured {
  readonly count: number;
  readonly waited: number;
  readonly took: number;
  readonly bytes: number;
}

const NOTHING: Measured = { count: 0, waited: 0, took: 0, bytes: 0 };

/**
 * Finds out how many are worth it, by what it is told of each download and nothing else. Where they mostly wait for an
 * answer, as small files over a long way do, it takes more at once, and stays with more only if each did not become
 * slower by as much: where the line, the disk or the processor is the limit, it does. A refusal halves it, once for all
 * that were under way; from then on it may come back to where it began, and does not go above that half or that beginning.
 */
export function adaptiveAtOnce({ begin, least, most }: Bounds): AtOnce {
  let size = begin;
  let ceiling = most;
  /** Downloads that still belong to what was before. */
  let passing = 0;
  let measured = NOTHING;
  /** What was before it grew, until that has proved itself. */
  let before: { readonly size: number; readonly measured: Measured } | undefined;

  const become = (next: number) => {
    passing = Math.max(size, next);
    size = next;
    measured = NOTHING;
  };

  const judge = () => {
    if (before && gain(before.measured, measured) < 1 + WORTH * (size / before.size - 1)) {
      ceiling = before.size;
      become(before.size);
      before = undefined;
      return;
    }
    const share = measured.waited / Math.max(1, measured.waited + measured.took);
    const more = Math.min(Math.ceil(size * GROWTH), size < begin ? begin : ceiling);
    const less = Math.max(begin, Math.floor(size / GROWTH));
    before = undefined;
    if (size < begin) become(more);
    else if (share >= WAITING_SHARE && more > size) {
      before = { size, measured };
      become(more);
    } else if (share < LEAST_SHARE && less < size) become(less);
    else measured = NOTHING;
  };

  /** How many times the work gets done in the same time. */
  const gain = (then: Measured, now: Measured) => {
    const expected = (now.count * then.waited) / then.count + (now.bytes * then.took) / Math.max(1, then.bytes);
    return ((size / (before?.size ?? size)) * expected) / Math.max(1, now.waited + now.took);
  };

  return {
    now: () => size,
    most,
    finished({ waited, took, bytes }) {
      if (passing > 0) {
        passing -= 1;
        return;
      }
      measured = {
        count: measured.count + 1,
        waited: measured.waited + waited,
        took: measured.took + took,
        bytes: measured.bytes + bytes,
      };
      if (measured.count >= ROUNDS * size) judge();
    },
    refused() {
      // What was under way when the first was refused may well be refused too.
      if (passing > 0) {
        passing -= 1;
        return;
      }
      const half = Math.max(least, Math.floor(size / 2));
      ceiling = Math.max(begin, half);
      before = undefined;
      become(half);
    },
  };
}
