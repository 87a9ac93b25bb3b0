import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ApiClientOptions } from 'grammy/web';
import { Agent, exchange } from '../lib/exchange.ts';

/** Seconds after which a long poll without messages is answered. */
export const POLL_SECONDS = 30;

/** Bytes; a hundred updates of the largest kind take less. */
const LONGEST_ANSWER = 16 * 1024 * 1024;
/** Milliseconds. */
const LONGEST_CALL = 30_000;
const UPLOAD = 3 * 60_000;
const POLL_MARGIN = 10_000;

interface Options {
  /** Milliseconds that a poll waits at Telegram. */
  poll: number;
  /** Milliseconds of silence that end a call. */
  silence: number;
}

/** The options that grammY passes to `fetch`. */
interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream;
  readonly signal?: AbortSignal;
}

type GrammyFetch = NonNullable<ApiClientOptions['fetch']>;

/** A `fetch` for grammY that gives every call a deadline, a minimum speed and a size limit. */
export function createTelegramFetch({ poll, silence: usual }: Options): {
  fetch: GrammyFetch;
  close: () => Promise<void>;
} {
  const dispatcher = new Agent();
  const silence = Math.min(usual, LONGEST_CALL);

  const limitsFor = (url: string, isUpload: boolean) => {
    if (url.endsWith('/getUpdates')) {
      const whole = poll + Math.min(silence, POLL_MARGIN);
      return { silence: whole, deadline: whole, atMost: LONGEST_ANSWER };
    }
    if (isUpload) return { silence, deadline: UPLOAD, uploadWithin: UPLOAD, atMost: LONGEST_ANSWER };
    return { silence, deadline: silence, atMost: LONGEST_ANSWER };
  };

  const ask = async (url: string, { method, headers = {}, body, signal }: Request) => {
    const { connection: _, ...sent } = headers;
    const answer = await exchange(new URL(url), {
      dispatcher,
      method: method === 'POST' ? 'POST' : 'GET',
      headers: sent,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Readable.fromWeb(body) }),
      signal: signal ?? new AbortController().signal,
      limits: limitsFor(url, body !== undefined && typeof body !== 'string'),
    });
    const text = await answer.text();
    return { json: async () => readAnswer(text, answer.statusCode) };
  };
  return {
    fetch: ask as unknown as GrammyFetch,
    close: () => dispatcher.destroy(),
  };
}

/** @throws {NoAnswerError} if something else answered, such as a proxy. */
function readAnswer(text: string, status: number): unknown {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'ok' in answer) return answer;
  } catch {
    // Not JSON.
  }
  throw new NoAnswerError(status);
}

/** The answer is not from Telegram's Bot API. */
export class NoAnswerError extends Error {
  constructor(status: number) {
    super(`the answer (HTTP ${status}) is not one of Telegram's Bot API`);
    this.name = 'NoAnswerError';
  }
}
