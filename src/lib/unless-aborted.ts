/**
 * Waits for `work`, but not past the signal's abort: then throws its reason. A result that comes after that goes to
 * `late`; a failure after that is dropped.
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  late?: (result: T) => unknown,
): Promise<T> {
  let leave: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    if (signal.aborted) {
      work.then(
        (result) => late?.(result),
        () => undefined,
      );
    }
    throw error;
  } finally {
    if (leave) signal.removeEventListener('abort', leave);
  }
}
