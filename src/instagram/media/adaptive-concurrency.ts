/** The timing of a finished download. */
export interface Finished {
  /** Milliseconds from the request to the beginning of its response. */
  readonly waited: number;
  /** Milliseconds from there to its last byte. */
  readonly took: number;
  readonly bytes: number;
}

/** How many downloads run in parallel. */
export interface Concurrency {
  now(): number;
  /** The largest that {@link Concurrency.now} can become. */
  readonly most: number;
  finished(download: Finished): void;
  /** The server asked for fewer, or closed a connection. */
  refused(): void;
}

/** Always the same number. */
export const fixedConcurrency = (count: number): Concurrency => ({
  now: () => count,
  most: count,
  finished: () => {},
  refused: () => {},
});

interface Bounds {
  /** The start, and the size to which it recovers after a refusal. */
  readonly begin: number;
  readonly least: number;
  readonly most: number;
}

/** Grows only while downloads spend at least this share of their time waiting for a response. */
const WAITING_SHARE = 0.5;
/** Shrinks again if they spend less than this: then transferring the bytes takes the time. */
const LEAST_SHARE = 0.25;
/** Growth per step. */
const GROWTH = 1.5;
/** The share of the possible gain that a step must bring: for 16 to 24, 1.15 of at most 1.5. */
const WORTH = 0.3;
/** Downloads per measurement, as a multiple of the current number. */
const ROUNDS = 3;

interface Measured {
  readonly count: number;
  readonly waited: number;
  readonly took: number;
  readonly bytes: number;
}

const NOTHING: Measured = { count: 0, waited: 0, took: 0, bytes: 0 };

/**
 * Finds a good number of parallel downloads from the timing of each. If they mostly wait for responses, such as small
 * files from far away, it grows; it keeps the larger number only if each download did not become slower in proportion, as
 * it does if the connection, the disk or the processor is the limit. A refusal halves it, once for all downloads in
 * flight; after that it may recover up to where it began, but not above that or the half.
 */
export function adaptiveConcurrency({ begin, least, most }: Bounds): Concurrency {
  let size = begin;
  let ceiling = most;
  /** Downloads in flight that began before the last change. */
  let passing = 0;
  let measured = NOTHING;
  /** The state before it grew, until the growth has proved worthwhile. */
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

  /** The speed now, as a multiple of the speed before. */
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
      // Downloads in flight at the first refusal may be refused too.
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
