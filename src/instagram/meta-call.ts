import { InstagramApiError } from '../errors.ts';
import type { Log } from '../lib/log.ts';
import { toApiError } from './graph-errors.ts';
import { type Dispatcher, errors, request } from './http.ts';
import { readUsage, type Usage } from './pacing.ts';
import { parseJson } from './parse-json.ts';

/** One call of Meta's, as it is sent. */
export interface MetaRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  /** For errors and logs, without secrets: `GET /me`. */
  readonly label: string;
  /** Travels in the `Authorization` header, never in an address. */
  readonly token?: string;
  /** The body of a POST; what is secret and may travel there does. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface CallOptions {
  dispatcher: Dispatcher;
  /** Silence of so many milliseconds ends the call; a whole answer may take twice as long. */
  timeout: number;
  now: () => Date;
  signal: AbortSignal;
  log: Log;
  /** Told of the usage headers, which come on error answers too. */
  onUsage?: (usage: Usage) => void;
}

/** A page of 100 posts with full captions takes well under 1 MiB. */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/**
 * Makes one call of Meta's, once, and gives its JSON.
 *
 * @throws {InstagramApiError} and those under it; `isTransient` where the same call may well succeed a little later.
 */
export async function callMeta(asked: MetaRequest, options: CallOptions): Promise<unknown> {
  const { label } = asked;
  const answer = await send(asked, options);
  const usage = readUsage(answer.headers);
  options.onUsage?.(usage);
  options.log.debug(`${label} → HTTP ${answer.statusCode}, usage ${usage.percent ?? 'not reported'}`);
  if (answer.statusCode >= 300 && answer.statusCode < 400) {
    // The token is meant for this host alone.
    throw new InstagramApiError(`${label} was sent on to another address, which is not followed`, {
      status: answer.statusCode,
      hint: 'A proxy or a sign-in page of the network may stand in between.',
    });
  }
  const body = parseJson(answer.text);
  const isError =
    answer.statusCode >= 400 ||
    (typeof body === 'object' && body !== null && ('error' in body || 'error_message' in body));
  if (isError) throw toApiError({ status: answer.statusCode, body, usage, request: label, now: options.now() });
  if (body === undefined) {
    throw new InstagramApiError(`Instagram answered ${label} with something that is not JSON`, {
      status: answer.statusCode,
      isTransient: true,
      hint: 'A proxy or a sign-in page of the network may stand in between; try again.',
    });
  }
  return body;
}

async function send({ method, url, label, token, form }: MetaRequest, options: CallOptions) {
  const { dispatcher, timeout, signal: outer } = options;
  const signal = AbortSignal.any([outer, AbortSignal.timeout(2 * timeout)]);
  try {
    const { statusCode, headers, body } = await request(url, {
      method,
      dispatcher,
      signal,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
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
}

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
