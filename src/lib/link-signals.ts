/** A signal made of others; see {@link linkSignals}. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** True once the time limit has aborted it, rather than a parent. */
  hasTimedOut(): boolean;
  /** Stops the timer and lets go of the parents. Call it when the work is over, however it ended. */
  dispose(): void;
}

/** The longest time that Node's timers can wait, in milliseconds: a longer wait would end immediately. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The reason with which a time limit aborts. */
export class TimeLimitError extends Error {
  constructor(milliseconds: number) {
    super(`not finished within ${milliseconds} ms`);
    this.name = 'TimeoutError';
  }
}

/**
 * Makes a signal that aborts with the first of `parents`, with its reason, or with a {@link TimeLimitError} after
 * `timeLimit` milliseconds.
 *
 * Use this and never `AbortSignal.any` or `AbortSignal.timeout`: Node may collect a timeout inside `any` as garbage, and
 * then it never fires (nodejs/node#57736). Here the timer itself holds what it aborts.
 */
export function linkSignals(parents: readonly AbortSignal[], { timeLimit }: { timeLimit?: number } = {}): LinkedSignal {
  const controller = new AbortController();
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const follow = (event: Event) => abort((event.target as AbortSignal).reason);
  const dispose = () => {
    clearTimeout(timer);
    for (const parent of parents) parent.removeEventListener('abort', follow);
  };
  const abort = (reason: unknown) => {
    dispose();
    controller.abort(reason);
  };

  const aborted = parents.find((parent) => parent.aborted);
  if (aborted) abort(aborted.reason);
  else {
    for (const parent of parents) parent.addEventListener('abort', follow, { once: true });
    if (timeLimit !== undefined) {
      timer = setTimeout(
        () => {
          timedOut = true;
          abort(new TimeLimitError(timeLimit));
        },
        Math.min(timeLimit, LONGEST_TIMER),
      );
    }
  }
  return { signal: controller.signal, hasTimedOut: () => timedOut, dispose };
}
