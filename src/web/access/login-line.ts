import { type Counter, OF_ALL, penaltyOf, remainingWait } from './login-counters.ts';

/** `later`: it keeps its place in line if the same password is sent again soon. `full`: the line has no free place. */
export type LoginOutcome<T> =
  | { readonly kind: 'right'; readonly value: T }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'later' | 'full'; readonly retryAfter: number };

/** Milliseconds that a place is kept for a request that was sent back. */
const KEPT = 10_000;
/** Seconds. */
const RETRY_SOON = 1;
const RETRY_WHEN_FULL = 5;

export const FULL = { kind: 'full', retryAfter: RETRY_WHEN_FULL } as const;

/** A request that waits for the comparison of its password. */
export interface Waiter<T> {
  /** When it is sent back to come again, in milliseconds. */
  readonly until: number;
  readonly answer: (outcome: LoginOutcome<T>) => void;
  readonly fail: (error: unknown) => void;
}

/** A password in line. */
export interface Place<T> {
  readonly key: string;
  readonly counters: readonly Counter[];
  /** Compares the password; undefined if it is wrong. */
  readonly compare: () => Promise<T | undefined>;
  /** Places with an earlier deadline go first. In milliseconds. */
  readonly deadline: number;
  readonly waiters: Set<Waiter<T>>;
  /** Since when no request waits at it. */
  leftAt: number;
}

export type LoginLine<T> = ReturnType<typeof createLoginLine<T>>;

/** Passwords that wait to be compared, each at most once. @param time milliseconds; never goes back. */
export function createLoginLine<T>(time: () => number) {
  const places = new Map<string, Place<T>>();

  const remove = (place: Place<T>) => {
    if (!places.delete(place.key)) return;
    for (const counter of place.counters) counter.places -= 1;
  };
  const sendBack = (place: Place<T>, waiters: readonly Waiter<T>[], kind: 'later' | 'full') => {
    for (const waiter of waiters) {
      place.waiters.delete(waiter);
      waiter.answer(kind === 'later' ? { kind, retryAfter: RETRY_SOON } : FULL);
    }
    place.leftAt = time();
  };
  const removeAbandoned = () => {
    for (const place of places.values()) {
      if (place.waiters.size === 0 && time() - place.leftAt > KEPT) remove(place);
    }
  };

  return {
    remove,
    /** The place of a password; undefined if the line is full. */
    placeFor(key: string, { counters, compare }: Pick<Place<T>, 'counters' | 'compare'>): Place<T> | undefined {
      removeAbandoned();
      const existing = places.get(key);
      if (existing) return existing;
      const now = time();
      const penalty = Math.max(...counters.map((counter) => (counter.rule === OF_ALL ? 0 : penaltyOf(counter, now))));
      const place: Place<T> = { key, counters, compare, deadline: now + penalty, waiters: new Set(), leftAt: now };
      const full = counters.filter((counter) => counter.places >= counter.rule.places);
      if (full.some(({ rule }) => rule !== OF_ALL)) return undefined;
      if (full.length > 0) {
        // The client with the most guesses makes room.
        const worst = [...places.values()].reduce((one, other) => (one.deadline < other.deadline ? other : one));
        if (worst.deadline <= place.deadline) return undefined;
        sendBack(worst, [...worst.waiters], 'full');
        remove(worst);
      }
      places.set(key, place);
      for (const counter of counters) counter.places += 1;
      return place;
    },
    /** The next place that a request waits at, and when its password may be compared. */
    next(): { readonly place: Place<T>; readonly due: number } | undefined {
      const now = time();
      const waiting = [...places.values()]
        .filter(({ waiters }) => waiters.size > 0)
        .map((place) => ({
          place,
          due: now + Math.max(...place.counters.map((counter) => remainingWait(counter, now))),
        }));
      return waiting.toSorted((a, b) => a.due - b.due || a.place.deadline - b.place.deadline)[0];
    },
    /** When the first waiter has to be sent back. */
    nextTimeout: (): number =>
      Math.min(...[...places.values()].flatMap(({ waiters }) => [...waiters].map(({ until }) => until))),
    /** Sends back the requests that have waited long enough; their places are kept. */
    sendBackExpired(): void {
      for (const place of places.values()) {
        const expired = [...place.waiters].filter(({ until }) => until <= time());
        sendBack(place, expired, 'later');
      }
    },
    sendBackAll(): void {
      for (const place of places.values()) sendBack(place, [...place.waiters], 'full');
    },
  };
}
