/** What Instagram's usage headers report. */
export interface Usage {
  /** The highest percentage in them; throttling starts at 100. */
  percent: number | undefined;
  /** Minutes until calls are accepted again; undefined if nothing is blocked. */
  minutesToRegain: number | undefined;
}

type Headers = Record<string, string | string[] | undefined>;

/** Above this percentage, calls are spread out. */
const SLOW_FROM = 80;
/** Milliseconds of wait per percent above it. */
const WAIT_PER_PERCENT = 250;

/** Larger values are errors in the header. */
const MOST_PERCENT = 1000;
/** Minutes: a year. */
const MOST_MINUTES = 366 * 24 * 60;
const within = (value: number, most: number) => Math.min(most, Math.max(0, value));

/** Reads both usage headers; they come only after enough calls, and on error responses too. */
export function readUsage(headers: Headers): Usage {
  const app = parse(headers['x-app-usage']);
  const accounts = Object.values(parse(headers['x-business-use-case-usage'])).flat();
  const entries = [app, ...accounts].filter(isRecord);
  const numbers = (keys: readonly string[]) =>
    entries.flatMap((entry) => keys.map((key) => entry[key])).filter((value) => typeof value === 'number');
  const percents = numbers(['call_count', 'total_time', 'total_cputime']);
  const minutes = numbers(['estimated_time_to_regain_access']).filter((value) => value > 0);
  return {
    percent: percents.length > 0 ? within(Math.max(...percents), MOST_PERCENT) : undefined,
    minutesToRegain: minutes.length > 0 ? within(Math.max(...minutes), MOST_MINUTES) : undefined,
  };
}

/** How long to wait before the next call, in milliseconds, so that the quota lasts. */
export const waitBeforeCall = ({ percent = 0 }: Usage): number => Math.max(0, percent - SLOW_FROM) * WAIT_PER_PERCENT;

/** True if the next call would be refused and lengthen the block. */
export const isUsedUp = ({ percent = 0, minutesToRegain = 0 }: Usage): boolean => percent >= 100 || minutesToRegain > 0;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(header: string | string[] | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Array.isArray(header) ? (header[0] ?? '') : (header ?? ''));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
