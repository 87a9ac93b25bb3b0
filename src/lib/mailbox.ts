/** Out-of-band messages, merged into a stream that may be silent for a long time. */
export interface Notices<N> {
  push(notice: N): void;
  /** Resolves when there is something to take. */
  arrived(): Promise<void>;
  take(): N[];
}

export function createNotices<N>(): Notices<N> {
  let waiting: N[] = [];
  let wake: (() => void) | undefined;
  return {
    push(notice) {
      waiting.push(notice);
      wake?.();
    },
    async arrived() {
      if (waiting.length > 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}

/** Passes a stream on, with the notices that come in between. */
export async function* withNotices<T, N>(stream: AsyncIterable<T>, notices: Notices<N>): AsyncGenerator<T | N> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    let pulling = iterator.next();
    while (true) {
      const step = await Promise.race([pulling, notices.arrived()]);
      yield* notices.take();
      if (!step) continue;
      if (step.done) return;
      yield step.value;
      pulling = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}
