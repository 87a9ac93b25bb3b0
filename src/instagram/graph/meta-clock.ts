/**
 * The time at Meta. It decides about everything that Meta gives an end: links, tokens, rate limits. The clock of this
 * machine may be wrong by minutes or years.
 */
export interface MetaClock {
  /** Learns the time from the `Date` header of an answer of Meta's. Anything else but a date is passed over. */
  note(date: string | string[] | undefined): void;
  /** The time at Meta; by this machine's clock as long as Meta has not answered. */
  now(): Date;
  /** True once Meta has answered. */
  isKnown(): boolean;
  /** How far this machine's clock is ahead of Meta's, in milliseconds; negative where it is behind. 0 until Meta has answered. */
  ahead(): number;
}

/** A clock that is off by no more than this, in milliseconds, is right: headers tell whole seconds, and answers take time. */
const TOLERANCE = 60_000;
/** A clock that is off by more than this is worth a warning. */
const WORTH_A_WARNING = 5 * 60_000;
/** Meta's clock is never before this, nor after that. */
const PLAUSIBLE = { from: Date.UTC(2020, 0), to: Date.UTC(2100, 0) };

export function createMetaClock(now: () => Date): MetaClock {
  let ahead: number | undefined;
  return {
    note(date) {
      const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
      if (!(time >= PLAUSIBLE.from && time < PLAUSIBLE.to)) return;
      const difference = now().getTime() - time;
      ahead = Math.abs(difference) > TOLERANCE ? difference : 0;
    },
    now: () => new Date(now().getTime() - (ahead ?? 0)),
    isKnown: () => ahead !== undefined,
    ahead: () => ahead ?? 0,
  };
}

/** What to tell of a clock that is wrong; nothing for one that is right. */
export function clockWarning(clock: Pick<MetaClock, 'ahead'>): string | undefined {
  const ahead = clock.ahead();
  if (Math.abs(ahead) <= WORTH_A_WARNING) return undefined;
  return `this machine's clock is ${spanOf(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}: set it, or let the network set it (NTP). Instagram's clock is used for links and tokens.`;
}

function spanOf(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
