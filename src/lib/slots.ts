/** So many pieces of work at once; the others wait, first come, first served. */
export interface Slots {
  /** Takes a slot, as soon as one is free; to be left in the end. */
  enter(): Promise<void>;
  leave(): void;
  /** Does the work as soon as a slot is free. @throws the signal's reason, where it is aborted before that. */
  use<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** @param count how many there are now, at least 1; asked whenever a slot is wanted or left. */
export function createSlots(count: () => number): Slots {
  const waiting: (() => void)[] = [];
  let taken = 0;

  // Who waits gets the slot of who leaves: nobody can come in between.
  const admit = () => {
    while (waiting.length > 0 && taken < count()) {
      taken += 1;
      waiting.shift()?.();
    }
  };
  const enter = (): Promise<void> =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      admit();
    });
  const leave = () => {
    taken -= 1;
    admit();
  };

  return {
    enter,
    leave,
    async use(work, signal) {
      await enter();
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        leave();
      }
    },
  };
}
