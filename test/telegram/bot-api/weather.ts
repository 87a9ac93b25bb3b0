import { Refusal, tooManyRequests } from './refusal.ts';

interface Spell {
  readonly methods: readonly string[] | undefined;
  readonly chat: number | undefined;
  readonly trouble: Trouble;
  left: number;
}

/** What a call gets instead of an answer: a refusal, or something that is none. */
export type Trouble =
  | Refusal
  | { readonly kind: 'silence' | 'drip' | 'late' }
  | { readonly kind: 'page'; readonly status: number };

interface Where {
  methods?: readonly string[];
  chat?: number;
  times?: number;
}

export interface Weather {
  flood(seconds: number, options?: Where): void;
  failNext(status: 500 | 502, times?: number, methods?: readonly string[]): void;
  refuse(code: number, description: string, options?: Where): void;
  hang(kind: 'silence' | 'drip' | 'late', options?: Where): void;
  page(status: number, options?: Where): void;
  clear(): void;
  /** Comes with the next {@link clear}. */
  cleared(): Promise<void>;
  /** What this call gets instead of an answer; throws refusals. */
  check(method: string, chat: number): Exclude<Trouble, Refusal> | undefined;
}

const FAILURES = { 500: 'Internal Server Error', 502: 'Bad Gateway' } as const;

/** Troubles that are ordered, in the order in which they were. */
export function createWeather(): Weather {
  let spells: Spell[] = [];
  const held: (() => void)[] = [];
  const isFor = ({ methods, left, chat: wanted }: Spell, method: string, chat: number) =>
    left > 0 &&
    (wanted === undefined || wanted === chat) &&
    (methods ? methods.some((name) => name.toLowerCase() === method) : method !== 'getupdates');
  const order = (trouble: Trouble, { methods, chat, times = 1 }: Where = {}) =>
    void spells.push({ methods, chat, trouble, left: times });
  return {
    flood: (seconds, where) => order(tooManyRequests(seconds), where),
    failNext: (status, times = 1, methods) =>
      order(new Refusal(status, FAILURES[status]), { times, ...(methods ? { methods } : {}) }),
    refuse: (code, description, where) => order(new Refusal(code, description), where),
    hang: (kind, where) => order({ kind }, where),
    page: (status, where) => order({ kind: 'page', status }, where),
    clear() {
      spells = [];
      for (const release of held.splice(0)) release();
    },
    cleared: () => new Promise((resolve) => held.push(resolve)),
    check(method, chat) {
      const spell = spells.find((candidate) => isFor(candidate, method, chat));
      if (!spell) return undefined;
      spell.left--;
      if (spell.trouble instanceof Refusal) throw spell.trouble;
      return spell.trouble;
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
