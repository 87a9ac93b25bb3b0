import { InstagramApiError, RateLimitError, TokenExpiredError } from '../errors.ts';
import type { Log } from '../lib/log.ts';
import { retry } from '../lib/retry.ts';
import { rateLimit, toApiError } from './graph-errors.ts';
import { type Dispatcher, errors, get } from './http.ts';
import { isUsedUp, readUsage, type Usage, waitBeforeCall } from './pacing.ts';

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
  now: () => Date;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  log: Log;
  /** Waits for the end of a rate limit, after which the call is made again; without it the limit is an error. */
  waitForLimit?: ((limit: RateLimitError, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Instagram's Graph API, in the name of one token. */
export interface Graph {
  readonly flavour: Flavour;
  /**
   * Reads `path` under the version. Tries again what passes by itself, and keeps below the rate limit.
   *
   * @throws {InstagramApiError} and those under it.
   */
  get(path: string, params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown>;
  /** Calls made so far, refused and repeated ones included. */
  calls(): number;
  usage(): Usage;
}

const ATTEMPTS = 4;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const UNREPORTED: Usage = { percent: undefined, minutesToRegain: undefined };
/** A page of 100 posts with full captions takes well under 1 MiB. */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/** Instagram Login's tokens begin with `IG`, Facebook's with `EAA`. */
export const flavourOf = (token: string): Flavour => (token.startsWith('IG') ? 'instagram' : 'facebook');

/** Opens the API. The token travels in the `Authorization` header, never in an address. */
export function createGraph(options: GraphOptions): Graph {
  const { token, baseUrls, version, dispatcher, timeout, now, sleep, log, waitForLimit } = options;
  let calls = 0;
  let usage = UNREPORTED;

  const call = async (url: URL, label: string, signal: AbortSignal): Promise<unknown> => {
    if (isUsedUp(usage)) {
      throw rateLimit('Instagram reports that its budget of calls is used up', usage.minutesToRegain ?? 60, now());
    }
    const wait = waitBeforeCall(usage);
    if (wait > 0) log.debug(`waiting ${wait} ms: ${usage.percent} % of the budget of calls is used`);
    if (wait > 0) await sleep(wait, signal);

    calls += 1;
    const answer = await send(url, label, signal);
    usage = readUsage(answer.headers);
    log.debug(`${label} → HTTP ${answer.statusCode}, usage ${usage.percent ?? 'not reported'}`);
    if (answer.statusCode >= 300 && answer.statusCode < 400) {
      // The token is meant for this host alone.
      throw new InstagramApiError(`${label} was sent on to another address, which is not followed`, {
        status: answer.statusCode,
        hint: 'A proxy or a sign-in page of the network may stand in between.',
      });
    }
    const body = parseJson(answer.text);
    const isError = answer.statusCode >= 400 || (typeof body === 'object' && body !== null && 'error' in body);
    if (isError) throw toApiError({ status: answer.statusCode, body, usage, request: label, now: now() });
    if (body === undefined) {
      throw new InstagramApiError(`Instagram answered ${label} with something that is not JSON`, {
        status: answer.statusCode,
        isTransient: true,
        hint: 'A proxy or a sign-in page of the network may stand in between; try again.',
      });
    }
    return body;
  };

  const send = async (url: URL, label: string, outer: AbortSignal) => {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(2 * timeout)]);
    try {
      const { statusCode, headers, body } = await get(url, {
        dispatcher,
        signal,
        headers: { authorization: `Bearer ${token.value}`, accept: 'application/json' },
        headersTimeout: timeout,
        bodyTimeout: timeout,
      });
      return { statusCode, headers, text: await readText(body) };
    } catch (error) {
      if (outer.aborted) throw error;
      throw new InstagramApiError(`No answer from ${url.host} to ${label}: ${reason(error)}`, {
        cause: error,
        isTransient: true,
        hint: 'Check the connection to the internet, then run the same command again.',
      });
    }
  };

  return {
    flavour: token.flavour,
    calls: () => calls,
    usage: () => usage,
    get: async (path, params, signal) => {
      const base = baseUrls[token.flavour].replace(/\/+$/, '');
      const url = new URL([base, version, path].filter(Boolean).join('/'));
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      const label = `GET /${path}`;
      const patiently = () =>
        retry(() => call(url, label, signal), {
          attempts: ATTEMPTS,
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
          if (!waitForLimit || !(error instanceof RateLimitError)) throw error;
          await waitForLimit(error, signal);
          // What was reported before the wait is over with it.
          usage = UNREPORTED;
        }
      }
    },
  };
}

/** True for an error that the next call would meet too; what is wrong with one object costs that object alone. */
export const stopsTheRun = (error: InstagramApiError): boolean =>
  error instanceof RateLimitError || error instanceof TokenExpiredError || error.isTransient;

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_ANSWER) throw new errors.ResponseExceededMaxSizeError('the answer does not end');
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const NETWORK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'names cannot be looked up',
  ENETUNREACH: 'there is no way there',
  EHOSTUNREACH: 'there is no way there',
  EPRIVATE: 'the name leads to a private address',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'silence half-way',
};

/** True where a connection that was there is gone. */
export const isCut = (error: unknown): boolean => ['ECONNRESET', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '');

/** A network error in a few words, without the address that it may name. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return 'it took too long';
  const code = codeOf(error);
  if (code === undefined) return error.name;
  const words = NETWORK_ERRORS[code];
  return words ? `${words} (${code})` : code;
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
