import { createHmac, randomBytes } from 'node:crypto';
import type { LoginTries } from '../../app/web-access.ts';
import { linkSignals } from '../../lib/link-signals.ts';
import { createLoginCounters, type LoginOrigin } from './login-counters.ts';
import { createLoginLine, FULL, type LoginLine, type LoginOutcome, type Place, type Waiter } from './login-line.ts';

interface Attempt<T> {
  readonly from: LoginOrigin;
  readonly password: string;
  /** Compares the password; undefined if it is wrong. */
  readonly compare: () => Promise<T | undefined>;
  /** Aborted if the client leaves. */
  readonly signal: AbortSignal;
}

/**
 * Slows down guessing without locking anybody out: attempts wait in line, they are not refused. Every password gets its
 * turn, also the right one among many guesses. Origins with few wrong passwords go first, and known browsers have a line of
 * their own. Each line compares one password at a time, so guesses cost one core at most.
 */
export interface LoginThrottle<T> {
  attempt(attempt: Attempt<T>): Promise<LoginOutcome<T>>;
}

/** Milliseconds after which a waiting request is sent back to come again: proxies end requests that take a minute. */
const PATIENCE = 20_000;

interface ThrottleOptions {
  readonly now: () => Date;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly tries: LoginTries;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
}

export function createLoginThrottle<T>(options: ThrottleOptions): LoginThrottle<T> {
  const clock = createClock(options.now);
  const secret = randomBytes(32);
  const counters = createLoginCounters({ ...options, time: clock.time });
  const createQueue = () => {
    const line = createLoginLine<T>(clock.time);
    return { line, ...createMover({ ...options, line, counters, clock }) };
  };
  const queues = { unknown: createQueue(), known: createQueue() };

  return {
    async attempt({ from, password, compare, signal }) {
      const own = await counters.of(from);
      const { line, move, wake } = from.browser === undefined ? queues.unknown : queues.known;
      // Waiting passwords are not kept in memory.
      const key = createHmac('sha256', secret).update(`${own[0]?.origin}\n${password}`).digest('base64');
      const place = line.placeFor(key, { counters: own, compare });
      if (!place) return FULL;
      return new Promise((resolve, reject) => {
        const leave = () => {
          place.waiters.delete(waiter);
          if (place.waiters.size === 0) line.remove(place);
          wake();
        };
        const done = () => signal.removeEventListener('abort', leave);
        const waiter: Waiter<T> = {
          until: clock.time() + PATIENCE,
          answer: (outcome) => {
            done();
            resolve(outcome);
          },
          fail: (error) => {
            done();
            reject(error);
          },
        };
        signal.addEventListener('abort', leave, { once: true });
        place.waiters.add(waiter);
        move().catch(reject);
      });
    },
  };
}

/** Milliseconds that never go back: time that was slept has passed, whatever the system's clock says. */
function createClock(now: () => Date) {
  let latest = 0;
  const passed = (moment: number) => {
    latest = Math.max(latest, moment);
    return latest;
  };
  return { time: () => passed(now().getTime()), passed };
}

interface MoverOptions<T> extends ThrottleOptions {
  readonly line: LoginLine<T>;
  readonly counters: ReturnType<typeof createLoginCounters>;
  readonly clock: ReturnType<typeof createClock>;
}

/** Compares the passwords of a line, one after the other. */
function createMover<T>({ line, counters, clock, sleep, signal }: MoverOptions<T>) {
  let isMoving = false;
  let sleeping: AbortController | undefined;
  const wake = () => sleeping?.abort();

  /** Returns false if it was woken earlier. */
  const sleepUntil = async (moment: number): Promise<boolean> => {
    const woken = new AbortController();
    const linked = linkSignals([signal, woken.signal]);
    sleeping = woken;
    try {
      await sleep(moment - clock.time(), linked.signal);
    } catch (error) {
      if (!linked.signal.aborted) throw error;
    } finally {
      linked.dispose();
      sleeping = undefined;
    }
    if (woken.signal.aborted) return false;
    clock.passed(moment);
    return true;
  };

  const compare = async (place: Place<T>) => {
    line.remove(place);
    const waiters = [...place.waiters];
    try {
      const value = await place.compare();
      if (value === undefined) await counters.countWrong(place.counters);
      else await counters.reset(place.counters);
      for (const { answer } of waiters) answer(value === undefined ? { kind: 'wrong' } : { kind: 'right', value });
    } catch (error) {
      for (const { fail } of waiters) fail(error);
    }
  };

  return {
    wake,
    /** Runs until nobody waits in line. Call it after every change; one call at a time does the work. */
    async move(): Promise<void> {
      wake();
      if (isMoving) return;
      isMoving = true;
      try {
        for (let next = line.next(); next && !signal.aborted; next = line.next()) {
          const until = Math.min(next.due, line.nextTimeout());
          if (until > clock.time() && !(await sleepUntil(until))) continue;
          if (next.due > clock.time()) line.sendBackExpired();
          else if (next.place.waiters.size > 0) await compare(next.place);
        }
      } finally {
        isMoving = false;
      }
      if (signal.aborted) line.sendBackAll();
    },
  };
}
