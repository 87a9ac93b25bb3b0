import { createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { linkSignals } from '../../lib/link-signals.ts';
import { networkOf, plainAddress } from '../../lib/networks.ts';
import { FORGOTTEN, type LoginTries } from './login-tries.ts';

/** Where a password comes from. */
export interface LoginOrigin {
  readonly address: string;
  /** Set for a browser in which somebody logged in before: it is counted apart from everybody at its address. */
  readonly browser: string | undefined;
}

interface Attempt<T> {
  readonly from: LoginOrigin;
  readonly password: string;
  /** Compares the password; undefined for a wrong one. */
  readonly look: () => Promise<T | undefined>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** `later`: its place in the line is kept, if the same password comes again soon. `full`: there was no place. */
export type LoginOutcome<T> =
  | { readonly kind: 'right'; readonly value: T }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'later' | 'full'; readonly retryAfter: number };

/**
 * Slows down those who guess, without locking anybody out: a wait is served, not refused. Every password gets its turn,
 * also the right one during a storm of guesses. Origins with few wrong passwords go first, and browsers that are known
 * have a line of their own. Only one password of each line is compared at a time, so guesses cost one core at most.
 */
export interface LoginThrottle<T> {
  attempt(attempt: Attempt<T>): Promise<LoginOutcome<T>>;
}

interface Rule {
  /** Wrong passwords that cost no wait. */
  readonly free: number;
  /** Each wait is twice the one before, from a second up to this, in milliseconds. */
  readonly longest: number;
  /** Passwords that may wait for their turn at the same time. */
  readonly places: number;
}

// Guesses a day: 86,400 s / 15 s = 5,760 from one address or browser, 86,400 s / 5 s = 17,280 of all strangers together.
// Waits: 8 places × 15 s = 2 min behind the others of one address, 32 places × 5 s = 160 s behind all others.
const OF_ADDRESS: Rule = { free: 5, longest: 15_000, places: 8 };
const OF_BROWSER: Rule = { free: 5, longest: 15_000, places: 3 };
/** An IPv6 customer often has 65,536 networks of the size that counts as one address. */
const OF_SITE: Rule = { free: 20, longest: 5000, places: 16 };
const OF_ALL: Rule = { free: 50, longest: 5000, places: 32 };

/** Milliseconds that a request waits before it is sent back to come again: proxies end requests that take a minute. */
const PATIENCE = 20_000;
/** Milliseconds that a place is kept for a request that was sent back. */
const KEPT = 10_000;
const AGAIN_SOON = 1;
const AGAIN_WHEN_FULL = 5;
/** Counters in memory; the others are read again. */
const REMEMBERED = 1000;

interface Counter {
  readonly origin: string;
  readonly rule: Rule;
  wrong: number;
  lastAt: number;
  isRead: boolean;
  /** Places in the line that count here. */
  places: number;
}

interface Waiter<T> {
  readonly until: number;
  readonly answer: (outcome: LoginOutcome<T>) => void;
  readonly fail: (error: unknown) => void;
}

/** A password in the line. */
interface Place<T> {
  readonly key: string;
  readonly counters: readonly Counter[];
  readonly look: () => Promise<T | undefined>;
  /** Earlier ones go first. */
  readonly deadline: number;
  readonly waiters: Set<Waiter<T>>;
  /** Since when no request waits in it. */
  leftAt: number;
}

interface Line<T> {
  readonly places: Map<string, Place<T>>;
  isMoving: boolean;
  /** Ends the sleep before the next turn. */
  wake: AbortController | undefined;
}

interface ThrottleOptions {
  readonly now: () => Date;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly tries: LoginTries;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
}

export function createLoginThrottle<T>({ now, sleep, tries, signal }: ThrottleOptions): LoginThrottle<T> {
  const secret = randomBytes(32);
  const counters = new Map<string, Counter>();
  const createLine = (): Line<T> => ({ places: new Map(), isMoving: false, wake: undefined });
  const lines = { strangers: createLine(), known: createLine() };

  // It never goes back: what was slept is past, whatever the clock says.
  let latest = 0;
  const clock = () => {
    latest = Math.max(latest, now().getTime());
    return latest;
  };

  const countersOf = async (from: LoginOrigin): Promise<readonly Counter[]> => {
    const own = originsOf(from).map(([origin, rule]) => {
      const counter = counters.get(origin) ?? { origin, rule, wrong: 0, lastAt: 0, isRead: false, places: 0 };
      // The one that was quiet for longest is the first.
      counters.delete(origin);
      counters.set(origin, counter);
      return counter;
    });
    if (own.some(({ isRead }) => !isRead)) {
      const found = await tries.read(own.map(({ origin }) => origin));
      for (const counter of own.filter(({ isRead }) => !isRead)) {
        const known = found.get(counter.origin);
        // Written with a clock that was ahead, it would count for too long.
        if (known) Object.assign(counter, { wrong: known.wrong, lastAt: Math.min(known.lastAt.getTime(), clock()) });
        counter.isRead = true;
      }
    }
    for (const [origin, { places }] of counters) {
      if (counters.size <= REMEMBERED) break;
      if (places === 0) counters.delete(origin);
    }
    return own;
  };

  const remove = (line: Line<T>, place: Place<T>) => {
    if (!line.places.delete(place.key)) return;
    for (const counter of place.counters) counter.places -= 1;
  };
  const sendBack = (place: Place<T>, waiters: readonly Waiter<T>[], kind: 'later' | 'full') => {
    for (const waiter of waiters) {
      place.waiters.delete(waiter);
      waiter.answer({ kind, retryAfter: kind === 'later' ? AGAIN_SOON : AGAIN_WHEN_FULL });
    }
    place.leftAt = clock();
  };
  const sweep = (line: Line<T>) => {
    for (const place of line.places.values()) {
      if (place.waiters.size === 0 && clock() - place.leftAt > KEPT) remove(line, place);
    }
  };

  /** The place for a password, or nothing where there is none left. */
  const placeFor = (line: Line<T>, key: string, { look }: Attempt<T>, own: readonly Counter[]) => {
    sweep(line);
    const there = line.places.get(key);
    if (there) return there;
    const time = clock();
    const penalty = Math.max(...own.map((counter) => (counter.rule === OF_ALL ? 0 : penaltyOf(counter, time))));
    const place: Place<T> = { key, counters: own, look, deadline: time + penalty, waiters: new Set(), leftAt: time };
    const full = own.filter(({ places, rule }) => places >= rule.places);
    if (full.some(({ rule }) => rule !== OF_ALL)) return undefined;
    if (full.length > 0) {
      // Those who guessed most make room.
      const worst = [...line.places.values()].reduce((one, other) => (one.deadline < other.deadline ? other : one));
      if (worst.deadline <= place.deadline) return undefined;
      sendBack(worst, [...worst.waiters], 'full');
      remove(line, worst);
    }
    line.places.set(key, place);
    for (const counter of own) counter.places += 1;
    return place;
  };

  const compare = async (line: Line<T>, place: Place<T>) => {
    remove(line, place);
    const waiters = [...place.waiters];
    try {
      const value = await place.look();
      if (value === undefined) await countWrong(place.counters);
      else await forgive(place.counters);
      for (const { answer } of waiters) answer(value === undefined ? { kind: 'wrong' } : { kind: 'right', value });
    } catch (error) {
      for (const { fail } of waiters) fail(error);
    }
  };
  const countWrong = async (own: readonly Counter[]) => {
    const time = clock();
    for (const counter of own) {
      Object.assign(counter, { wrong: waitsStill(counter, time) ? counter.wrong + 1 : 1, lastAt: time });
    }
    const lastAt = now();
    await tries.write(new Map(own.map(({ origin, wrong }) => [origin, { wrong, lastAt }])));
  };
  const forgive = async (own: readonly Counter[]) => {
    const [first] = own;
    if (!first || first.wrong === 0) return;
    first.wrong = 0;
    await tries.forget(first.origin);
  };

  /** The next to have its turn, of those that somebody waits for. */
  const nextOf = (line: Line<T>) => {
    const time = clock();
    const waiting = [...line.places.values()]
      .filter(({ waiters }) => waiters.size > 0)
      .map((place) => ({ place, due: time + Math.max(...place.counters.map((counter) => restOf(counter, time))) }));
    return waiting.toSorted((a, b) => a.due - b.due || a.place.deadline - b.place.deadline)[0];
  };
  const impatient = (line: Line<T>) =>
    Math.min(...[...line.places.values()].flatMap(({ waiters }) => [...waiters].map(({ until }) => until)));

  /** False where it was woken before. */
  const slept = async (line: Line<T>, until: number): Promise<boolean> => {
    const wake = new AbortController();
    const linked = linkSignals([signal, wake.signal]);
    line.wake = wake;
    try {
      await sleep(until - clock(), linked.signal);
    } catch (error) {
      if (!linked.signal.aborted) throw error;
    } finally {
      linked.dispose();
      line.wake = undefined;
    }
    if (wake.signal.aborted) return false;
    latest = Math.max(clock(), until);
    return true;
  };

  const move = async (line: Line<T>): Promise<void> => {
    line.wake?.abort();
    if (line.isMoving) return;
    line.isMoving = true;
    try {
      for (let next = nextOf(line); next && !signal.aborted; next = nextOf(line)) {
        const until = Math.min(next.due, impatient(line));
        if (until > clock() && !(await slept(line, until))) continue;
        if (next.due <= clock()) {
          if (next.place.waiters.size > 0) await compare(line, next.place);
          continue;
        }
        for (const place of line.places.values()) {
          sendBack(
            place,
            [...place.waiters].filter((waiter) => waiter.until <= clock()),
            'later',
          );
        }
      }
    } finally {
      line.isMoving = false;
    }
    if (signal.aborted) for (const place of line.places.values()) sendBack(place, [...place.waiters], 'full');
  };

  return {
    async attempt(attempt) {
      const { from, password } = attempt;
      const own = await countersOf(from);
      const line = from.browser === undefined ? lines.strangers : lines.known;
      // Nobody's password lies in memory while it waits.
      const key = createHmac('sha256', secret).update(`${own[0]?.origin}\n${password}`).digest('base64');
      const place = placeFor(line, key, attempt, own);
      if (!place) return { kind: 'full', retryAfter: AGAIN_WHEN_FULL };
      return new Promise((resolve, reject) => {
        const leave = () => {
          place.waiters.delete(waiter);
          if (place.waiters.size === 0) remove(line, place);
          line.wake?.abort();
        };
        const done = () => attempt.signal.removeEventListener('abort', leave);
        const waiter: Waiter<T> = {
          until: clock() + PATIENCE,
          answer: (outcome) => {
            done();
            resolve(outcome);
          },
          fail: (error) => {
            done();
            reject(error);
          },
        };
        attempt.signal.addEventListener('abort', leave, { once: true });
        place.waiters.add(waiter);
        move(line).catch(reject);
      });
    },
  };
}

/** What a password from there counts for. The first one is its own, and is forgiven when the password was right. */
function originsOf({ address, browser }: LoginOrigin): readonly (readonly [string, Rule])[] {
  if (browser !== undefined) return [[`browser ${browser}`, OF_BROWSER]];
  const plain = plainAddress(address);
  return isIPv6(plain)
    ? [
        // Everybody has the second half of an address for themselves.
        [networkOf(plain, 64), OF_ADDRESS],
        [networkOf(plain, 48), OF_SITE],
        ['all', OF_ALL],
      ]
    : [
        [plain, OF_ADDRESS],
        ['all', OF_ALL],
      ];
}

const waitsStill = ({ lastAt }: Counter, time: number) => time - lastAt <= FORGOTTEN;

/** Milliseconds between two looks. */
function waitOf(counter: Counter, time: number): number {
  const { wrong, rule } = counter;
  if (wrong < rule.free || !waitsStill(counter, time)) return 0;
  return Math.min(1000 * 2 ** Math.min(wrong - rule.free, 30), rule.longest);
}

/** Milliseconds that others go ahead: 10 s for each of the first wrong passwords, 3 minutes for those who go on. */
function penaltyOf(counter: Counter, time: number): number {
  const { wrong, rule } = counter;
  return waitsStill(counter, time) ? Math.min(wrong, rule.free) * 10_000 + 9 * waitOf(counter, time) : 0;
}

const restOf = (counter: Counter, time: number): number => Math.max(0, waitOf(counter, time) - (time - counter.lastAt));
