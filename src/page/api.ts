import type { Problem } from '../contract/problem.ts';
import { base } from './navigation.ts';
import { createStore } from './store.ts';
import { words } from './words/words.ts';

/** What went wrong, in words for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  /** Seconds after which it may be tried again, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    { status, hint, retryAfter }: { status: number; hint?: string | undefined; retryAfter?: number | undefined },
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.hint = hint;
    this.retryAfter = retryAfter;
  }
}

/** Counts up when the server no longer knows who asks: the page then asks for the password. */
export const refused = createStore(0);

export const apiPath = (path: string) => `${base}/api${path}`;

/** @throws {ApiError} for an answer that is none, and where there is no answer; what was aborted throws as fetch does. */
async function ask<T>(
  method: string,
  path: string,
  { body, signal }: { body?: unknown; signal?: AbortSignal | undefined },
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(apiPath(path), {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(words.problem.offline, { status: 0, hint: words.problem.offlineHint });
  }
  if (!response.ok) throw await refusal(response, path);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(words.problem.unreadable, { status: response.status, hint: words.problem.unreadableHint });
  }
}

async function refusal(response: Response, path: string): Promise<ApiError> {
  const { status } = response;
  if (status === 401 && path !== '/session') refused.set(refused.get() + 1);
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
  const said = (await response.json().catch(() => undefined)) as Problem | undefined;
  const { message = words.problem.unreadable, hint } = said?.error ?? {};
  return new ApiError(message, { status, hint, retryAfter });
}

/** Why the server does not send what is at a path; undefined if it does. Asks for one byte at most. */
export async function whyNotSent(path: string): Promise<ApiError | undefined> {
  try {
    const response = await fetch(apiPath(path), { headers: { range: 'bytes=0-0' }, cache: 'no-store' });
    // An empty file has no first byte, and is there.
    if (!response.ok && response.status !== 416) return await refusal(response, path);
    await response.body?.cancel();
    return undefined;
  } catch {
    return new ApiError(words.problem.offline, { status: 0, hint: words.problem.offlineHint });
  }
}

export const get = <T>(path: string, signal?: AbortSignal) => ask<T>('GET', path, { signal });
export const post = <T>(path: string, body?: unknown) => ask<T>('POST', path, { body: body ?? {} });
export const remove = (path: string) => ask<void>('DELETE', path, {});

/** Anything thrown, as something to show. */
export const problemOf = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(error instanceof Error ? error.message : String(error), { status: 0 });
