import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, get, problemOf } from './api.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: ApiError | undefined;
  /** Requests it again; the present value stays until the response arrives. */
  readonly reload: () => void;
}

/** The response of an API path; requested again when `path` changes, and not at all if it is undefined. */
export function useLoaded<T>(path: string | undefined): Loaded<T> {
  const [state, setState] = useState<{ path?: string | undefined; value?: T; problem?: ApiError }>({});
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    get<T>(path, abort.signal).then(
      (value) => setState({ path, value }),
      (error) => abort.signal.aborted || setState({ path, problem: problemOf(error) }),
    );
    return () => abort.abort();
  }, [path, attempt]);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  const isCurrent = state.path === path;
  return { value: isCurrent ? state.value : undefined, problem: isCurrent ? state.problem : undefined, reload };
}

/** Calls back when the text changes, but not for the first one. */
export function useWhenChanged(text: string, call: () => void): void {
  const before = useRef(text);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    call();
  }, [text]);
}
