import { Refusal, tooManyRequests } from './refusal.ts';

interface Spell {
  readonly methods: readonly string[] | undefined;
  readonly refusal: Refusal;
  left: number;
}

export interface Weather {
  flood(seconds: number, options?: { methods?: readonly string[]; times?: number }): void;
  failNext(status: 500 | 502, times?: number, methods?: readonly string[]): void;
  /** Throws what this call gets instead of an answer. */
  check(method: string): void;
}

const FAILURES = { 500: 'Internal Server Error', 502: 'Bad Gateway' } as const;

/** Troubles that are ordered, in the order in which they were. */
export function createWeather(): Weather {
  const spells: Spell[] = [];
  const isFor = ({ methods, left }: Spell, method: string) =>
    left > 0 && (methods ? methods.some((name) => name.toLowerCase() === method) : method !== 'getupdates');
  return {
    flood(seconds, { methods, times = 1 } = {}) {
      spells.push({ methods, refusal: tooManyRequests(seconds), left: times });
    },
    failNext(status, times = 1, methods) {
      spells.push({ methods, refusal: new Refusal(status, FAILURES[status]), left: times });
    },
    check(method) {
      const spell = spells.find((candidate) => isFor(candidate, method));
      if (!spell) return;
      spell.left--;
      throw spell.refusal;
    },
  };
}

const PACED = /^(send(message|photo|video|mediagroup)|editmessage\w+)$/;

/**
 * Telegram's own pace: about one message a second in a chat, short bursts let through, and 20 a minute in a group
 * (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Edits count here too, and a burst is
 * three within three seconds: Telegram does not tell.
 */
export function createPace(): (method: string, chat: number) => void {
  const before = new Map<number, number[]>();
  return (method, chat) => {
    if (!PACED.test(method)) return;
    const now = performance.now();
    const times = (before.get(chat) ?? []).filter((time) => now - time < 60_000);
    const wait = Math.max(waitFor(times, now, 3, 3000), chat < 0 ? waitFor(times, now, 20, 60_000) : 0);
    if (wait > 0) throw tooManyRequests(Math.ceil(wait / 1000));
    before.set(chat, [...times, now]);
  };
}

function waitFor(times: readonly number[], now: number, most: number, milliseconds: number): number {
  const oldest = times.at(-most);
  return oldest === undefined ? 0 : Math.max(0, oldest + milliseconds - now);
}
