/** The largest page that Instagram is known to return (Meta does not document it; clients settled on it). */
export const LARGEST_PAGE = 100;

/** How many posts to request: fewer if Instagram says that a page is too large, more again if it works. */
export interface PageSize {
  current(): number;
  /** False if the page cannot get smaller. */
  tooMuch(): boolean;
  wentWell(): void;
}

/** A size that was refused twice is not tried for so many pages, and longer after each further refusal. */
const PATIENCE = 8;
const PATIENCE_GROWS = 4;
/** If the refused size is larger than the accepted one by more than this factor, a size between is tried immediately. */
const WIDE = 1.5;

/**
 * A first refusal may be temporary: after one smaller page the refused size is tried again. If it is refused again, it
 * becomes a bound, and the largest size below it is found by binary search; each refused attempt costs a call.
 */
export function createPageSize(): PageSize {
  let size = LARGEST_PAGE;
  /** The largest accepted size, and the smallest refused one. */
  let given = 0;
  let refused = LARGEST_PAGE + 1;
  let patience = 1;
  let pages = 0;

  const between = () => Math.floor((given + refused) / 2);
  const isBound = () => patience > 1;
  const settled = () => (isBound() && refused > given * WIDE ? between() : given);
  return {
    current: () => size,
    tooMuch() {
      if (size === 1) return false;
      if (size >= refused) patience = patience === 1 ? PATIENCE : patience * PATIENCE_GROWS;
      refused = Math.min(refused, size);
      if (given >= refused) given = 0;
      pages = 0;
      size = given ? settled() : Math.max(1, Math.floor(size / 2));
      return true;
    },
    wentWell() {
      given = Math.max(given, size);
      if (given >= refused) refused = LARGEST_PAGE + 1;
      pages += 1;
      if (pages < patience) size = settled();
      else {
        pages = 0;
        size = isBound() && between() > given ? between() : Math.min(refused, LARGEST_PAGE);
      }
    },
  };
}
