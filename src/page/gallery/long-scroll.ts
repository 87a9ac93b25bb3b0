/**
 * Browsers stop at elements of 16 to 33 million pixels of the screen, of which a phone has three and more to each of
 * ours: a library of a million posts is higher than that. Its scroll bar then stands for more than it measures. A step
 * of wheel or finger still moves as far as it says; only a leap goes in proportion.
 */
export const HIGHEST = 8_000_000;

export interface LongScroll {
  /** How far below the page's own position the shown part lies. */
  readonly shift: number;
  /** The page's own position. */
  readonly position: number;
}

export const pageHeight = (height: number) => Math.min(height, HIGHEST);

interface Sizes {
  readonly height: number;
  /** Height of what is seen at once. */
  readonly view: number;
}

/** Where the page has to stand to show `y`. */
export function standFor(y: number, { height, view }: Sizes): LongScroll {
  if (height <= HIGHEST || y <= 0) return { position: y, shift: 0 };
  const position = y * ((HIGHEST - view) / (height - view));
  return { position, shift: y - position };
}

/** After the page moved to `position`: a near place keeps its shift, a far one is reached in proportion. */
export function movedTo(position: number, before: LongScroll, { height, view }: Sizes): LongScroll {
  if (height <= HIGHEST || position <= 0) return { position, shift: 0 };
  if (Math.abs(position - before.position) <= view * 4) return { position, shift: before.shift };
  return { position, shift: position * ((height - view) / (HIGHEST - view)) - position };
}
