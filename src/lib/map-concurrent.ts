interface Options {
  /** How many pieces of work may be under way now; asked before each is begun. 0 for good ends the mapping. */
  room: () => number;
  /** Handed to each piece of work. */
  signal: AbortSignal;
  /** Aborted when a piece of work throws, or the caller leaves; `signal` is expected to follow it. */
  abort: AbortController;
}

/**
 * Does work on what it pulls from a source, several pieces at a time, and yields each piece's results as it finishes.
 *
 * Pulls only while there is room. If the source throws, the work under way is finished and yielded first. If a piece of
 * work throws, or the caller leaves, the rest is aborted and awaited: nothing outlives the mapping.
 */
export async function* mapConcurrent<In, Out>(
  source: AsyncIterable<In>,
  work: (input: In, signal: AbortSignal) => Promise<Out>,
  { room, signal, abort }: Options,
): AsyncGenerator<Out> {
  const iterator = source[Symbol.asyncIterator]();
  const working = new Set<Promise<Step<In, Out>>>();
  let pulling: Promise<Step<In, Out>> | undefined;
  let sourceEnd: { error?: unknown } | undefined;

  const pull = () =>
    iterator.next().then(
      (result): Step<In, Out> => (result.done ? { type: 'end' } : { type: 'input', input: result.value }),
      (error: unknown): Step<In, Out> => ({ type: 'end', error }),
    );
  const begin = (input: In) => {
    const promise: Promise<Step<In, Out>> = work(input, signal).then(
      (output) => ({ type: 'output', output, promise }),
      (error: unknown) => ({ type: 'broken', error, promise }),
    );
    working.add(promise);
  };

  try {
    while (true) {
      if (!sourceEnd && !pulling && working.size < room()) pulling = pull();
      if (!pulling && working.size === 0) break;
      const step = await Promise.race(pulling ? [...working, pulling] : working);
      if (step.type === 'input') {
        pulling = undefined;
        begin(step.input);
      } else if (step.type === 'end') {
        pulling = undefined;
        sourceEnd = 'error' in step ? { error: step.error } : {};
      } else {
        working.delete(step.promise);
        if (step.type === 'broken') throw step.error;
        yield step.output;
      }
    }
    if (sourceEnd && 'error' in sourceEnd) throw sourceEnd.error;
  } finally {
    abort.abort();
    await Promise.all(working);
    await pulling;
    await iterator.return?.();
  }
}

type Step<In, Out> =
  | { type: 'input'; input: In }
  | { type: 'end'; error?: unknown }
  | { type: 'output'; output: Out; promise: Promise<Step<In, Out>> }
  | { type: 'broken'; error: unknown; promise: Promise<Step<In, Out>> };
