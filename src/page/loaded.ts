import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, get, problemOf } from './api.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: ApiError | undefined;
  /** Asks once more; what is there stays until the answer comes. */
  readonly again: () => void;
}

/** What the server answers; asked anew when `path` changes, not at all where it is undefined. */
export function useLoaded<T>(path: string | undefined): Loaded<T> {
  const [state, setState] = useState<{ path?: string | undefined; value?: T; problem?: ApiError }>({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === undefined) return undefined;
    const leaving = new AbortController();
    get<T>(path, leaving.signal).then(
      (value) => setState({ path, value }),
      (error) => leaving.signal.aborted || setState({ path, problem: problemOf(error) }),
    );
    return () => leaving.abort();
  }, [path, turn]);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  const isCurrent = state.path === path;
  return { value: isCurrent ? state.value : undefined, problem: isCurrent ? state.problem : undefined, again };
}

/** Calls when the text is another than before, not at first. */
export function useWhenChanged(text: string, call: () => void): void {
  const before = useRef(text);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    call();
  }, [text]);
}
