/** The largest page that Instagram is known to give (no page of Meta's names the limit; clients settled on it). */
export const LARGEST_PAGE = 100;

/** How many posts to ask for: fewer where Instagram finds a page too much, more again when it goes well. */
export interface PageSize {
  current(): number;
  /** False where the page cannot get any smaller. */
  tooMuch(): boolean;
  wentWell(): void;
}

/** A size that was refused twice is left alone for so many pages, and longer after each further refusal. */
const PATIENCE = 8;
const PATIENCE_GROWS = 4;
/** Where what is refused is larger than what is given by more than this, a size between is worth a call at once. */
const WIDE = 1.5;

/**
 * A first refusal may pass: after one smaller page the refused size is asked for again. Refused again it is taken for a
 * bound, and the largest size below it is searched for by halves; each try that is refused costs a call.
 */
export function createPageSize(): PageSize {
  let size = LARGEST_PAGE;
  /** The largest size that was given since the last doubt of it, and the smallest that was refused. */
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
