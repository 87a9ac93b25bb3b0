/** How often and how patiently something is tried again. */
export interface RetryOptions {
  /** Tries in all. */
  attempts: number;
  /** The wait before the second try in milliseconds; doubled for each further one, with jitter. */
  firstDelay: number;
  /** The longest wait in milliseconds, also where a server asks for more. */
  longestDelay: number;
  /** Whether this error may pass by itself, and how long its server asks to wait, in milliseconds. */
  passes: (error: unknown) => false | { after?: number | undefined };
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}

/** Does work again while it fails with what passes by itself; throws the last error otherwise. */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, firstDelay, longestDelay, passes, sleep, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      const passing = attempt < attempts && !signal.aborted && passes(error);
      if (!passing) throw error;
      const backOff = firstDelay * 2 ** (attempt - 1) * (0.5 + Math.random());
      const after = passing.after !== undefined && passing.after > 0 ? passing.after : 0;
      await sleep(Math.min(longestDelay, Math.max(backOff, after)), signal);
    }
  }
}

/** The longest wait, in milliseconds, that a server may ask for. */
const A_DAY = 24 * 60 * 60 * 1000;

/** Reads `Retry-After` (RFC 9110, 10.2.3: seconds or a date) as milliseconds from `now`, a day at most. */
export function retryAfter(header: string | string[] | undefined, now: Date): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Math.min(A_DAY, Number(text) * 1000);
  // V8 takes more for a date than is one: `-5` is the first of May 2001.
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(A_DAY, Math.max(0, at - now.getTime()));
}
