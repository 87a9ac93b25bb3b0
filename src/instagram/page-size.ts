/** The largest page that Instagram is known to give (no page of Meta's names the limit; clients settled on it). */
export const LARGEST_PAGE = 100;

/** How many posts to ask for: fewer where Instagram finds a page too much, more again when it goes well. */
export interface PageSize {
  current(): number;
  /** False where the page cannot get any smaller. */
  tooMuch(): boolean;
  wentWell(): void;
}

export function createPageSize(): PageSize {
  let size = LARGEST_PAGE;
  let patience = 1;
  let successes = 0;
  let refusedAt = Number.POSITIVE_INFINITY;
  return {
    current: () => size,
    tooMuch() {
      if (size === 1) return false;
      // A size that was refused before is tried again ever more rarely: each try costs a call.
      if (size >= refusedAt) patience *= 2;
      refusedAt = Math.min(refusedAt, size);
      successes = 0;
      size = Math.max(1, Math.floor(size / 2));
      return true;
    },
    wentWell() {
      successes += 1;
      if (size === LARGEST_PAGE || successes < patience) return;
      successes = 0;
      size = Math.min(LARGEST_PAGE, size * 2);
    },
  };
}
