import type { ApiUsage } from '../../backfill/ports.ts';
import { InstagramApiError, RateLimitError, TokenExpiredError } from '../../errors.ts';
import { Agent, type Dispatcher } from '../../lib/exchange.ts';
import type { Log } from '../../lib/log.ts';
import { retry } from '../../lib/retry.ts';
import { rateLimit } from './errors.ts';
import { callMeta } from './meta-call.ts';
import { clockWarning, type MetaClock } from './meta-clock.ts';
import { isUsedUp, type Usage, waitBeforeCall } from './pacing.ts';

/** The two ways to sign in, each with an API host of its own. */
export type Flavour = 'facebook' | 'instagram';

export interface AccessToken {
  readonly flavour: Flavour;
  readonly value: string;
}

export interface GraphOptions {
  token: AccessToken;
  baseUrls: Readonly<Record<Flavour, string>>;
  /** `vNN.N`; empty for the few paths that have none. */
  version: string;
  dispatcher: Dispatcher;
  /** Silence of so many milliseconds ends a try; a whole answer may take twice as long. */
  timeout: number;
  metaClock: MetaClock;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  log: Log;
  /** Waits for the end of a rate limit, after which the call is made again; without it the limit is an error. */
  waitForLimit?: ((limit: RateLimitError, signal: AbortSignal) => Promise<void>) | undefined;
  /** A clock of this machine that is wrong is told, once. */
  warnsOfClock?: boolean;
}

export interface CallWish {
  /**
   * The answer is nice to have: a rate limit is an error immediately, never waited for, and a call that fails is tried
   * once more rather than with patience.
   */
  readonly isOptional?: boolean;
}

/** Instagram's Graph API, in the name of one token. */
export interface Graph {
  readonly flavour: Flavour;
  /**
   * Reads `path` under the version. Tries again what passes by itself, and keeps below the rate limit.
   *
   * @throws {InstagramApiError} and those under it.
   */
  get(path: string, params: Readonly<Record<string, string>>, signal: AbortSignal, wish?: CallWish): Promise<unknown>;
  usage(): Usage;
  /** What was used so far; refused and repeated calls are counted. */
  used(): ApiUsage;
}

const ATTEMPTS = 4;
const OPTIONAL_ATTEMPTS = 2;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const UNREPORTED: Usage = { percent: undefined, minutesToRegain: undefined };

/** Instagram Login's tokens begin with `IG`, Facebook's with `EAA`. */
export const flavourOf = (token: string): Flavour => (token.startsWith('IG') ? 'instagram' : 'facebook');

/** Opens the API. The token travels in the `Authorization` header, never in an address. */
export function createGraph(options: GraphOptions): Graph {
  const { token, baseUrls, version, dispatcher, timeout, metaClock, sleep, log, waitForLimit } = options;
  let calls = 0;
  let waited = 0;
  let usage = UNREPORTED;

  let isClockTold = !options.warnsOfClock;
  const warnOfClock = () => {
    const warning = isClockTold ? undefined : clockWarning(metaClock);
    if (!warning) return;
    isClockTold = true;
    log.warn(warning);
  };

  const call = async (url: URL, label: string, signal: AbortSignal): Promise<unknown> => {
    if (isUsedUp(usage)) {
      throw rateLimit(
        'Instagram reports that its budget of calls is used up',
        usage.minutesToRegain ?? 60,
        metaClock.now(),
      );
    }
    const wait = waitBeforeCall(usage);
    if (wait > 0) log.debug(`waiting ${wait} ms: ${usage.percent} % of the budget of calls is used`);
    if (wait > 0) await sleep(wait, signal);

    calls += 1;
    const began = performance.now();
    try {
      return await callMeta(
        { method: 'GET', url, label, token: token.value },
        {
          dispatcher,
          timeout,
          metaClock,
          signal,
          onUsage: (reported) => {
            usage = reported;
          },
          log,
        },
      );
    } finally {
      waited += performance.now() - began;
      warnOfClock();
    }
  };

  return {
    flavour: token.flavour,
    usage: () => usage,
    used: () => ({ calls, percent: usage.percent, seconds: waited / 1000 }),
    get: async (path, params, signal, { isOptional = false } = {}) => {
      const base = baseUrls[token.flavour].replace(/\/+$/, '');
      const url = new URL([base, version, path].filter(Boolean).join('/'));
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      const label = `GET /${path}`;
      const patiently = () =>
        retry(() => call(url, label, signal), {
          attempts: isOptional ? OPTIONAL_ATTEMPTS : ATTEMPTS,
          firstDelay: FIRST_DELAY,
          longestDelay: LONGEST_DELAY,
          passes: (error) => error instanceof InstagramApiError && error.isTransient && {},
          sleep,
          signal,
        });
      while (true) {
        try {
          return await patiently();
        } catch (error) {
          if (!waitForLimit || isOptional || !(error instanceof RateLimitError)) throw error;
          await waitForLimit(error, signal);
          // What was reported before the wait is over with it.
          usage = UNREPORTED;
        }
      }
    },
  };
}

/** Opens the API for one piece of work, and ends its connections whatever happens. */
export async function withGraph<T>(
  token: AccessToken,
  options: Omit<GraphOptions, 'dispatcher' | 'token'>,
  work: (graph: Graph) => Promise<T>,
): Promise<T> {
  const dispatcher = new Agent();
  try {
    return await work(createGraph({ ...options, token, dispatcher }));
  } finally {
    await dispatcher.destroy();
  }
}

/** True for an error that the next call would meet too; what is wrong with one object costs that object alone. */
export const stopsTheRun = (error: InstagramApiError): boolean =>
  error instanceof RateLimitError || error instanceof TokenExpiredError || error.isTransient;
