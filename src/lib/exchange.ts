import type { Dispatcher } from 'undici';
// Its entry point loads a browser's worth of other things: 18 MiB and 30 ms at every start.
import requestOf from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { linkSignals } from './link-signals.ts';
import { unlessAborted } from './unless-aborted.ts';

export type { Dispatcher };
export { Agent };

/** When an exchange with a server is given up. Times in milliseconds. */
export interface ExchangeLimits {
  /** No byte arrives for this long. Twice as long may pass before the response begins. */
  readonly silence: number;
  /**
   * The whole exchange, from connecting to the last byte. Without it, the body may take as long as its announced size
   * (or `atMost`) takes at the speed of `slowest`; the reader's own time between two chunks does not count.
   */
  readonly deadline?: number | undefined;
  /** Bytes per second: a body that is slower than this for twice `silence` is given up. */
  readonly slowest?: number | undefined;
  /** The largest body, in bytes. */
  readonly atMost: number;
  /** How long sending the request's body may take, until the response begins. Only for a large body. */
  readonly uploadWithin?: number | undefined;
}

export interface ExchangeRequest {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly limits: ExchangeLimits;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Dispatcher.RequestOptions['body'];
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A response whose body has not been read yet: read it with `body` or `text()`, or call `discard()`. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Headers;
  /** The body, once. Leaving the loop early closes the connection. @throws {ExchangeError} and network errors. */
  readonly body: AsyncIterable<Buffer>;
  /** The whole body as UTF-8. */
  text(): Promise<string>;
  /** Closes the connection immediately. Does nothing after the end of the body. */
  discard(): void;
}

/** Why an exchange was given up. */
export class ExchangeError extends Error {
  readonly code: 'NO_ANSWER' | 'SILENCE' | 'TOO_SLOW' | 'TOO_LARGE';

  constructor(code: ExchangeError['code'], message: string) {
    super(message);
    this.name = 'ExchangeError';
    this.code = code;
  }
}

/** Bytes per second. */
const SLOWEST = 1024;
/** The longest delay of Node's timers. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Sends a request: the only way in which this program reads from another machine. Connecting, the response and its body
 * each have a timeout. Redirects are not followed.
 *
 * @throws {ExchangeError}, the signal's reason, and undici's errors; {@link reason} describes each.
 */
export async function exchange(
  { origin, pathname, search }: URL,
  { dispatcher, signal: outer, limits, method = 'GET', headers, body }: ExchangeRequest,
): Promise<Answer> {
  const { silence, deadline, uploadWithin } = limits;
  const giveUp = new AbortController();
  const { signal, dispose } = linkSignals(
    [outer, giveUp.signal],
    deadline === undefined ? {} : { timeLimit: deadline },
  );
  const answerTimer = startTimer(uploadWithin ?? 2 * silence, () => giveUp.abort(gaveUp('NO_ANSWER')));
  try {
    const response = requestOf.call(dispatcher, {
      origin,
      path: pathname + search,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal,
      // While a large body is sent, undici would take a busy connection for a silent server.
      headersTimeout: uploadWithin === undefined ? silence : 0,
      bodyTimeout: 0,
    });
    // undici ignores the signal until it is connected, which may take long.
    const answer = await unlessAborted(response, signal, ({ body }) => body.on('error', () => undefined).destroy());
    answer.body.once('close', dispose);
    // The reader gets the error too, if there is one.
    answer.body.on('error', () => undefined);
    return guard(answer, limits, giveUp);
  } catch (error) {
    dispose();
    throw error;
  } finally {
    clearTimeout(answerTimer);
  }
}

function guard(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  limits: ExchangeLimits,
  giveUp: AbortController,
): Answer {
  const announced = sizeOf(headers);
  const discard = () => void body.destroy();
  const pieces = limited(body, announced, limits, giveUp);
  return {
    statusCode,
    headers,
    body: pieces,
    discard,
    text: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of pieces) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

async function* limited(
  body: Dispatcher.ResponseData['body'],
  announced: number | undefined,
  { silence, deadline, slowest = SLOWEST, atMost }: ExchangeLimits,
  giveUp: AbortController,
): AsyncGenerator<Buffer, void, undefined> {
  const stretch = 2 * silence;
  // Time spent waiting for the server, without the reader's own.
  let left =
    deadline === undefined
      ? stretch + (Math.min(announced ?? atMost, atMost) / slowest) * 1000
      : Number.POSITIVE_INFINITY;
  let size = 0;
  let recent = { bytes: 0, time: 0 };
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    if (announced !== undefined && announced > atMost) throw gaveUp('TOO_LARGE');
    while (true) {
      const isLast = left <= silence;
      const timer = startTimer(Math.min(silence, left), () => giveUp.abort(gaveUp(isLast ? 'TOO_SLOW' : 'SILENCE')));
      const asked = performance.now();
      const step = await iterator.next().finally(() => clearTimeout(timer));
      if (step.done) return;
      const waited = performance.now() - asked;
      size += step.value.length;
      if (size > atMost) throw gaveUp('TOO_LARGE');
      left -= waited;
      recent = { bytes: recent.bytes + step.value.length, time: recent.time + waited };
      if (recent.time >= stretch) {
        if (recent.bytes < (recent.time / 1000) * slowest) throw gaveUp('TOO_SLOW');
        recent = { bytes: 0, time: 0 };
      }
      yield step.value;
    }
  } finally {
    body.destroy();
  }
}

function sizeOf(headers: Headers): number | undefined {
  const size = Number(headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

const startTimer = (milliseconds: number, ring: () => void) =>
  setTimeout(ring, Math.max(0, Math.min(LONGEST_TIMER, milliseconds)));

const GAVE_UP: Readonly<Record<ExchangeError['code'], string>> = {
  NO_ANSWER: 'no response in time',
  SILENCE: 'the response stopped half-way',
  TOO_SLOW: 'the response was too slow',
  TOO_LARGE: 'the response is too large',
};

const gaveUp = (code: ExchangeError['code']) => new ExchangeError(code, GAVE_UP[code]);

const NETWORK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  UND_ERR_SOCKET: 'connection lost',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'DNS lookup failed',
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'host unreachable',
  ETIMEDOUT: 'connection timed out',
  EPRIVATE: 'the host resolves to a private address',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_HEADERS_OVERFLOW: 'the response is too large',
};

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'EPRIVATE']);

/** True if no connection was made, so that the server cannot have seen the request. */
export const wasNotSent = (error: unknown): boolean => NOT_CONNECTED.has(codeOf(error) ?? '');

/** True if an established connection was lost. */
export const isCut = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '');

/** A network error in a few words, without any address in it. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error instanceof ExchangeError) return error.message;
  if (error.name === 'TimeoutError') return 'timed out';
  const code = codeOf(error);
  if (code === undefined) return error.name;
  const words = NETWORK_ERRORS[code];
  return words ? `${words} (${code})` : code;
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
