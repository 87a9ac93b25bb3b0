import { useEffect, useReducer } from 'preact/hooks';

/** A value with subscribers. */
export interface Store<T> {
  readonly get: () => T;
  readonly set: (value: T) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's value; re-renders when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  const seen = store.get();
  useEffect(() => {
    // It may have changed between rendering and subscribing.
    if (!Object.is(seen, store.get())) rerender(undefined);
    return store.subscribe(() => rerender(undefined));
  }, [store]);
  return seen;
}
