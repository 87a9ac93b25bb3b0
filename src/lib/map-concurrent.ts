import { createNotices } from './mailbox.ts';

interface Options {
  /** How many pieces of work may run now; asked before each starts. If it stays 0, the mapping ends. */
  room: () => number;
  /** Passed to each piece of work. */
  signal: AbortSignal;
  /** Aborted when a piece of work throws, or the caller leaves; `signal` is expected to follow it. */
  abort: AbortController;
}

/**
 * Works on the values of a source, several in parallel, and yields each piece's results as it finishes.
 *
 * Pulls only while there is room. If the source throws, running work is finished and yielded first. If a piece of
 * work throws, the rest is aborted; what still succeeds is yielded before the error is thrown. If the caller
 * leaves, the rest is aborted and awaited: nothing outlives the mapping.
 */
export async function* mapConcurrent<In, Out>(
  source: AsyncIterable<In>,
  work: (input: In, signal: AbortSignal) => Promise<Out>,
  { room, signal, abort }: Options,
): AsyncGenerator<Out> {
  const iterator = source[Symbol.asyncIterator]();
  const working = new Set<Promise<void>>();
  // A race of all promises would leave a trace on each of them at every step.
  const steps = createNotices<Step<In, Out>>();
  let pulling: Promise<void> | undefined;
  let sourceEnd: { error?: unknown } | undefined;
  let broken: { error: unknown } | undefined;

  const pull = () =>
    iterator.next().then(
      (result) => steps.push(result.done ? { type: 'end' } : { type: 'input', input: result.value }),
      (error: unknown) => steps.push({ type: 'end', error }),
    );
  const begin = (input: In) => {
    const promise: Promise<void> = work(input, signal)
      .then(
        (output) => steps.push({ type: 'output', output }),
        (error: unknown) => steps.push({ type: 'broken', error }),
      )
      .finally(() => working.delete(promise));
    working.add(promise);
  };

  let begun = 0;
  try {
    while (true) {
      if (!sourceEnd && !broken && !pulling && begun < room()) pulling = pull();
      if (begun === 0 && (broken || !pulling)) break;
      await steps.arrived();
      for (const step of steps.take()) {
        if (step.type === 'input') {
          pulling = undefined;
          if (broken) continue;
          begun += 1;
          begin(step.input);
        } else if (step.type === 'end') {
          pulling = undefined;
          sourceEnd = 'error' in step ? { error: step.error } : {};
        } else {
          begun -= 1;
          if (step.type === 'output') yield step.output;
          else {
            broken ??= { error: step.error };
            abort.abort();
          }
        }
      }
    }
    if (broken) throw broken.error;
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
  | { type: 'output'; output: Out }
  | { type: 'broken'; error: unknown };
