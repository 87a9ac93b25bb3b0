import type { Problem } from '../contract/problem.ts';
import { base } from './navigation.ts';
import { createStore } from './store.ts';
import { words } from './words/words.ts';

/** A failed request, with a message and hint for the user. */
export class ApiError extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  /** Seconds until a retry is allowed, if the server says so. */
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

/** Counts responses with status 401: the session has ended, and the page asks for the password. */
export const unauthorized = createStore(0);

export const apiPath = (path: string) => `${base}/api${path}`;

/** @throws {ApiError} for an error response, an unreadable one, or none; an aborted request throws like fetch. */
async function request<T>(
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
  if (!response.ok) throw await errorFrom(response, path);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(words.problem.unreadable, { status: response.status, hint: words.problem.unreadableHint });
  }
}

async function errorFrom(response: Response, path: string): Promise<ApiError> {
  const { status } = response;
  if (status === 401 && path !== '/session') unauthorized.set(unauthorized.get() + 1);
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  const { message = words.problem.unreadable, hint } = problem?.error ?? {};
  return new ApiError(message, { status, hint, retryAfter });
}

/** The error that the server returns for a path, or undefined if it sends the file. Requests at most one byte. */
export async function downloadProblem(path: string): Promise<ApiError | undefined> {
  try {
    const response = await fetch(apiPath(path), { headers: { range: 'bytes=0-0' }, cache: 'no-store' });
    // 416 means that the file exists but is empty.
    if (!response.ok && response.status !== 416) return await errorFrom(response, path);
    await response.body?.cancel();
    return undefined;
  } catch {
    return new ApiError(words.problem.offline, { status: 0, hint: words.problem.offlineHint });
  }
}

export const get = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, { signal });
export const post = <T>(path: string, body?: unknown) => request<T>('POST', path, { body: body ?? {} });
export const remove = (path: string) => request<void>('DELETE', path, {});

/** Converts anything thrown into an error that can be shown. */
export const problemOf = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(error instanceof Error ? error.message : String(error), { status: 0 });
