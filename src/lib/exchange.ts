import type { Dispatcher } from 'undici';
// Its entry point loads a browser's worth of other things: 18 MiB and 30 ms at every start.
import requestOf from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { linkSignals } from './link-signals.ts';
import { unlessAborted } from './unless-aborted.ts';

export type { Dispatcher };
export { Agent };

/** What ends an exchange with a server that does not come to an end by itself. Times in milliseconds. */
export interface ExchangeLimits {
  /** Nothing arrives for this long. Twice this long may pass before the answer begins. */
  readonly silence: number;
  /**
   * The whole exchange, from connecting to the last byte. Without it the time for the body follows from its announced
   * size (or from `atMost`) at the speed of `slowest`; time that the reader takes between two pieces does not count.
   */
  readonly deadline?: number | undefined;
  /** Bytes a second: a body that stays below this for twice `silence` is given up, however much came before. */
  readonly slowest?: number | undefined;
  /** Bytes of the body. */
  readonly atMost: number;
  /** How long sending the request's body may take, until the answer begins. Needed for a large body only. */
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

/** An answer whose body has not been read yet: read it with `body` or `text()`, or call `discard()`. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Headers;
  /** The body, once. Leaving the loop early ends the connection. @throws {ExchangeError} and what the network throws. */
  readonly body: AsyncIterable<Buffer>;
  /** The whole body as UTF-8. */
  text(): Promise<string>;
  /** Ends the connection immediately; nothing more is read. Does nothing after the end of the body. */
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

/** Bytes a second. */
const SLOWEST = 1024;
/** The longest time that Node's timers can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Asks for an address: the only way in which this program reads from another machine. Every part of it has an end, held
 * by timers of our own: connecting, the answer, its body. No redirect is followed.
 *
 * @throws {ExchangeError}, the signal's reason, and what undici throws; {@link reason} puts each in words.
 */
export async function exchange(
  { origin, pathname, search }: URL,
  { dispatcher, signal: outer, limits, method = 'GET', headers, body }: ExchangeRequest,
): Promise<Answer> {
  const { silence, deadline, uploadWithin } = limits;
  const given = new AbortController();
  const { signal, dispose } = linkSignals([outer, given.signal], deadline === undefined ? {} : { timeLimit: deadline });
  const begins = startTimer(uploadWithin ?? 2 * silence, () => given.abort(tooLate('NO_ANSWER')));
  try {
    const answered = requestOf.call(dispatcher, {
      origin,
      path: pathname + search,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal,
      // Where a large body is sent, undici takes a full line for a server that is silent.
      headersTimeout: uploadWithin === undefined ? silence : 0,
      bodyTimeout: 0,
    });
    // undici heeds a signal only once it has a connection, which may take long.
    const answer = await unlessAborted(answered, signal, ({ body }) => body.on('error', () => undefined).destroy());
    answer.body.once('close', dispose);
    // A reader gets the error too; there may be none.
    answer.body.on('error', () => undefined);
    return guard(answer, limits, given);
  } catch (error) {
    dispose();
    throw error;
  } finally {
    clearTimeout(begins);
  }
}

function guard(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  limits: ExchangeLimits,
  given: AbortController,
): Answer {
  const announced = sizeOf(headers);
  const discard = () => void body.destroy();
  const pieces = limited(body, announced, limits, given);
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
  given: AbortController,
): AsyncGenerator<Buffer, void, undefined> {
  const stretch = 2 * silence;
  // Time in which we wait for the server: what the reader does in between is none of the server's.
  let left =
    deadline === undefined
      ? stretch + (Math.min(announced ?? atMost, atMost) / slowest) * 1000
      : Number.POSITIVE_INFINITY;
  let size = 0;
  let lately = { bytes: 0, time: 0 };
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  try {
    if (announced !== undefined && announced > atMost) throw tooLate('TOO_LARGE');
    while (true) {
      const isLast = left <= silence;
      const timer = startTimer(Math.min(silence, left), () => given.abort(tooLate(isLast ? 'TOO_SLOW' : 'SILENCE')));
      const asked = performance.now();
      const step = await iterator.next().finally(() => clearTimeout(timer));
      if (step.done) return;
      const waited = performance.now() - asked;
      size += step.value.length;
      if (size > atMost) throw tooLate('TOO_LARGE');
      left -= waited;
      lately = { bytes: lately.bytes + step.value.length, time: lately.time + waited };
      if (lately.time >= stretch) {
        if (lately.bytes < (lately.time / 1000) * slowest) throw tooLate('TOO_SLOW');
        lately = { bytes: 0, time: 0 };
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

const GIVEN_UP: Readonly<Record<ExchangeError['code'], string>> = {
  NO_ANSWER: 'no answer in time',
  SILENCE: 'the answer stopped half-way',
  TOO_SLOW: 'the answer was too slow',
  TOO_LARGE: 'the answer is too large',
};

const tooLate = (code: ExchangeError['code']) => new ExchangeError(code, GIVEN_UP[code]);

const NETWORK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'names cannot be looked up',
  ENETUNREACH: 'there is no way there',
  EHOSTUNREACH: 'there is no way there',
  ETIMEDOUT: 'no connection in time',
  EPRIVATE: 'the name leads to a private address',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_OVERFLOW: 'the answer is too large',
};

/** True where a connection that was there is gone. */
export const isCut = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '');

/** A network error in a few words, without the address that it may name. */
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
