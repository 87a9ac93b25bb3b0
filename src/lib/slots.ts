/** So many pieces of work at once; the others wait, first come, first served. */
export interface Slots {
  /** Takes a slot, as soon as one is free; to be left in the end. */
  enter(): Promise<void>;
  leave(): void;
  /** Does the work as soon as a slot is free. @throws the signal's reason, where it is aborted before that. */
  use<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;

  const enter = async (): Promise<void> => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
  };
  // Who waits gets the slot of who leaves: nobody can come in between.
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
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
