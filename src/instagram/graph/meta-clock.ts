/**
 * Meta's time. It decides when links, tokens and rate limits expire: the clock of this machine may be wrong by minutes
 * or years.
 */
export interface MetaClock {
  /** Learns the time from the `Date` header of a response from Meta. Ignores anything that is not a date. */
  note(date: string | string[] | undefined): void;
  /** Meta's time; this machine's time until Meta has answered. */
  now(): Date;
  /** True once Meta has answered. */
  isKnown(): boolean;
  /** How far this machine's clock is ahead of Meta's, in milliseconds; negative if it is behind. 0 until Meta has answered. */
  ahead(): number;
}

/** A clock is right if it is off by no more than this, in milliseconds: headers have whole seconds, and responses take time. */
const TOLERANCE = 60_000;
/** A clock that is off by more than this is worth a warning. */
const WORTH_A_WARNING = 5 * 60_000;
/** A time outside of these is not Meta's. */
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

/** A warning about a wrong clock; undefined if it is right. */
export function clockWarning(clock: Pick<MetaClock, 'ahead'>): string | undefined {
  const ahead = clock.ahead();
  if (Math.abs(ahead) <= WORTH_A_WARNING) return undefined;
  return `this machine's clock is ${spanOf(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}: set it, or use NTP. Instagram's clock is used for links and tokens.`;
}

function spanOf(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
