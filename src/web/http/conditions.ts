/** Of what a browser may hold a copy. */
export interface Validators {
  /** With its quotes. */
  readonly etag: string;
  readonly modifiedAt: Date;
}

interface Asked {
  header(name: string): string | undefined;
}

/** HTTP knows no parts of seconds. */
const seconds = (moment: Date): number => Math.floor(moment.getTime() / 1000);

/** True where the copy that a browser has still serves (RFC 9110, 13.2.2). */
export function isFresh(asked: Asked, { etag, modifiedAt }: Validators): boolean {
  const tags = asked.header('if-none-match');
  if (tags !== undefined) {
    return tags.trim() === '*' || [...tags.matchAll(/"[^"]*"/g)].some(([tag]) => tag === etag);
  }
  const since = Date.parse(asked.header('if-modified-since') ?? '');
  return Number.isFinite(since) && seconds(modifiedAt) <= since / 1000;
}

/** True where a range may be sent: of the same bytes that the browser has the beginning of, or where it says nothing. */
export function mayContinue(asked: Asked, { etag, modifiedAt }: Validators): boolean {
  const condition = asked.header('if-range')?.trim();
  if (condition === undefined) return true;
  if (/^(W\/)?"/.test(condition)) return condition === etag;
  return Date.parse(condition) / 1000 === seconds(modifiedAt);
}
