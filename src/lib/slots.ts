/** Limits how many pieces of work run in parallel; the others wait, first come, first served. */
export interface Slots {
  /** Takes a slot as soon as one is free. Call `leave` in the end. */
  enter(): Promise<void>;
  leave(): void;
  /** Does the work as soon as a slot is free. @throws the signal's reason, if it is aborted before that. */
  use<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** @param count how many there are now, at least 1; asked whenever a slot is wanted or left. */
export function createSlots(count: () => number): Slots {
  const waiting: (() => void)[] = [];
  let taken = 0;

  // A freed slot goes to the first waiter.
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
