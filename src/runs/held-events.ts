interface HoldOptions {
  /** Releases what the run holds. Called once, however the events end, even if nobody ever asked for one. */
  release: () => Promise<void>;
  /** Called if nobody begins to read the events in time. */
  abandoned: () => void;
  /** In milliseconds. */
  patience: number;
}

/**
 * Passes events on, and releases what their run holds once they are over: at the end, after an error, or when the caller
 * leaves, which may be before the first event. A plain generator that is left before it began does not run
 * its `finally`; this one has begun when it is returned.
 */
export async function holdEvents<E>(events: AsyncGenerator<E>, options: HoldOptions): Promise<AsyncGenerator<E>> {
  const held = untilTheEnd(events, options);
  await held.next();
  return held as AsyncGenerator<E>;
}

async function* untilTheEnd<E>(
  events: AsyncGenerator<E>,
  { release, abandoned, patience }: HoldOptions,
): AsyncGenerator<E | undefined> {
  const timer = setTimeout(abandoned, patience);
  timer.unref();
  try {
    yield undefined;
    clearTimeout(timer);
    yield* events;
  } finally {
    clearTimeout(timer);
    await release();
  }
}
