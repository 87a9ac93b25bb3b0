/** `2019-09-26T22:36:43+0000`: seconds, and an offset with or without its colon, or `Z`. */
const INSTAGRAM = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)$/;

/** Nothing was posted before Instagram opened (2010-10-06); a date in the far future is an error in the response. */
const FIRST_POST = Date.UTC(2010, 9, 6);
const LAST_POST = Date.UTC(2100, 0, 1);

/** Parses a timestamp of Instagram. Undefined if it is invalid or impossible. */
export function parseMoment(text: string): Date | undefined {
  const [, local, offset] = INSTAGRAM.exec(text) ?? [];
  if (local === undefined || offset === undefined) return undefined;
  const zone = offset === 'Z' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(-2)}`;
  const moment = new Date(local + zone);
  const at = moment.getTime();
  return at >= FIRST_POST && at < LAST_POST ? moment : undefined;
}

/** Parses `YYYY-MM-DD` as that day's 00:00 UTC. Undefined for a date that does not exist. */
export function parseDay(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || formatDay(day) !== text ? undefined : day;
}

/** `2019-09-26`, in UTC. */
export const formatDay = (moment: Date): string => moment.toISOString().slice(0, 10);

/** `2019-09-26 22:36:43 UTC`. */
export const formatMoment = (moment: Date): string => `${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** `20190926_223643`, in UTC: sorts by time as text, and is safe in a file name. */
export const formatStamp = (moment: Date): string =>
  moment.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '_');
