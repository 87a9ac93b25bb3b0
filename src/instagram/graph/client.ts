import type { ApiUsage } from '../../backfill/ports.ts';
import { InstagramApiError, RateLimitError, TokenExpiredError, UnknownOutcomeError } from '../../errors.ts';
import { Agent, type Dispatcher, wasNotSent } from '../../lib/exchange.ts';
import type { Log } from '../../lib/log.ts';
import { retry } from '../../lib/retry.ts';
import { rateLimit } from './errors.ts';
import { callMeta, type MetaRequest } from './meta-call.ts';
import { clockWarning, type MetaClock } from './meta-clock.ts';
import { isUsedUp, type Usage, waitBeforeCall } from './pacing.ts';

/** The two kinds of login, each with its own API host. */
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
  /** Milliseconds of silence that end an attempt; a complete response may take twice as long. */
  timeout: number;
  metaClock: MetaClock;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  log: Log;
  /** Waits until a rate limit resets, before the read is repeated; without it, a rate limit is an error. */
  waitForLimit?: ((limit: RateLimitError, signal: AbortSignal) => Promise<void>) | undefined;
  /** Warns once if this machine's clock is wrong. */
  warnsOfClock?: boolean;
}

export interface ReadOptions {
  /** The response is not essential: a rate limit is an error immediately, and a failed call is retried only once. */
  readonly isOptional?: boolean;
}

export interface WriteRequest {
  readonly method: 'POST' | 'DELETE';
  /** Below the version, such as `me/permissions`. */
  readonly path: string;
  /** The form fields of a POST. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Instagram's Graph API with one token. */
export interface Graph {
  readonly flavour: Flavour;
  /**
   * Reads a path below the version. Retries transient errors, and stays below the rate limit.
   *
   * @throws {InstagramApiError} or a subtype.
   */
  get(
    path: string,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
    options?: ReadOptions,
  ): Promise<unknown>;
  /**
   * Changes something. Sent once and never repeated. If `signal` aborts it, the outcome is unknown too.
   *
   * @throws {UnknownOutcomeError} if the response was lost or says nothing, so that it may have taken effect.
   * @throws {InstagramApiError} or another subtype if it did not take effect.
   */
  write(request: WriteRequest, signal: AbortSignal): Promise<unknown>;
  usage(): Usage;
  /** What was used so far, including refused and repeated calls. */
  used(): ApiUsage;
}

const ATTEMPTS = 4;
const OPTIONAL_ATTEMPTS = 2;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const UNREPORTED: Usage = { percent: undefined, minutesToRegain: undefined };

/** Instagram Login's tokens begin with `IG`, Facebook's with `EAA`. */
export const flavourOf = (token: string): Flavour => (token.startsWith('IG') ? 'instagram' : 'facebook');

/** Opens the API. The token is sent in the `Authorization` header, never in an address. */
export function createGraph(options: GraphOptions): Graph {
  const { token, baseUrls, version, sleep, waitForLimit } = options;
  const caller = createCaller(options);
  const urlOf = (path: string) => {
    const base = baseUrls[token.flavour].replace(/\/+$/, '');
    return new URL([base, version, path].filter(Boolean).join('/'));
  };

  return {
    flavour: token.flavour,
    usage: caller.usage,
    used: caller.used,

    async get(path, params, signal, { isOptional = false } = {}) {
      const url = urlOf(path);
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      const withRetries = () =>
        retry(() => caller.call({ method: 'GET', url, label: `GET /${path}` }, signal), {
          attempts: isOptional ? OPTIONAL_ATTEMPTS : ATTEMPTS,
          firstDelay: FIRST_DELAY,
          longestDelay: LONGEST_DELAY,
          passes: (error) => error instanceof InstagramApiError && error.isTransient && {},
          sleep,
          signal,
        });
      while (true) {
        try {
          return await withRetries();
        } catch (error) {
          if (!waitForLimit || isOptional || !(error instanceof RateLimitError)) throw error;
          await waitForLimit(error, signal);
          caller.forgetUsage();
        }
      }
    },

    async write({ method, path, form }, signal) {
      const request = { method, url: urlOf(path), label: `${method} /${path}`, ...(form ? { form } : {}) };
      try {
        return await caller.call(request, signal);
      } catch (error) {
        if (!isUnknownOutcome(error)) throw error;
        throw new UnknownOutcomeError(error.message, {
          cause: error,
          status: error.status,
          hint: 'It may have taken effect all the same: check that before you repeat it.',
        });
      }
    },
  };
}

/** Makes single calls with the token: waits as the usage headers ask, and counts. */
function createCaller(options: GraphOptions) {
  const { token, dispatcher, timeout, metaClock, sleep, log } = options;
  let calls = 0;
  let waited = 0;
  let usage = UNREPORTED;

  let hasWarned = !options.warnsOfClock;
  const warnOfClock = () => {
    const warning = hasWarned ? undefined : clockWarning(metaClock);
    if (!warning) return;
    hasWarned = true;
    log.warn(warning);
  };

  const pace = async (signal: AbortSignal) => {
    if (isUsedUp(usage)) {
      throw rateLimit('Instagram reports that the API quota is used up', usage.minutesToRegain ?? 60, metaClock.now());
    }
    const wait = waitBeforeCall(usage);
    if (wait === 0) return;
    log.debug(`waiting ${wait} ms: ${usage.percent} % of the API quota is used`);
    await sleep(wait, signal);
  };

  return {
    usage: () => usage,
    used: (): ApiUsage => ({ calls, percent: usage.percent, seconds: waited / 1000 }),
    /** What was reported before a wait no longer holds. */
    forgetUsage: () => {
      usage = UNREPORTED;
    },
    async call(request: Omit<MetaRequest, 'token'>, signal: AbortSignal): Promise<unknown> {
      await pace(signal);
      calls += 1;
      const began = performance.now();
      const onUsage = (reported: Usage) => {
        usage = reported;
      };
      try {
        return await callMeta(
          { ...request, token: token.value },
          { dispatcher, timeout, metaClock, signal, onUsage, log },
        );
      } finally {
        waited += performance.now() - began;
        warnOfClock();
      }
    },
  };
}

/** True for an error after which a request may have been carried out, or may still be. */
const isUnknownOutcome = (error: unknown): error is InstagramApiError =>
  error instanceof InstagramApiError && error.isTransient && error.status !== 429 && !wasNotSent(error.cause);

/** Opens the API for one piece of work, and closes its connections afterwards. */
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

/** True for an error that the next call would meet too; an error about one object costs only that object. */
export const stopsTheRun = (error: InstagramApiError): boolean =>
  error instanceof RateLimitError || error instanceof TokenExpiredError || error.isTransient;
