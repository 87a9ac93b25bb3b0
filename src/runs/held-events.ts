/** A run that nobody begins to follow within this time, in milliseconds, ends by itself. */
const PATIENCE = 10 * 60_000;

interface HeldOptions {
  /** Gives back what the run holds. Called once, however the events end; also where nobody ever asked for one. */
  letGo: () => Promise<void>;
  /** Called where nobody begins to follow the run in time. */
  abandoned: () => void;
  /** In milliseconds. */
  patience?: number;
}

/**
 * Passes events on, and releases what their run holds once they are over: at the end, after an error, or when the caller
 * leaves, which may be before the first event. A plain generator that is left before it began does not run
 * its `finally`; this one has begun when it is returned.
 */
export async function holdEvents<E>(events: AsyncGenerator<E>, options: HeldOptions): Promise<AsyncGenerator<E>> {
  const held = untilTheEnd(events, options);
  await held.next();
  return held as AsyncGenerator<E>;
}

async function* untilTheEnd<E>(
  events: AsyncGenerator<E>,
  { letGo, abandoned, patience = PATIENCE }: HeldOptions,
): AsyncGenerator<E | undefined> {
  const timer = setTimeout(abandoned, patience);
  timer.unref();
  try {
    yield undefined;
    clearTimeout(timer);
    yield* events;
  } finally {
    clearTimeout(timer);
    await letGo();
  }
}
