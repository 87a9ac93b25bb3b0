/** What identifies a version of a resource. */
export interface Validators {
  /** With quotes. */
  readonly etag: string;
  readonly modifiedAt: Date;
}

interface Request {
  header(name: string): string | undefined;
}

/** HTTP dates have no fractions of seconds. */
const seconds = (moment: Date): number => Math.floor(moment.getTime() / 1000);

/** True if the client's copy is up to date (RFC 9110, 13.2.2). */
export function isFresh(request: Request, { etag, modifiedAt }: Validators): boolean {
  const tags = request.header('if-none-match');
  if (tags !== undefined) {
    return tags.trim() === '*' || [...tags.matchAll(/"[^"]*"/g)].some(([tag]) => tag === etag);
  }
  const since = Date.parse(request.header('if-modified-since') ?? '');
  return Number.isFinite(since) && seconds(modifiedAt) <= since / 1000;
}

/** True if a range may be sent: the client has the beginning of the same version, or did not say (`If-Range`). */
export function mayContinue(request: Request, { etag, modifiedAt }: Validators): boolean {
  const condition = request.header('if-range')?.trim();
  if (condition === undefined) return true;
  if (/^(W\/)?"/.test(condition)) return condition === etag;
  return Date.parse(condition) / 1000 === seconds(modifiedAt);
}
