import { isIPv6 } from 'node:net';

/** Slows down those who guess. */
export interface LoginThrottle {
  /**
   * Begins a try, which counts as wrong until it is known to be right; or says how many seconds to wait first. Tries at
   * the same time are therefore counted too.
   */
  begin(address: string): { readonly wait: number } | { readonly wait?: never; succeed(): void };
}

interface Tries {
  wrong: number;
  until: number;
}

/** Wrong tries that are free, and the longest wait in milliseconds. */
const OF_ONE = { free: 5, longest: 15 * 60_000 };
/** Of all addresses together. The wait is short, or strangers could lock the owner out. */
const OF_ALL = { free: 50, longest: 60_000 };
/** Milliseconds after which nobody remembers, beginning with the end of the wait. */
const FORGOTTEN = 60 * 60_000;
const REMEMBERED = 1000;

/** After so many wrong tries each wait is twice the one before, from a second on. */
export function createLoginThrottle(now: () => Date): LoginThrottle {
  const byAddress = new Map<string, Tries>();
  const all: Tries = { wrong: 0, until: 0 };

  const fresh = (tries: Tries, time: number): Tries => {
    if (time - tries.until > FORGOTTEN) Object.assign(tries, { wrong: 0, until: time });
    return tries;
  };
  const count = (tries: Tries, { free, longest }: typeof OF_ONE, time: number) => {
    tries.wrong += 1;
    const wait = tries.wrong < free ? 0 : Math.min(1000 * 2 ** Math.min(tries.wrong - free, 30), longest);
    tries.until = time + wait;
  };
  return {
    begin(address) {
      const time = now().getTime();
      const key = networkOf(address);
      const own = fresh(byAddress.get(key) ?? { wrong: 0, until: time }, time);
      const rest = Math.max(own.until, fresh(all, time).until) - time;
      if (rest > 0) return { wait: Math.ceil(rest / 1000) };
      count(own, OF_ONE, time);
      count(all, OF_ALL, time);
      // The one that was quiet for longest is forgotten first.
      byAddress.delete(key);
      byAddress.set(key, own);
      if (byAddress.size > REMEMBERED) byAddress.delete(byAddress.keys().next().value ?? '');
      return {
        succeed() {
          byAddress.delete(key);
          all.wrong = Math.max(0, all.wrong - 1);
          if (all.wrong < OF_ALL.free) all.until = time;
        },
      };
    },
  };
}

/** Of IPv6 the first half: everybody has the second one for themselves. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}
