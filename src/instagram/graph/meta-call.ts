import { InstagramApiError } from '../../errors.ts';
import { type Dispatcher, exchange, reason } from '../../lib/exchange.ts';
import type { Log } from '../../lib/log.ts';
import { toApiError } from './errors.ts';
import type { MetaClock } from './meta-clock.ts';
import { readUsage, type Usage } from './pacing.ts';
import { parseJson } from './parse-json.ts';

/** One call to Meta. */
export interface MetaRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  /** For errors and logs, without secrets: `GET /me`. */
  readonly label: string;
  /** Sent in the `Authorization` header, never in an address. */
  readonly token?: string;
  /** The body of a POST; secrets go here if Meta accepts them there. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface CallOptions {
  dispatcher: Dispatcher;
  /** Milliseconds of silence that end the call; a complete response may take twice as long. */
  timeout: number;
  /** Learns the time of each response. */
  metaClock: MetaClock;
  signal: AbortSignal;
  log: Log;
  /** Called with the usage headers, which error responses have too. */
  onUsage?: (usage: Usage) => void;
}

/** A page of 100 posts with full captions takes well under 1 MiB. */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/**
 * Makes one call to Meta, once, and returns its JSON.
 *
 * @throws {InstagramApiError} or a subtype; `isTransient` if the same call may succeed a little later.
 */
export async function callMeta(request: MetaRequest, options: CallOptions): Promise<unknown> {
  const { label } = request;
  const { metaClock } = options;
  const answer = await send(request, options);
  const usage = readUsage(answer.headers);
  options.onUsage?.(usage);
  options.log.debug(`${label} → HTTP ${answer.statusCode}, usage ${usage.percent ?? 'not reported'}`);
  if (isRedirect(answer.statusCode)) {
    // The token is meant for this host only.
    throw new InstagramApiError(`${label} was redirected to another address; redirects are not followed`, {
      status: answer.statusCode,
      hint: 'The network may have a proxy or a login page.',
    });
  }
  const body = parseJson(answer.text);
  // What is not JSON may come from a proxy with its own clock.
  if (body !== undefined) metaClock.note(answer.headers.date);
  const isError =
    answer.statusCode >= 400 ||
    (typeof body === 'object' && body !== null && ('error' in body || 'error_message' in body));
  if (isError) throw toApiError({ status: answer.statusCode, body, usage, request: label, now: metaClock.now() });
  if (body === undefined) {
    throw new InstagramApiError(`Instagram answered ${label} with something that is not JSON`, {
      status: answer.statusCode,
      isTransient: true,
      hint: 'The network may have a proxy or a login page; try again.',
    });
  }
  return body;
}

async function send({ method, url, label, token, form }: MetaRequest, options: CallOptions) {
  const { dispatcher, timeout, signal } = options;
  try {
    const answer = await exchange(url, {
      method,
      dispatcher,
      signal,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
      limits: { silence: timeout, deadline: 2 * timeout, atMost: LONGEST_ANSWER },
    });
    const { statusCode, headers } = answer;
    // A redirect is not followed, and its body is not read.
    if (isRedirect(statusCode)) answer.discard();
    return { statusCode, headers, text: isRedirect(statusCode) ? '' : await answer.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new InstagramApiError(`No response from ${url.host} to ${label}: ${reason(error)}`, {
      cause: error,
      isTransient: true,
      hint: 'Check the internet connection, then run the same command again.',
    });
  }
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;
