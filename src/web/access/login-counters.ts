import { isIPv6 } from 'node:net';
import { FORGOTTEN, type LoginTries } from '../../app/web-access.ts';
import { networkOf, plainAddress } from '../../lib/networks.ts';

/** Where a password comes from. */
export interface LoginOrigin {
  readonly address: string;
  /** Set for a browser in which somebody logged in before: it counts separately from its address. */
  readonly browser: string | undefined;
}

export interface Rule {
  /** Wrong passwords before the first wait. */
  readonly free: number;
  /** Each wait is twice the one before, from one second up to this, in milliseconds. */
  readonly longest: number;
  /** Passwords that may wait in line at the same time. */
  readonly places: number;
}

// Guesses a day: 86,400 s / 15 s = 5,760 from one address or browser, 86,400 s / 5 s = 17,280 from all unknown clients.
// Waits: 8 places × 15 s = 2 min behind others at the same address, 32 places × 5 s = 160 s behind all others.
const OF_ADDRESS: Rule = { free: 5, longest: 15_000, places: 8 };
const OF_BROWSER: Rule = { free: 5, longest: 15_000, places: 3 };
/** An IPv6 customer often has 65,536 networks of the size that counts as one address. */
const OF_SITE: Rule = { free: 20, longest: 5000, places: 16 };
export const OF_ALL: Rule = { free: 50, longest: 5000, places: 32 };

/** Counters in memory; others are read from the database again. */
const MAX_COUNTERS = 1000;

/** The wrong passwords of one origin. */
export interface Counter {
  readonly origin: string;
  readonly rule: Rule;
  wrong: number;
  /** Time of the last wrong password, in milliseconds. */
  lastAt: number;
  isRead: boolean;
  /** Passwords from this origin that wait in line. */
  places: number;
}

interface CounterOptions {
  readonly now: () => Date;
  /** Milliseconds; never goes back. */
  readonly time: () => number;
  readonly tries: LoginTries;
}

/** Counts wrong passwords by their origins. */
export function createLoginCounters({ now, time, tries }: CounterOptions) {
  const counters = new Map<string, Counter>();

  const read = async (unread: readonly Counter[]) => {
    if (unread.length === 0) return;
    const found = await tries.read(unread.map(({ origin }) => origin));
    for (const counter of unread) {
      const known = found.get(counter.origin);
      // A time written with a clock that was ahead would count for too long.
      if (known) Object.assign(counter, { wrong: known.wrong, lastAt: Math.min(known.lastAt.getTime(), time()) });
      counter.isRead = true;
    }
  };

  return {
    /** All counters that a password counts for; the most specific one first. */
    async of(from: LoginOrigin): Promise<readonly Counter[]> {
      const own = rulesOf(from).map(([origin, rule]) => {
        const counter = counters.get(origin) ?? { origin, rule, wrong: 0, lastAt: 0, isRead: false, places: 0 };
        // Moves it to the end: the counter unused for longest is the first.
        counters.delete(origin);
        counters.set(origin, counter);
        return counter;
      });
      await read(own.filter(({ isRead }) => !isRead));
      for (const [origin, { places }] of counters) {
        if (counters.size <= MAX_COUNTERS) break;
        if (places === 0) counters.delete(origin);
      }
      return own;
    },
    async countWrong(own: readonly Counter[]): Promise<void> {
      const at = time();
      for (const counter of own) {
        Object.assign(counter, { wrong: counts(counter, at) ? counter.wrong + 1 : 1, lastAt: at });
      }
      const lastAt = now();
      await tries.write(new Map(own.map(({ origin, wrong }) => [origin, { wrong, lastAt }])));
    },
    /** After a right password: only the most specific counter is reset. */
    async reset([first]: readonly Counter[]): Promise<void> {
      if (!first || first.wrong === 0) return;
      first.wrong = 0;
      await tries.forget(first.origin);
    },
  };
}

function rulesOf({ address, browser }: LoginOrigin): readonly (readonly [string, Rule])[] {
  if (browser !== undefined) return [[`browser ${browser}`, OF_BROWSER]];
  const plain = plainAddress(address);
  if (!isIPv6(plain)) {
    return [
      [plain, OF_ADDRESS],
      ['all', OF_ALL],
    ];
  }
  return [
    // A client can choose the second half of its IPv6 address freely.
    [networkOf(plain, 64), OF_ADDRESS],
    [networkOf(plain, 48), OF_SITE],
    ['all', OF_ALL],
  ];
}

/** False if the last wrong password was too long ago. */
const counts = ({ lastAt }: Counter, time: number) => time - lastAt <= FORGOTTEN;

/** Milliseconds between two comparisons. */
function waitOf(counter: Counter, time: number): number {
  const { wrong, rule } = counter;
  if (wrong < rule.free || !counts(counter, time)) return 0;
  return Math.min(1000 * 2 ** Math.min(wrong - rule.free, 30), rule.longest);
}

/** Milliseconds until the next comparison is allowed. */
export const remainingWait = (counter: Counter, time: number): number =>
  Math.max(0, waitOf(counter, time) - (time - counter.lastAt));

/** Milliseconds that others go first: 10 s for each free wrong password, then nine times the wait. */
export function penaltyOf(counter: Counter, time: number): number {
  const { wrong, rule } = counter;
  return counts(counter, time) ? Math.min(wrong, rule.free) * 10_000 + 9 * waitOf(counter, time) : 0;
}
