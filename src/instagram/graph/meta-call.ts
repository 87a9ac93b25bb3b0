import { InstagramApiError } from '../../errors.ts';
import { type Dispatcher, exchange, reason } from '../../lib/exchange.ts';
import type { Log } from '../../lib/log.ts';
import { toApiError } from './errors.ts';
import type { MetaClock } from './meta-clock.ts';
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
  /** Told the time of each answer. */
  metaClock: MetaClock;
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
  const { metaClock } = options;
  const answer = await send(asked, options);
  const usage = readUsage(answer.headers);
  options.onUsage?.(usage);
  options.log.debug(`${label} → HTTP ${answer.statusCode}, usage ${usage.percent ?? 'not reported'}`);
  if (isRedirect(answer.statusCode)) {
    // The token is meant for this host alone.
    throw new InstagramApiError(`${label} was sent on to another address, which is not followed`, {
      status: answer.statusCode,
      hint: 'A proxy or a sign-in page of the network may stand in between.',
    });
  }
  const body = parseJson(answer.text);
  // What is not JSON may come from somebody in between, whose clock is their own.
  if (body !== undefined) metaClock.note(answer.headers.date);
  const isError =
    answer.statusCode >= 400 ||
    (typeof body === 'object' && body !== null && ('error' in body || 'error_message' in body));
  if (isError) throw toApiError({ status: answer.statusCode, body, usage, request: label, now: metaClock.now() });
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
    // Where it leads is not followed, and what it says beside is read by nobody.
    if (isRedirect(statusCode)) answer.discard();
    return { statusCode, headers, text: isRedirect(statusCode) ? '' : await answer.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new InstagramApiError(`No answer from ${url.host} to ${label}: ${reason(error)}`, {
      cause: error,
      isTransient: true,
      hint: 'Check the connection to the internet, then run the same command again.',
    });
  }
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;
